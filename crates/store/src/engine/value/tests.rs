use muster_base::Clock;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn row(value: Value) -> Row {
    Row::new("test", Arc::from(["a".to_owned()]), vec![value])
}

#[test]
fn embedded_engine_has_fewer_types_and_reads_the_same() {
    let id = ChatId::new(&Clock::system());
    for value in [Value::Uuid(id.0), Value::Bytes(id.0.as_bytes().to_vec())] {
        assert_eq!(row(value).get::<ChatId>("a").unwrap(), id);
    }
    for value in [Value::Bool(true), Value::Int(1)] {
        assert!(row(value).get::<bool>("a").unwrap());
    }
    for value in [Value::Json("[1]".to_owned()), Value::Text("[1]".to_owned())] {
        assert_eq!(row(value.clone()).json::<Vec<u8>>("a").unwrap(), [1]);
        assert_eq!(
            row(value).get::<serde_json::Value>("a").unwrap(),
            json!([1])
        );
    }
}

#[test]
fn wrong_type_is_an_error_and_null_only_an_option() {
    assert!(row(Value::Int(2)).get::<bool>("a").is_err());
    assert!(row(Value::Int(1)).get::<String>("a").is_err());
    assert!(row(Value::Int(i64::MAX)).get::<u32>("a").is_err());
    assert!(row(Value::Null).get::<i64>("a").is_err());
    assert_eq!(row(Value::Null).get::<Option<i64>>("a").unwrap(), None);
    assert!(
        row(Value::Json("{".to_owned()))
            .json::<Vec<u8>>("a")
            .is_err()
    );
    assert!(row(Value::Int(1)).get::<i64>("b").is_err());
}

#[test]
fn nul_is_replaced_and_its_escaped_look_alike_is_not() {
    assert_eq!(Value::text("a\0"), Value::Text("a\u{fffd}".to_owned()));
    let look_alike = json!("\\u0000");
    assert_eq!(
        Value::from(&look_alike),
        Value::Json(look_alike.to_string())
    );
}

proptest! {
    #[test]
    fn cleaned_json_is_the_document_with_each_nul_replaced(text in "[\\\\u0a\0]{0,12}") {
        let Value::Json(clean) = Value::json(&text).unwrap() else { panic!("no json") };
        let read: String = serde_json::from_str(&clean).unwrap();
        prop_assert_eq!(read, text.replace('\0', "\u{fffd}"));
    }
}
