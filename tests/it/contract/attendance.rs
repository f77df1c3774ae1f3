//! Who can open a desk, and when one of them was last there.

use tinan::domain::lane::Kind;
use tinan::kernel::Secret;
use tinan::service::attendance::Attendance;
use tinan::service::people::NewDesk;

use crate::databases::Database;
use crate::on_both_databases;
use crate::world::{World, password};

async fn of(world: &World, desk: &str) -> Attendance {
    let all = world.hotline.attendance().await.expect("reads");
    all.into_iter().find(|a| a.desk == desk).expect("the desk")
}

on_both_databases! {
    async fn those_who_hold_the_key_of_a_desk_or_of_the_one_above_are_counted(database: Database) {
        let world = World::on(database.store.clone(), false).await;
        assert_eq!(of(&world, "tips").await.openers, 1, "its lead");
        world.staff().await;
        assert_eq!(of(&world, "tips").await.openers, 2);
        assert_eq!(of(&world, Kind::Counselling.as_str()).await.openers, 2, "the trees never meet");
        let lead = world.actor("anh").await;
        let desk = NewDesk { name: "phu-luong".into(), parent: "tips".into(), lead: "dung".into() };
        world.hotline.add_desk(&lead, desk, Secret::new(password("dung"))).await.expect("adds");
        assert_eq!(of(&world, "phu-luong").await.openers, 3);
        assert_eq!(of(&world, "tips").await.openers, 2, "those below cannot open what is above");

        assert_eq!(of(&world, "tips").await.last_login, None);
        world.hotline.log_in("hoa", Secret::new(password("hoa"))).await.expect("logs in");
        let now = world.clock.now();
        assert_eq!(of(&world, "tips").await.last_login, Some(now));
        assert_eq!(of(&world, "phu-luong").await.last_login, Some(now), "backed up from above");
        assert_eq!(of(&world, "counselling").await.last_login, None);

        let hoa = world.actor("hoa").await.staff;
        database.raw(&format!("UPDATE staff SET removed = 1 WHERE id = {}", database.id(hoa.uuid()))).await;
        assert_eq!(of(&world, "tips").await.openers, 1, "who has left opens nothing");
        database.raw("DELETE FROM grants WHERE desk IN (SELECT id FROM desks WHERE name = 'tips')").await;
        assert_eq!(of(&world, "tips").await.openers, 0);
        assert_eq!(of(&world, "phu-luong").await.openers, 1);
    }
}
