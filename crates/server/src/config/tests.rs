use super::*;

fn env(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let found = pairs.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

fn config(settings: Settings) -> Config {
    settings.into_config(PathBuf::from("/data")).unwrap()
}

#[test]
fn flags_beat_environment_beats_file_beats_default() {
    let file = Settings::from_toml("http_address = '127.0.0.1:1'\nlog = 'file'").unwrap();
    let from_env = env(&[
        ("MUSTER_HTTP_ADDRESS", "127.0.0.1:2"),
        ("MUSTER_LOG", "env"),
    ]);
    let from_env = Settings::from_env(from_env).unwrap();
    let flags = Settings {
        http_address: Some("127.0.0.1:3".to_owned()),
        ..Settings::default()
    };
    let merged = config(flags.or(from_env).or(file));
    assert_eq!(merged.http_address.port(), 3);
    assert_eq!(merged.log.as_deref(), Some("env"));
    assert_eq!(merged.session_life, limits::SESSION_LIFE);
    assert_eq!(
        config(Settings::default()).http_address.to_string(),
        HTTP_ADDRESS
    );
}

#[test]
fn value_that_does_not_fit_is_refused_by_name() {
    let check = |settings: Settings, name: &str| {
        let error = settings.into_config(PathBuf::new()).unwrap_err();
        assert_eq!(error.name, name);
    };
    let address = Some("nowhere".to_owned());
    check(
        Settings {
            http_address: address,
            ..Settings::default()
        },
        "http_address",
    );
    let url = Some("ftp://x".to_owned());
    check(
        Settings {
            access_url: url,
            ..Settings::default()
        },
        "access_url",
    );
    let proxies = Some(vec!["10.0.0.0/33".to_owned()]);
    check(
        Settings {
            proxy_trusted_origins: proxies,
            ..Settings::default()
        },
        "proxy_trusted_origins",
    );
    assert!(Settings::from_toml("htpp_address = 'x'").is_err());
    assert!(Settings::from_env(env(&[("MUSTER_ALLOW_NEWER_SCHEMA", "maybe")])).is_err());
}

#[test]
fn forwarded_address_is_believed_from_a_trusted_proxy_only() {
    let settings = Settings {
        proxy_trusted_origins: Some(vec!["10.0.0.0/8".to_owned(), "::1".to_owned()]),
        ..Settings::default()
    };
    let config = config(settings);
    let check = |peer: &str, forwarded: &'static str, expect: &str| {
        let value = http::HeaderValue::from_static(forwarded);
        let name = http::HeaderName::from_static(FORWARDED_FOR);
        let headers = HeaderMap::from_iter([(name, value)]);
        let address = config.client_address(peer.parse().unwrap(), &headers);
        assert_eq!(address.to_string(), expect);
    };
    check("10.1.2.3", "1.1.1.1, 8.8.8.8, 10.9.9.9", "8.8.8.8");
    check("::1", "1.1.1.1", "1.1.1.1");
    check("9.9.9.9", "1.1.1.1", "9.9.9.9");
    check("10.1.2.3", "nonsense", "10.1.2.3");
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let settings = Settings::from_env(env(&[("MUSTER_DATABASE_URL", "postgres://u:hunter2@h/d")]));
    assert!(!format!("{settings:?}").contains("hunter2"));
    let presets = presets(env(&[("OPENAI_API_KEY", "hunter2")]));
    assert_eq!(presets.len(), 1);
    assert!(!format!("{presets:?}").contains("hunter2"));
}
