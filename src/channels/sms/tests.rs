use super::*;

fn options() -> Options {
    Options {
        secret: Secret::new("0123456789abcdef".to_owned()),
        api_url: "http://127.0.0.1:13013/cgi-bin/sendsms".to_owned(),
        user: "tinan".to_owned(),
        password: Secret::new("p".to_owned()),
        sender: "8088".to_owned(),
        most_segments: 6,
        call_timeout: Duration::from_secs(6),
        per_second: 10,
    }
}

fn read(query: &str) -> Option<String> {
    let sms = Sms::new(options()).expect("sound");
    match sms.parse(query.as_bytes()).ok()?.content {
        Content::Text(text) => Some(text),
        Content::Ignored => Some(String::new()),
        _ => None,
    }
}

#[test]
fn a_text_is_read_in_its_charset() {
    assert_eq!(read("from=%2B84901&text=b%C3%A1n+ma+t%C3%BAy"), Some("bán ma túy".to_owned()));
    assert_eq!(read("from=84901&charset=UTF-16BE&text=%00b%00%E1"), Some("bá".to_owned()));
    assert_eq!(read("from=84901&charset=ISO-8859-1&text=b%E1"), Some("bá".to_owned()));
    assert_eq!(read("from=84901&text=100%25+%zz"), Some("100% %zz".to_owned()));
    assert_eq!(read("from=84901&text=+"), Some(String::new()), "nothing to answer");
}

#[test]
fn what_cannot_be_read_is_left_to_a_person() {
    for odd in [
        "from=84901&text=%FF%FE",
        "from=84901&charset=KLINGON&text=a",
        "from=84901&charset=UTF-16BE&text=%00",
        "text=a",
        "from=&text=a",
        "from=VIETTEL&text=a",
        "",
        "\u{0}",
    ] {
        assert_eq!(read(odd), None, "{odd}");
    }
}

#[test]
fn the_secret_and_what_is_not_needed_are_dropped_before_anything_is_stored() {
    let form = Form::read(b"from=84901&secret=0123456789abcdef&imsi=452&text=a%26b%3D%C3%A1&id=7");
    let cleaned = String::from_utf8(form.cleaned()).expect("text");
    assert_eq!(cleaned, "from=84901&text=a%26b%3D%C3%A1&id=7");
    assert_eq!(Form::read(cleaned.as_bytes()).text().as_deref(), Some("a&b=á"));
}

#[test]
fn unsound_options_are_told() {
    let with = |change: fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        Sms::new(options).err()
    };
    assert_eq!(with(|_| {}), None);
    assert_eq!(with(|o| o.secret = Secret::new("short".to_owned())), Some(BadOptions::Secret));
    assert_eq!(with(|o| o.api_url = "ftp://x/".to_owned()), Some(BadOptions::ApiUrl));
    assert_eq!(with(|o| o.sender = String::new()), Some(BadOptions::Account));
}
