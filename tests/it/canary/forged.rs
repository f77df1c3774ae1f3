//! Nobody outside makes a canary, and nobody who writes to the database makes one of a citizen's message.

use tinan::domain::canary::words;
use tinan::kernel::Entropy;
use tinan::kernel::id::RowId;
use tinan::service::channel::Raw;

use super::lines::Ends;
use super::*;
use crate::on_both_databases;

on_both_databases! {
    async fn a_forged_canary_is_an_ordinary_message(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let sms = ends.sms();
        // the very bytes that the service would send itself, from the same number, under the same key of the update
        let canary = RowId::random(&Entropy::System).expect("chance");
        let bytes = sms.canary(&words(canary), world.clock.now()).expect("has canaries");
        let raw = Raw { key: format!("canary:{canary}"), bytes };
        world.hotline.accept((sms.name(), sms.bot()), vec![raw], None).await.expect("is taken");
        jobs::drain(&world.hotline, &*sms).await.expect("works");
        assert_eq!(database.count("canaries").await, 0);
        assert_eq!(database.count("dialogues").await, 1, "somebody is talking to us");
        world.clock.advance(minutes(3));
        jobs::drain(&world.hotline, &*sms).await.expect("works");
        assert_eq!(database.count("cases").await, 1, "and is heard");
        assert_eq!(database.count("canary_series").await, 0);
    }

    async fn a_citizens_message_cannot_be_made_a_canary_in_the_database(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let sms = ends.sms();
        let channels = vec![Arc::clone(&sms)];
        tend(&world, &channels).await;
        let bytes = b"from=%2B84901234567&to=8088&text=co+nguoi+ban+ma+tuy+o+ngo+7".to_vec();
        let raw = Raw { key: "id:1".to_owned(), bytes };
        world.hotline.accept((sms.name(), sms.bot()), vec![raw], None).await.expect("is taken");
        // whoever writes to the database gives the citizen's row the canary's name, and takes the canary away
        database.raw("DELETE FROM inbox WHERE id IN (SELECT flight FROM canary_lines)").await;
        database.raw("UPDATE inbox SET id = (SELECT flight FROM canary_lines WHERE name LIKE 'sms%')").await;
        jobs::work_off(&world.hotline, &*sms).await.expect("works");
        assert_eq!(database.count("inbox").await, 1, "what does not open is not thrown away");
        assert_eq!(database.count("canaries").await, 1, "the web's own");
    }

    async fn a_canary_that_cannot_be_worked_off_becomes_no_case(database: Database) {
        let (world, ends) = (world(database.store.clone()).await, Ends::start().await);
        let sms = ends.sms();
        let channels = vec![Arc::clone(&sms)];
        tend(&world, &channels).await;
        // worked for by another channel's reader, which does not understand it
        let (telegram, name) = (ends.telegram(), "UPDATE inbox SET channel = 'telegram', bot = '7654321098'");
        database.raw(name).await;
        jobs::work_off(&world.hotline, &*telegram).await.expect("works");
        assert_eq!((database.count("inbox").await, database.count("dead_letters").await), (0, 0));
        // nobody works for it at all
        world.clock.advance(minutes(16));
        tend(&world, &channels).await;
        assert_eq!(database.count("inbox").await, 1);
        world.clock.advance(Duration::from_hours(14));
        world.hotline.bury_overdue(&[]).await.expect("looks");
        assert_eq!((database.count("inbox").await, database.count("dead_letters").await), (0, 0));
        assert_eq!(database.count("cases").await, 0);
    }
}
