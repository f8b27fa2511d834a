//! Durations as the model writes them: `90s`, `1m30s`, `500ms`, `1.5h`.

use std::time::Duration;

/// Units, longer names before the shorter ones that they contain.
const UNITS: [(&str, f64); 6] = [
    ("ms", 1e-3),
    ("us", 1e-6),
    ("ns", 1e-9),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3_600.0),
];

/// Reads a duration; a bare number is taken as seconds, which is what models mean by it.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let (name, factor) = UNITS.iter().find(|(name, _)| unit.starts_with(name))?;
        seconds += number.parse::<f64>().ok()? * factor;
        rest = unit.strip_prefix(name)?;
    }
    if text.is_empty() {
        return None;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// The shortest way to say it: `1m30s`, `500ms`.
pub(super) fn show(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    if seconds == 0 {
        return format!("{millis}ms");
    }
    let pieces = [
        (seconds / 3_600, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let shown = pieces.iter().filter(|(amount, _)| *amount > 0);
    shown
        .map(|(amount, unit)| format!("{amount}{unit}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text}");
        };
        check("10s", Some(10_000));
        check("1m30s", Some(90_000));
        check("1.5h", Some(5_400_000));
        check("250ms", Some(250));
        check("45", Some(45_000));
        check("0s", Some(0));
        for wrong in ["", "s", "5 minutes", "-3s", "1d", "10s!", "1e400"] {
            check(wrong, None);
        }
    }

    #[test]
    fn durations_are_shown_briefly() {
        let shown: Vec<String> = [10_000, 90_000, 500, 3_600_000]
            .map(|millis| show(Duration::from_millis(millis)))
            .to_vec();
        assert_eq!(shown, ["10s", "1m30s", "500ms", "1h"]);
    }
}
