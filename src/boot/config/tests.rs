use super::*;
use crate::kernel::Clock;

fn vars(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

pub(super) fn with(list: &[(&str, &str)]) -> Result<Config, Faults> {
    Config::from_layers(&Flags::default(), &vars(list))
}

pub(super) fn told(result: Result<Config, Faults>) -> Vec<String> {
    let faults = result.err().expect("faults");
    faults.0.iter().map(|f| format!("{}: {}", f.origin, f.text)).collect()
}

fn file(text: &str) -> (tempfile::TempDir, Flags) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("t.toml");
    std::fs::write(&path, text).expect("written");
    (dir, Flags { config: Some(path), settings: Vec::new() })
}

#[test]
fn the_defaults_alone_are_a_whole_configuration() {
    let config = with(&[]).expect("defaults");
    assert_eq!(config.http.public_url, "http://127.0.0.1:8080");
    assert_eq!(config.sqlite_file(), Some(PathBuf::from("tinan-data/tinan.db")));
    assert!(config.telegram.is_empty() && config.flood_enabled);
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let (_dir, mut flags) = file("[http]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"debug\"\n");
    let seen = |flags: &Flags, list: &[(&str, &str)]| {
        Config::from_layers(flags, &vars(list)).ok().map(|c| (c.http.listen.port(), c.log.directives))
    };
    assert_eq!(seen(&flags, &[]), Some((1, "debug".to_owned())));
    let env = [("TINAN_HTTP__LISTEN", "127.0.0.1:2"), ("RUST_LOG", "tinan=trace")];
    assert_eq!(seen(&flags, &env), Some((2, "tinan=trace".to_owned())));
    flags.settings.push(("--listen", "http.listen", "127.0.0.1:3".to_owned()));
    assert_eq!(seen(&flags, &env).map(|s| s.0), Some(3));
}

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    let (dir, flags) = file(
        "[http]\nlisten = 8080\nlisen = \"x\"\n\n[telegram]\ntoken = \"1:SECRET\"\n[log]\nformat = \"xml\"\n",
    );
    let env = vars(&[
        ("TINAN_HTTP__PUBLIC_URL", "http://tinan.example.vn"),
        ("TINAN_FLOOD__ENABLED", "perhaps"),
        ("TINAN_HTTP_LISTEN", "x"),
        ("TINAN_REPLAY__HOURS", "999"),
        ("RUST_LOG", "tinan=loud=er"),
    ]);
    let told = told(Config::from_layers(&flags, &env)).join("\n");
    let path = dir.path().join("t.toml").display().to_string();
    for part in [
        format!("{path}:2: http.listen must be a text"),
        format!("{path}:3: there is no setting http.lisen; is http.listen meant?"),
        format!("{path}:6: telegram.token is a secret: use the variable TINAN_TELEGRAM__TOKEN"),
        format!("{path}:8: log.format must be one of: text, json"),
        "TINAN_HTTP__PUBLIC_URL: http.public_url must begin with https://".to_owned(),
        "TINAN_FLOOD__ENABLED: flood.enabled must be true or false".to_owned(),
        "TINAN_HTTP_LISTEN: there is no such setting; is TINAN_HTTP__LISTEN meant?".to_owned(),
        "TINAN_REPLAY__HOURS: replay.hours must be between 1 and 48".to_owned(),
        "RUST_LOG: is not a list of directives".to_owned(),
    ] {
        assert!(told.contains(&part), "{part}\nis not in\n{told}");
    }
    assert!(!told.contains("SECRET"), "a fault must not quote a secret");
}

#[test]
fn a_file_that_is_not_toml_names_the_line() {
    let (dir, flags) = file("[http]\nlisten = \n");
    let told = told(Config::from_layers(&flags, &[])).join("\n");
    assert!(told.contains(&format!("{}:2", dir.path().join("t.toml").display())), "{told}");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for good in
        ["https://a.vn", "https://a.vn:8443/", "http://localhost:8080", "http://127.0.0.2", "http://[::1]:80"]
    {
        assert!(with(&[("TINAN_HTTP__PUBLIC_URL", good)]).is_ok(), "{good}");
    }
    for bad in [
        "http://a.vn",
        "http://10.0.0.1",
        "ftp://a.vn",
        "a.vn",
        "https://a.vn/path",
        "https://u@a.vn",
        "http://localhost.a.vn",
    ] {
        assert!(with(&[("TINAN_HTTP__PUBLIC_URL", bad)]).is_err(), "{bad}");
    }
}

#[test]
fn secrets_come_from_the_environment_or_a_file_and_are_never_shown() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("token");
    std::fs::write(&path, "123:abcDEF\n").expect("written");
    let name = path.display().to_string();
    let by_file = with(&[("TINAN_TELEGRAM__TOKEN_FILE", &name)]).expect("a token");
    let token = |c: &Config| c.telegram.first().map(|t| t.token.expose().clone());
    assert_eq!(token(&by_file).as_deref(), Some("123:abcDEF"));
    let by_variable = [
        ("TINAN_TELEGRAM__TOKEN", "123:abcDEF"),
        ("TINAN_DATABASE__URL", "postgres://tinan:hunter2@db/tinan?password=hunter2"),
    ];
    let by_variable = with(&by_variable).expect("a token");
    assert_eq!(token(&by_variable).as_deref(), Some("123:abcDEF"));
    let shown = format!("{:?}", by_variable.effective);
    assert!(!shown.contains("abcDEF") && !shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("postgres://(user)@db/tinan"), "{shown}");
    let both = with(&[("TINAN_TELEGRAM__TOKEN", "1:a"), ("TINAN_TELEGRAM__TOKEN_FILE", &name)]);
    assert!(told(both).join("").contains("only one of them"));
}

#[test]
fn a_password_in_the_file_of_settings_is_refused() {
    for url in ["postgres://a:b@c/d", "postgres://a@c/d?password=b"] {
        let (_dir, flags) = file(&format!("[database]\nurl = \"{url}\"\n"));
        assert!(told(Config::from_layers(&flags, &[])).join("").contains("database.url_file"), "{url}");
    }
    let (_dir, flags) = file("[database]\nurl = \"postgres://a@c/d\"\n");
    assert!(Config::from_layers(&flags, &[]).is_ok());
}

#[test]
fn telegram_settings_are_checked_before_the_start() {
    let bad = [
        vec![("TINAN_TELEGRAM__TOKEN", "nocolon")],
        vec![("TINAN_TELEGRAM__TOKEN", "1:a"), ("TINAN_TELEGRAM__API_URL", "ftp://x")],
        vec![("TINAN_TELEGRAM__TOKEN", "1:a"), ("TINAN_TELEGRAM__MODE", "webhook")],
        vec![("TINAN_TELEGRAM__MODE", "push")],
    ];
    for list in bad {
        assert!(with(&list).is_err(), "{list:?}");
    }
    let hook = [
        ("TINAN_TELEGRAM__TOKEN", "1:a"),
        ("TINAN_TELEGRAM__MODE", "webhook"),
        ("TINAN_TELEGRAM__SECRET", "s-1"),
        ("TINAN_HTTP__PUBLIC_URL", "https://a.vn"),
    ];
    assert!(with(&hook).is_ok());
}

#[test]
fn a_lease_on_a_message_outlasts_every_call_made_under_it() {
    let config = with(&[("TINAN_TELEGRAM__TOKEN", "1:a")]).expect("defaults");
    let sending = config.service.sending;
    let call = config.telegram_options().first().expect("a token").call_timeout;
    assert!(sending.lease > call + sending.margin);
    for (key, value) in [
        ("TINAN_TELEGRAM__CALL_SECONDS", "7"),
        ("TINAN_OUTBOX__LEASE_SECONDS", "9"),
        ("TINAN_OUTBOX__MARGIN_SECONDS", "4"),
    ] {
        let told = told(with(&[(key, value)])).join("\n");
        assert!(
            told.contains("outbox.lease_seconds must be more than telegram.call_seconds"),
            "{key}: {told}"
        );
    }
    assert!(told(with(&[("TINAN_OUTBOX__LEASE_SECONDS", "11")])).join("").contains("between 2 and 10"));
}

#[test]
fn the_example_names_only_settings_that_exist() {
    let (_dir, flags) = file(include_str!("../../../config/example.toml"));
    let told = told(Config::from_layers(&flags, &[]));
    // the token's file is not on this machine; nothing else is wrong
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told.join("").contains("cannot be read: /etc/tinan/telegram.token"), "{told:?}");
}

#[test]
fn a_bad_file_of_alarms_stops_the_start_with_all_its_faults() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("alarms.toml");
    let path = path.display().to_string();
    let bad = "[chain.tips]\nrepeat_minutes = 5\n[[chain.tips.step]]\nwho = [\"dutty\"]\nafter_minutes = 0\n\
               ways = [\"sms\"]\n[person.hoa]\nphone = \"call me\"\n";
    std::fs::write(&path, bad).expect("written");
    let said = told(with(&[("TINAN_ALARMS__FILE", &path), ("TINAN_LOG__FORMAT", "xml")])).join("\n");
    for part in [format!("{path}:4: "), format!("{path}:8: phone"), "TINAN_LOG__FORMAT".to_owned()] {
        assert!(said.contains(&part), "{part}: {said}");
    }
    assert!(!said.contains("call me"));
    std::fs::write(&path, bad.replace("dutty", "duty").replace("call me", "+84900000001")).expect("written");
    let said = told(with(&[("TINAN_ALARMS__FILE", &path)])).join("\n");
    assert!(said.contains("calls people by sms, but alarms.sms_url is not set"), "{said}");
    let sms = ("TINAN_ALARMS__SMS_URL", "http://127.0.0.1:13013/cgi-bin/sendsms");
    let config = with(&[("TINAN_ALARMS__FILE", &path), sms]).expect("whole");
    assert!(config.alarms.plan.person("hoa").is_some());
    assert_eq!(config.callers(&Clock::System).len(), 1);
    let gone = told(with(&[("TINAN_ALARMS__FILE", "/no/such/file")])).join("\n");
    assert!(gone.contains("TINAN_ALARMS__FILE: alarms.file names a file that cannot be read"), "{gone}");
}

#[test]
fn secrets_of_the_ways_are_asked_for_and_not_shown() {
    let bridge = ("TINAN_ALARMS__BRIDGE_URL", "https://bridge.example.vn/call");
    assert!(told(with(&[bridge])).join("\n").contains("alarms.bridge_secret_file"));
    let config = with(&[bridge, ("TINAN_ALARMS__BRIDGE_SECRET", "hush")]).expect("whole");
    assert!(!format!("{:?}", config.effective).contains("hush"));
    let mail = [("TINAN_ALARMS__SMTP_HOST", "mail.example.vn"), ("TINAN_ALARMS__MAIL_FROM", "nobody")];
    assert!(told(with(&mail)).join("\n").contains("alarms.mail_from cannot be used"));
    let bare = [mail[0], ("TINAN_ALARMS__SMTP_TLS", "none"), ("TINAN_ALARMS__SMTP_PASSWORD", "hush")];
    assert!(told(with(&bare)).join("\n").contains("alarms.smtp_tls must not be none"));
    let (_dir, flags) = file("[alarms]\nsmtp_password = \"hush\"\n");
    let said = told(Config::from_layers(&flags, &[])).join("\n");
    assert!(said.contains("alarms.smtp_password is a secret") && !said.contains("hush"), "{said}");
}
