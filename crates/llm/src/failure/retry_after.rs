//! How long a provider asks to wait, in every form that providers use.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use muster_base::Micros;
use muster_base::limits::RETRY_AFTER_MAX;
use serde_json::Value;

/// How a text announces the wait, in lower case.
const ANNOUNCEMENTS: [&str; 3] = ["try again in ", "retry in ", "retry after "];

/// Reads what the provider asked to wait: `retry-after-ms`, `Retry-After` as seconds or as an
/// HTTP date, else the reset times of those limits that are used up.
pub(crate) fn retry_after(headers: &HeaderMap, status: u16, now: Micros) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let millis = text("retry-after-ms").and_then(|value| decimal(value, 1_000));
    let header = || text("retry-after").and_then(|value| seconds_or_date(value, now));
    millis
        .or_else(header)
        .or_else(|| used_up_limit(headers, status, now))
}

/// The wait that an error object names without any clock: Google's `RetryInfo` among the
/// details, else a sentence in the message.
pub(crate) fn wait_in_error(error: &Value, message: &str) -> Option<Duration> {
    let details = error.get("details").and_then(Value::as_array);
    let delay = details.and_then(|details| delay_in_details(details));
    delay.or_else(|| wait_in_text(message))
}

fn delay_in_details(details: &[Value]) -> Option<Duration> {
    let delays = details.iter().filter_map(|detail| {
        let delay = detail.get("retryDelay")?;
        match delay.as_str() {
            Some(text) => units(text.trim()),
            // The same in the form that protocol buffers have outside of JSON.
            None => delay.get("seconds")?.as_u64().map(Duration::from_secs),
        }
    });
    delays.max()
}

/// When a used-up quota is there again, if the error object says that it soon is. Google calls
/// every limit a quota, that of a minute too; with that one comes a `RetryInfo`. It may come
/// with the quota of a day as well, which no wait of ours outlasts.
pub(crate) fn renewal_in_error(error: &Value) -> Option<Duration> {
    let details = error.get("details").and_then(Value::as_array)?;
    let violations = details
        .iter()
        .filter_map(|detail| detail.get("violations")?.as_array())
        .flatten();
    let mut ids = violations.filter_map(|violation| violation.get("quotaId")?.as_str());
    if ids.any(|id| id.contains("PerDay")) {
        return None;
    }
    let renewal = delay_in_details(details)?;
    (renewal <= RETRY_AFTER_MAX).then_some(renewal)
}

/// The rate-limit headers that OpenRouter repeats inside of its error object.
pub(crate) fn headers_in_error(error: &Value) -> HeaderMap {
    let headers = error
        .pointer("/metadata/headers")
        .and_then(Value::as_object);
    let headers = headers.into_iter().flatten().filter_map(|(name, value)| {
        let name = HeaderName::try_from(name).ok()?;
        let value = match value.as_str() {
            Some(text) => HeaderValue::try_from(text),
            None => HeaderValue::try_from(value.to_string()),
        };
        Some((name, value.ok()?))
    });
    headers.collect()
}

/// "… in 1m2.5s", "… after 7 seconds".
fn wait_in_text(text: &str) -> Option<Duration> {
    let text = text.to_ascii_lowercase();
    let waits = ANNOUNCEMENTS.iter().filter_map(|announcement| {
        let (_, rest) = text.split_once(announcement)?;
        let mut words = rest
            .split_whitespace()
            .map(|word| word.trim_end_matches(['.', ',']));
        let first = words.next()?;
        let unit = match words.next().unwrap_or_default() {
            "ms" | "millisecond" | "milliseconds" => "ms",
            "minute" | "minutes" => "m",
            "hour" | "hours" => "h",
            "day" | "days" => "d",
            _ => "s",
        };
        units(first).or_else(|| units(&format!("{first}{unit}")))
    });
    waits.max()
}

/// A decimal number of `1/per_second` seconds.
fn decimal(text: &str, per_second: u64) -> Option<Duration> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let unit_micros = 1_000_000 / per_second;
    // A number beyond all bounds is a wish to wait very long, not a mistake.
    let whole = whole.parse::<u64>().unwrap_or(u64::MAX);
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let micros = whole.saturating_mul(unit_micros);
    Some(Duration::from_micros(
        micros.saturating_add(thousandths * unit_micros / 1_000),
    ))
}

fn seconds_or_date(text: &str, now: Micros) -> Option<Duration> {
    let date = || Micros::parse_http_date(text).ok();
    decimal(text, 1).or_else(|| date().map(|at| at.since(now)))
}

/// The limits of `…-limit-…-remaining: 0` and the time of their reset. Anthropic names a time,
/// OpenAI and Azure a duration, OpenRouter milliseconds since the epoch. A reset without its
/// `remaining` counts when the answer itself says that a limit was hit.
fn used_up_limit(headers: &HeaderMap, status: u16, now: Micros) -> Option<Duration> {
    let resets = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        if !name.contains("ratelimit") || !name.contains("reset") {
            return None;
        }
        let used_up = match headers.get(name.replace("reset", "remaining")) {
            Some(remaining) => remaining.to_str().ok()?.trim().parse::<i64>().ok()? <= 0,
            None => status == 429,
        };
        used_up.then(|| reset(value.to_str().ok()?, now)).flatten()
    });
    resets.max()
}

fn reset(text: &str, now: Micros) -> Option<Duration> {
    let text = text.trim();
    if let Ok(at) = Micros::parse(text) {
        return Some(at.since(now));
    }
    if let Some(number) = text.parse::<i64>().ok().filter(|number| *number > 0) {
        // A number this large is a time, in seconds or milliseconds; a small one is seconds.
        return Some(match number {
            ..1_000_000_000 => Duration::from_secs(number.unsigned_abs()),
            1_000_000_000..100_000_000_000 => Micros(number * 1_000_000).since(now),
            100_000_000_000.. => Micros(number.saturating_mul(1_000)).since(now),
        });
    }
    units(text)
}

/// A duration such as `1s`, `6m0s`, `20ms`, `1h2m3.5s`.
fn units(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, after) = tail.split_at(unit_end);
        let amount = match unit {
            "ms" => decimal(number, 1_000)?,
            "s" => decimal(number, 1)?,
            "m" => decimal(number, 1)?.checked_mul(60)?,
            "h" => decimal(number, 1)?.checked_mul(3_600)?,
            "d" => decimal(number, 1)?.checked_mul(86_400)?,
            _ => return None,
        };
        total = total.checked_add(amount)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests;
