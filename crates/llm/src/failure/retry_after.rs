//! How long a provider asks to wait, in every form that providers use.

use std::time::Duration;

use http::HeaderMap;
use muster_base::Micros;

/// Reads what the provider asked to wait: `retry-after-ms`, `Retry-After` as seconds or as an
/// HTTP date, else the reset times of those limits that are used up.
pub(crate) fn retry_after(headers: &HeaderMap, now: Micros) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let millis = text("retry-after-ms").and_then(|value| decimal(value, 1_000));
    let header = || text("retry-after").and_then(|value| seconds_or_date(value, now));
    millis
        .or_else(header)
        .or_else(|| used_up_limit(headers, now))
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
    let micros = whole.parse::<u64>().ok()?.checked_mul(unit_micros)?;
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(Duration::from_micros(
        micros.checked_add(thousandths * unit_micros / 1_000)?,
    ))
}

fn seconds_or_date(text: &str, now: Micros) -> Option<Duration> {
    let date = || Micros::parse_http_date(text).ok();
    decimal(text, 1).or_else(|| date().map(|at| at.since(now)))
}

/// The limits of `…-limit-…-remaining: 0` and the time of their reset. Anthropic names a time,
/// OpenAI and Azure a duration, OpenRouter milliseconds since the epoch.
fn used_up_limit(headers: &HeaderMap, now: Micros) -> Option<Duration> {
    let resets = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        if !name.contains("ratelimit") || !name.contains("reset") {
            return None;
        }
        let remaining = headers.get(name.replace("reset", "remaining"))?;
        let used_up = remaining.to_str().ok()?.trim() == "0";
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
