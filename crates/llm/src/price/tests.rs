use super::*;

fn prices(json: &str) -> Prices {
    serde_json::from_str(json).unwrap()
}

fn usage(input: u64, output: u64, cache_read: u64, cache_creation: u64) -> Usage {
    Usage {
        input: Some(input),
        output: Some(output),
        cache_read: Some(cache_read),
        cache_creation: Some(cache_creation),
        ..Usage::default()
    }
}

const FULL: &str = r#"{"input_price_per_million_tokens":"3","output_price_per_million_tokens":15,
    "cache_read_price_per_million_tokens":0.3,"cache_write_price_per_million_tokens":"3.75"}"#;

#[test]
fn components_are_summed_exactly_and_rounded_up_once() {
    // 3 + 15 + 0.3 + 3.75 = 22.05 micro-dollars.
    assert_eq!(
        prices(FULL).cost(&usage(1, 1, 1, 1)),
        Some(MicroDollars(23))
    );
    // Rounding each component by itself would give 2.
    let tenth = prices(
        r#"{"input_price_per_million_tokens":"0.1","output_price_per_million_tokens":"0.2"}"#,
    );
    assert_eq!(tenth.cost(&usage(1, 1, 0, 0)), Some(MicroDollars(1)));
    assert_eq!(tenth.cost(&usage(8, 1, 0, 0)), Some(MicroDollars(1)));
    assert_eq!(tenth.cost(&usage(9, 1, 0, 0)), Some(MicroDollars(2)));
}

#[test]
fn cached_tokens_without_a_price_cost_as_input() {
    let plain =
        prices(r#"{"input_price_per_million_tokens":"2","output_price_per_million_tokens":"4"}"#);
    assert_eq!(plain.cost(&usage(10, 10, 10, 10)), Some(MicroDollars(100)));
}

#[test]
fn tokens_without_a_price_make_the_call_unpriced_and_zero_tokens_do_not() {
    let only_input = prices(r#"{"input_price_per_million_tokens":"2"}"#);
    assert_eq!(only_input.cost(&usage(10, 1, 0, 0)), None);
    assert_eq!(only_input.cost(&usage(10, 0, 0, 0)), Some(MicroDollars(20)));
    assert_eq!(only_input.cost(&Usage::default()), None);
    assert_eq!(Prices::default().cost(&usage(1, 0, 0, 0)), None);
}

#[test]
fn numbers_and_strings_mean_the_same_price() {
    for text in ["\"0.075\"", "0.075", "\"7.5e-2\"", "\"00.0750\"", "7.5e-2"] {
        let price: Price = serde_json::from_str(text).unwrap();
        assert_eq!(price.to_string(), "0.075", "{text}");
    }
    assert_eq!(
        "1e-12".parse::<Price>().unwrap().to_string(),
        "0.000000000001"
    );
    assert_eq!("12".parse::<Price>().unwrap().to_string(), "12");
}

#[test]
fn what_is_not_a_price_is_refused() {
    for text in [
        "",
        ".",
        "-1",
        "+1",
        "1.2.3",
        "1,5",
        "NaN",
        "1e-13",
        "1e40",
        "1e",
        "0x1",
        "99999999999",
    ] {
        assert_eq!(text.parse::<Price>(), Err(PriceError), "{text:?}");
    }
    assert!(serde_json::from_str::<Price>("true").is_err());
    assert!(serde_json::from_str::<Price>("-0.5").is_err());
}

#[test]
fn a_cost_beyond_the_range_saturates() {
    let dear = prices(r#"{"input_price_per_million_tokens":"1000000000"}"#);
    assert_eq!(
        dear.cost(&usage(u64::MAX, 0, 0, 0)),
        Some(MicroDollars(i64::MAX))
    );
}
