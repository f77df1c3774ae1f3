//! A thief with the folder: nothing that anybody wrote or is stands in it, nor in what the program printed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use serde_json::json;
use tinan::boot::config::{Config, Flags};
use tinan::boot::open::Base;
use tinan::kernel::id::{CaseId, ItemId};
use tinan::kernel::{Clock, Entropy, Secret};
use tinan::vault::{ItemKind, Place, PrivateKey, Recipient, Sealed, Vault, Wrap};

use super::{TIP, previewed, receipts};
use crate::process::{Install, PATIENCE, Running};
use crate::telegram::{FIRST_NAME, Fake, TOKEN, USERNAME, User};
use crate::until::until;
use crate::world::password;

const SOON: Duration = Duration::from_secs(20);
const CHAT: i64 = 7_391_554_402;
const WEB_TIP: &str = "Kho hàng lậu KIMTIPWEB ở ngã ba Dốc Lim";
const CHAT_TIP: &str = "KIMTIPCHAT";
const REPLY: &str = "KIMREPLY: xe biển số nào?";
const NOTE: &str = "KIMNOTE: người báo có vẻ là hàng xóm";
const MORE: &str = "KIMMORE: biển số 29X1";
const FILE_NAME: &str = "KIMTENTEP.pdf";
const FILE: &str = "%PDF KIMNOIDUNGTEP";
const CHAT_FILE_NAME: &str = "KIMTENCHAT.pdf";
const CHAT_FILE: &str = "%PDF KIMTEPCHAT";

/// Everything that must not be found, by name.
struct Needles(Vec<(&'static str, Vec<u8>)>);

impl Needles {
    /// A text in the forms in which a program may write it by mistake.
    fn add(&mut self, name: &'static str, text: &str) {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes = text.as_bytes();
        let escaped: String = text.escape_default().to_string();
        let mut forms = vec![bytes.to_vec(), wide.clone(), escaped.into_bytes()];
        forms.push(text.to_lowercase().into_bytes());
        forms.push(HEXLOWER.encode(bytes).into_bytes());
        forms.push(HEXUPPER.encode(bytes).into_bytes());
        for shift in 0..3 {
            // inside a longer text the symbols at both ends depend on the neighbours
            let padded = [vec![0; shift], bytes.to_vec()].concat();
            let encoded = BASE64.encode(&padded);
            let whole = encoded.trim_end_matches('=');
            forms.push(whole.as_bytes()[shift * 2..whole.len() - 1].to_vec());
        }
        self.0.extend(forms.into_iter().map(|f| (name, f)));
    }

    fn of(texts: &[(&'static str, &str)]) -> Self {
        let mut all = Self(Vec::new());
        for (name, text) in texts {
            all.add(name, text);
        }
        all
    }

    /// What of it stands in a file.
    fn found_in(&self, bytes: &[u8]) -> Vec<&'static str> {
        let holds = |needle: &[u8]| memmem(bytes, needle);
        self.0.iter().filter(|(_, needle)| holds(needle)).map(|(name, _)| *name).collect()
    }
}

/// Skips from one first byte to the next.
fn memmem(hay: &[u8], needle: &[u8]) -> bool {
    let mut rest = hay;
    while let Some(at) = rest.iter().position(|b| *b == needle[0]) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path());
    entries.flat_map(|p| if p.is_dir() { files(&p) } else { vec![p] }).collect()
}

/// Looks into every file of the installation, temporary files and printed lines too.
fn assert_nothing_found(install: &Install, needles: &Needles, when: &str) {
    let all = files(install.all());
    assert!(all.iter().any(|p| p.ends_with("tinan.db")) && all.len() >= 6, "{all:?}");
    for path in all {
        let bytes = std::fs::read(&path).expect("reads");
        let found = needles.found_in(&bytes);
        assert!(found.is_empty(), "{when}: {} holds {found:?}", path.display());
    }
}

#[test]
fn every_form_of_a_needle_would_be_found() {
    let needles = Needles::of(&[("it", "KIMGIẤU")]);
    let text = "trước KIMGIẤU sau";
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut hays = vec![text.as_bytes().to_vec(), wide];
    hays.push(HEXLOWER.encode(text.as_bytes()).into_bytes());
    hays.push(text.escape_default().to_string().into_bytes());
    for before in ["", "a", "ab"] {
        hays.push(BASE64.encode(format!("{before}{text}").as_bytes()).into_bytes());
    }
    for hay in hays {
        assert!(!needles.found_in(&hay).is_empty(), "{}", String::from_utf8_lossy(&hay));
    }
    assert!(needles.found_in(b"KIM GI").is_empty());
}

/// Takes the next case of the tips desk and answers it.
async fn answer_next(server: &Running, token: &str) {
    let me: &[(&str, &str)] = &[("authorization", token)];
    let (status, case) = server.post("/api/v1/queue/next?desk=tips", me, &json!({})).await.expect("answers");
    assert_eq!(status, 200, "{case}");
    let path = format!("/api/v1/cases/{}", case["id"].as_str().expect("an id"));
    let body = json!({"version": case["version"], "text": NOTE});
    let (status, noted) = server.post(&format!("{path}/note"), me, &body).await.expect("answers");
    assert!(status < 300, "{noted}");
    let body = json!({"version": noted["version"], "text": REPLY});
    let (status, replied) = server.post(&format!("{path}/reply"), me, &body).await.expect("answers");
    assert!(status < 300, "{replied}");
}

/// Adds a file to a case, as a browser sends it.
async fn attach(server: &Running, receipt: &str) {
    let (client, base) = server.poster();
    let body = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{FILE_NAME}\"\r\n\
         content-type: application/pdf\r\n\r\n{}\r\n--edge--\r\n",
        FILE.repeat(5000)
    );
    let sent = client
        .post(format!("{base}/api/v1/attachments"))
        .header("authorization", format!("Receipt {receipt}"))
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body);
    assert_eq!(sent.send().await.expect("answers").status(), 201);
}

/// A tip by the web and one by the bot, with files, more words, notes and answers. Returns what must not be found.
async fn story(install: &Install, server: &Running, user: &User) -> (String, Needles) {
    user.writes(&format!("{TIP} {CHAT_TIP}"));
    let web =
        server.post("/api/v1/tips", &[("idempotency-key", "KIMKEY-1")], &json!({"text": WEB_TIP})).await;
    let receipt = web.expect("answers").1["receipt"].as_str().expect("a receipt").to_owned();
    until("a preview", SOON, async || previewed(user)).await;
    user.presses("Gửi ngay");
    until("a receipt", SOON, async || !receipts(user).is_empty()).await;
    let shown = receipts(user).remove(0);
    let header = format!("Receipt {receipt}");
    let more =
        server.post("/api/v1/case/messages", &[("authorization", &header)], &json!({"text": MORE})).await;
    assert_eq!(more.expect("answers").0, 201);
    attach(server, &receipt).await;
    user.sends_document(CHAT_FILE_NAME, CHAT_FILE.repeat(5000).as_bytes());
    until("both files are kept", SOON, async || install.count("attachments").await == 2).await;
    let token = server.log_in("anh").await;
    answer_next(server, &token).await;
    answer_next(server, &token).await;
    let announced = async || user.sees().iter().any(|m| m.text.contains("Bạn có tin mới."));
    until("the answer is announced", SOON, announced).await;
    let needles = needles(&receipt, &shown, token.trim_start_matches("Bearer "));
    (receipt, needles)
}

fn needles(receipt: &str, shown: &str, session: &str) -> Needles {
    Needles::of(&[
        ("web tip", "KIMTIPWEB"),
        ("chat tip", CHAT_TIP),
        ("chat tip's words", "pho Hoang"),
        ("reply", "KIMREPLY"),
        ("note", "KIMNOTE"),
        ("message", "KIMMORE"),
        ("file name", FILE_NAME),
        ("file", "KIMNOIDUNGTEP"),
        ("chat file name", CHAT_FILE_NAME),
        ("chat file", "KIMTEPCHAT"),
        ("chat id", &CHAT.to_string()),
        ("first name", FIRST_NAME),
        ("user name", USERNAME),
        ("web receipt", receipt),
        ("web receipt, bare", &receipt.replace('-', "")),
        ("chat receipt", shown),
        ("chat receipt, bare", &shown.replace('-', "")),
        ("password", &password("anh")),
        ("idempotency key", "KIMKEY-1"),
        ("session", session),
        ("bot token", TOKEN.split_once(':').expect("two parts").1),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stolen_folder_and_the_logs_hold_nobodys_words() {
    let fake = Fake::start();
    let install = Install::empty().with("RUST_LOG", "trace").with_bot(&fake).set_up();
    let server = install.serve().await;
    let user = fake.user(CHAT);
    let (receipt, needles) = story(&install, &server, &user).await;
    server.kill();
    assert_nothing_found(&install, &needles, "as the kill left it, write-ahead log and all");
    let server = install.serve().await;
    user.presses("Xem");
    until("the answer is read", SOON, async || user.sees().iter().any(|m| m.text.contains(REPLY))).await;
    assert_eq!(server.case(&receipt).await.0, 200);
    server.stop().await;
    assert_nothing_found(&install, &needles, "after an orderly stop");
}

/// A copy of the folder as a thief has it who did not get the keyring.
async fn robbed() -> (Install, Install, String) {
    let install = Install::empty().set_up();
    let server = install.serve().await;
    let tip = server.post("/api/v1/tips", &[], &json!({"text": WEB_TIP})).await.expect("answers");
    let receipt = tip.1["receipt"].as_str().expect("a receipt").to_owned();
    server.stop().await;
    let copy = Install::empty();
    std::fs::create_dir(copy.data()).expect("a folder");
    for name in ["tinan.db", "tinan.toml", "node"] {
        std::fs::copy(install.data().join(name), copy.data().join(name)).expect("copies");
    }
    (install, copy, receipt)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_without_the_keyring_is_refused_and_yet_opens_old_cases_to_a_member_alone() {
    let (_install, copy, _) = robbed().await;
    let refused = tokio::time::timeout(PATIENCE, copy.run(&["serve"])).await.expect("ends by itself");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("keyring") && told.contains("is missing"), "{told}");

    // A fresh keyring stands in for the lost one: what is in flight is gone, what is stored does not need it.
    let flags = Flags { config: None, settings: Vec::new() };
    let vars = [("TINAN_DATA__DIR".to_owned(), copy.data().display().to_string())];
    let config = Config::from_layers(&flags, &vars).unwrap_or_else(|_| panic!("sound settings"));
    let base = Base::new(&config, Clock::System, Entropy::System).await.expect("opens");
    let keyring = base.place.keyring_or_new(&base.entropy, &base.clock).expect("a fresh one");
    let identity = base.place.identity().expect("reads").expect("pinned");
    let deployment = identity.deployment;
    let Ok(hotline) = base.open(&config, identity, keyring).await else { panic!("opens") };
    let anh = hotline.prove("anh", Secret::new(password("anh"))).await.expect("a member");
    let case = hotline.next_case(&anh, "tips", None).await.expect("asks").expect("the old case").id;
    let view = hotline.open_case(&anh, case).await.expect("opens");
    assert_eq!((view.thread[0].text.as_str(), view.unreadable), (WEB_TIP, 0));

    // Without the password nobody gets that far, and no other member's key helps, whatever the rows say.
    assert!(hotline.prove("anh", Secret::new("mat-khau-khac".to_owned())).await.is_err());
    let moved = "UPDATE members SET desk = (SELECT id FROM desks WHERE kind = 'tips') \
                 WHERE staff = (SELECT id FROM staff WHERE login = 'binh')";
    copy.texts(&format!("{moved} RETURNING 'moved'")).await;
    if let Ok(binh) = hotline.prove("binh", Secret::new(password("binh"))).await {
        let opened = hotline.open_case(&binh, case).await;
        assert!(opened.is_err_and(|e| !e.to_string().contains("KIM")), "a row made binh a member of tips");
    }
    assert_foreign_keys_open_nothing(&copy, Vault::new(deployment, Entropy::System)).await;
}

/// Tries every wrap of the database with keys of a thief's own, of every kind.
async fn assert_foreign_keys_open_nothing(copy: &Install, vault: Vault) {
    let rows = copy
        .texts(
            "SELECT hex(i.id), hex(c.id), CAST(i.kind AS TEXT), hex(i.blob), hex(w.wrap) FROM items i \
             JOIN wraps w ON w.item = i.id JOIN cases c ON c.seq = i.case_seq",
        )
        .await;
    assert!(rows.len() >= 2, "tip and summary: {}", rows.len());
    let bytes = |hex: &str| HEXUPPER.decode(hex.as_bytes()).expect("hex");
    let id = |hex: &str| uuid::Uuid::from_slice(&bytes(hex)).expect("an id");
    let kinds = [Recipient::Desk, Recipient::Staff, Recipient::Receipt];
    for row in &rows {
        let kind = ItemKind::from_byte(row[2].parse().expect("a byte")).expect("a kind");
        let place = Place::first(kind, ItemId::from_uuid(id(&row[0])), CaseId::from_uuid(id(&row[1])));
        let blob = Sealed::from_row(bytes(&row[3])).expect("a blob");
        let wrap = Wrap::from_row(bytes(&row[4])).expect("a wrap");
        for kind in kinds {
            let key = PrivateKey::generate(kind, &Entropy::System).expect("a key");
            assert!(vault.open_item(&place, &blob, &wrap, &key).is_err());
        }
    }
}
