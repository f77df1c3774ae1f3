//! A request that asks for a call and comes again: it gets its first answer, and its row tells a thief nothing.

use tinan::service::callback::OwnCallback;
use tinan::vault::sha256;

use super::*;

const BODY: &[u8] = br#"{"number":"0987654321","from":"2026-11-22T06:00:00Z"}"#;
const OTHER: &[u8] = br#"{"number":"0987654322","from":"2026-11-22T06:00:00Z"}"#;
const ROUTE: &str = "/api/v1/case/callback";

/// What rows held before it was keyed: a thief need only try the numbers there are.
fn bare(body: &[u8]) -> [u8; 32] {
    sha256(&[b"tinan/body", body])
}

impl Desk {
    async fn sends(&self, code: &[Receipt], key: &str, body: &[u8]) -> Result<OwnCallback, Error> {
        let once = Once::new(ROUTE, b"caller", key, body).expect("a key");
        self.hotline().ask_callback(code, &asked(ONE), "web", Some(once)).await
    }

    /// What the rows of answered requests hold of the bodies.
    async fn marks(&self) -> Vec<String> {
        let column = match self.database.store.backend() {
            tinan::store::Backend::Sqlite => "lower(hex(body_hash))",
            tinan::store::Backend::Postgres => "encode(body_hash, 'hex')",
        };
        self.database.texts(&format!("SELECT {column} FROM replays")).await.concat()
    }

    /// The body of `code`'s request gives its first answer again, another body under its key gives none.
    async fn assert_repeats(&self, code: &[Receipt], first: &OwnCallback) {
        let again = self.sends(code, "1", BODY).await.expect("the first answer");
        assert_eq!((again.slot, again.standing), (first.slot, first.standing));
        let other = self.sends(code, "1", OTHER).await;
        assert!(matches!(other, Err(Error::Refused(Refusal::OtherRequest))), "{:?}", other.err());
        assert_eq!((self.numbers().await, self.waiting().await.len()), (1, 1));
    }
}

on_both_databases! {
    async fn the_row_of_a_request_does_not_tell_which_number_was_in_it(database: Database) {
        let desk = Desk::open(database).await;
        let code = desk.writes(Kind::Counselling).await;
        let first = desk.sends(&code, "1", BODY).await.expect("is taken");
        let marks = desk.marks().await;
        assert_eq!(marks.len(), 1);
        let guesses = [
            bare(BODY),
            sha256(&[BODY]),
            sha256(&[b"tinan/body", b"1", BODY]),
            sha256(&[b"tinan/body", b"1", b"caller", BODY]),
            sha256(&[b"tinan/body", ROUTE.as_bytes(), b"caller", b"1", BODY]),
        ];
        for guess in guesses.map(|g| data_encoding::HEXLOWER.encode(&g)) {
            assert!(!marks.contains(&guess), "the number can be guessed");
        }
        desk.assert_repeats(&code, &first).await;
        assert!(!desk.is_to_be_found().await);
    }

    async fn a_request_answered_before_the_upgrade_is_still_known(database: Database) {
        let desk = Desk::open(database).await;
        let code = desk.writes(Kind::Counselling).await;
        let first = desk.sends(&code, "1", BODY).await.expect("is taken");
        let old = desk.database.literal(&bare(BODY));
        desk.database.raw(&format!("UPDATE replays SET body_hash = {old}")).await;
        desk.assert_repeats(&code, &first).await;
    }
}
