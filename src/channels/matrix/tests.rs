use super::*;

fn options() -> Options {
    Options {
        homeserver: "https://matrix.example.vn".to_owned(),
        user: "@tinan:example.vn".to_owned(),
        as_token: Secret::new("as-0123456789abcdef".to_owned()),
        hs_token: Secret::new("hs-0123456789abcdef".to_owned()),
        call_timeout: Duration::from_secs(6),
        chat_gap: Duration::ZERO,
        per_second: 20,
    }
}

#[test]
fn the_bot_is_our_user_and_says_choices_as_lines() {
    let matrix = Matrix::new(options(), Entropy::System).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((matrix.name(), matrix.bot()), ("matrix", "@tinan:example.vn"));
    assert_eq!(matrix.manner(), Manner::Room { longest: LONGEST });
    assert!(matrix.knows_repeats());
}

#[test]
fn bad_settings_are_named_and_never_quoted() {
    type Spoil = fn(&mut Options);
    let cases: [(Spoil, BadOptions); 9] = [
        (|o| o.homeserver = String::new(), BadOptions::Homeserver),
        (|o| o.homeserver = "ftp://example.vn".to_owned(), BadOptions::Homeserver),
        (|o| o.homeserver = "https://example.vn/?a=b".to_owned(), BadOptions::Homeserver),
        (|o| o.user = "tinan".to_owned(), BadOptions::User),
        (|o| o.user = "@Tin An:example.vn".to_owned(), BadOptions::User),
        (|o| o.user = "@tinan:".to_owned(), BadOptions::User),
        (|o| o.as_token = Secret::new("short".to_owned()), BadOptions::AsToken),
        (|o| o.hs_token = Secret::new("with a space in it".to_owned()), BadOptions::HsToken),
        (|o| o.hs_token = Secret::new(o.as_token.expose().clone()), BadOptions::HsToken),
    ];
    for (spoil, expected) in cases {
        let mut o = options();
        spoil(&mut o);
        let told = Matrix::new(o, Entropy::System).err();
        assert_eq!(told, Some(expected));
        assert!(!expected.to_string().contains("0123456789"));
    }
}

#[test]
fn the_registration_is_for_our_user_and_nobody_else() {
    let text = registration(&options(), "https://tinan.example.vn");
    for line in [
        "id: \"tinan\"",
        "url: \"https://tinan.example.vn\"",
        "as_token: \"as-0123456789abcdef\"",
        "hs_token: \"hs-0123456789abcdef\"",
        "sender_localpart: \"tinan\"",
        "      regex: \"^@tinan:example\\\\.vn$\"",
        "rate_limited: false",
    ] {
        assert!(text.lines().any(|l| l.starts_with(line)), "{line} is not in:\n{text}");
    }
}
