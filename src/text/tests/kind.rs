//! Sentences for people in fear: what they must say, and what none of them may say.

use super::*;

const FOR_CITIZENS: [&str; 4] = ["chat.", "citizen.", "callback.chat.", "sms."];

fn said(texts: &Catalogue, locale: Locale, key: &str) -> String {
    texts.say(locale, key, &[])
}

#[test]
fn first_aid_turns_whoever_does_not_breathe_on_the_back_and_forbids_no_antidote() {
    let texts = texts();
    let web = |locale| {
        let lines = ["citizen.crisis.overdose_1", "citizen.crisis.overdose_2", "citizen.crisis.overdose_3"];
        lines.map(|key| said(&texts, locale, key)).join(" ")
    };
    for locale in Locale::ALL {
        let (side, back, antidote, sweep) = match locale {
            Locale::Vi => ("nằm nghiêng", "lật ngửa", "Có naloxone thì dùng", "móc"),
            Locale::En => {
                ("on the side", "on the back", "Naloxone, if there is any: use it", "clear the mouth")
            }
        };
        for told in [said(&texts, locale, "chat.crisis.overdose"), web(locale)] {
            let (before, after) = told.split_once(back).expect("the back");
            assert!(before.contains(side), "whoever breathes lies on the side: {told}");
            let (_, rest) = after.split_once(antidote).expect("the antidote");
            assert!(rest.contains("tiêm") || rest.contains("injections"), "other injections: {told}");
            assert!(!told.contains(sweep), "a blind sweep of the mouth: {told}");
        }
    }
    let sms = said(&texts, Locale::Vi, "sms.crisis.overdose");
    assert!(sms.contains("Con tho: dat nam nghieng") && sms.contains("Khong tho: lat ngua"), "{sms}");
}

#[test]
fn whoever_sends_a_tip_is_told_that_the_police_read_it() {
    let texts = texts();
    let keys = ["chat.choose.lane", "chat.choose.which", "chat.button.choose_tip", "chat.preview.tip"];
    for key in keys.into_iter().chain(["chat.about", "citizen.preview.kin_report"]) {
        assert!(said(&texts, Locale::Vi, key).contains("công an"), "{key}");
        assert!(said(&texts, Locale::En, key).contains("police"), "{key}");
    }
    for key in texts.keys().filter(|key| FOR_CITIZENS.iter().any(|part| key.starts_with(part))) {
        let vi = said(&texts, Locale::Vi, key).to_lowercase();
        let own = key == "chat.handed_over"; // says who cannot read
        assert!(own || !vi.contains("bàn báo tin"), "{key}: {vi}");
    }
}

#[test]
fn nobody_is_said_to_read_before_somebody_does() {
    let texts = texts();
    for key in ["chat.added", "chat.added_file", "chat.received.counsel"] {
        let vi = said(&texts, Locale::Vi, key);
        for claim in ["đang xem", "đã đọc", "đã chuyển", "Tư vấn viên đã"] {
            assert!(!vi.to_lowercase().contains(&claim.to_lowercase()), "{key}: {vi}");
        }
    }
}

#[test]
fn the_receipt_page_names_the_way_back_as_the_first_page_does() {
    let texts = texts();
    for locale in Locale::ALL {
        let (back, code) =
            (said(&texts, locale, "citizen.receipt.back"), said(&texts, locale, "citizen.home.code"));
        assert!(back.contains(&format!("“{code}”")) && back.contains("{web}"), "{back}");
        let leave = said(&texts, locale, "citizen.home.exit");
        assert!(leave.contains(&format!("“{}”", said(&texts, locale, "citizen.exit"))), "{leave}");
        let lead = said(&texts, locale, "citizen.place.lead");
        for key in ["citizen.form.edit", "citizen.report.place"] {
            assert!(lead.contains(&format!("“{}”", said(&texts, locale, key))), "{lead}");
        }
    }
}

#[test]
fn a_word_is_spelled_one_way() {
    let texts = texts();
    for key in texts.keys() {
        let vi = said(&texts, Locale::Vi, key).to_lowercase();
        for other in ["ma túy", "đe dọa", "hủy", "xóa", "khóa"] {
            assert!(!vi.contains(other), "{key}: {vi}");
        }
    }
}
