//! Cases of the published test suite: the key, the time and the scope are the suite's.

use http::Method;

use super::*;

const STAMP: &str = "20150830T123600Z";
const HOST: (&str, &str) = ("host", "example.amazonaws.com");
const DATED: (&str, &str) = ("x-amz-date", STAMP);

fn signer(session: Option<&str>) -> Signer {
    Signer {
        access_key: "AKIDEXAMPLE".to_owned(),
        secret_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
        session: session.map(|token| HeaderValue::from_str(token).unwrap()),
        region: "us-east-1".to_owned(),
        service: "service",
    }
}

/// Signs a case and gives its signature.
fn signature(request: (&str, &str, &str), headers: &[(&'static str, &str)], body: &str) -> String {
    let (method, path, query) = request;
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let canonical = Canonical::from_parts(method, path, query, headers.collect(), body.as_bytes());
    let text = signer(None).authorization(&canonical, STAMP);
    let scope = "20150830/us-east-1/service/aws4_request";
    assert!(
        text.starts_with(&format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, "
        )),
        "{text}"
    );
    text.rsplit_once('=').unwrap().1.to_owned()
}

#[test]
fn published_cases_have_the_published_signatures() {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let check = |request, headers: &[(&'static str, &str)], body, expected| {
        assert_eq!(signature(request, headers, body), expected, "{request:?}");
    };
    check(
        ("GET", "/", ""),
        &[HOST, DATED],
        "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    );
    check(
        ("POST", "/", ""),
        &[DATED, HOST],
        "",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    );
    check(
        ("POST", "/", ""),
        &[HOST, form, DATED],
        "Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    );
    check(
        ("GET", "/\u{1234}", ""),
        &[HOST, DATED],
        "",
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    );
}

#[test]
fn a_query_is_sorted() {
    let url = Url::parse("https://example.amazonaws.com/?Param2=value2&Param1=value1").unwrap();
    assert_eq!(
        signature(("GET", "/", &query(&url)), &[HOST, DATED], ""),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    );
}

#[test]
fn a_session_token_is_signed_too() {
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAe\
                 MicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phU\
                 ZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38x\
                 Vqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2\
                 ICCR/oLxBA==";
    let sent = sent(Some(token), "https://example.amazonaws.com/");
    assert_eq!(sent["x-amz-security-token"], token);
    assert_eq!(sent["x-amz-date"], STAMP);
    let text = sent["authorization"].to_str().unwrap();
    assert!(
        text.contains("SignedHeaders=host;x-amz-date;x-amz-security-token, "),
        "{text}"
    );
    assert!(
        text.ends_with("85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
        "{text}"
    );
}

#[test]
fn a_port_and_an_escaped_path_are_signed_as_they_are_sent() {
    let one = sent(None, "http://127.0.0.1:8080/model/a%3Ab/invoke");
    let other = sent(None, "http://127.0.0.1:8081/model/a%3Ab/invoke");
    assert_ne!(one["authorization"], other["authorization"]);
    assert_eq!(escaped("/model/a%3Ab", true), "/model/a%253Ab");
    assert_eq!(escaped("a:b/c", false), "a%3Ab%2Fc");
}

fn sent(session: Option<&str>, url: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut outgoing = Outgoing {
        method: Method::POST,
        url: &Url::parse(url).unwrap(),
        headers: &mut headers,
        body: b"",
    };
    let now = Micros::parse("2015-08-30T12:36:00.5Z").unwrap();
    signer(session).sign(&mut outgoing, now);
    headers
}
