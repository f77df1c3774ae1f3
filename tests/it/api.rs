//! The JSON API, through its real router.
use crate::world::World;

#[tokio::test]
async fn opens() {
    let world = World::with_oversight().await;
    world.staff().await;
    let _ = (world.actor("cam").await, world.files(), world.data(), world.gate());
    let _ = &world.made;
    world.clock.advance(std::time::Duration::from_secs(1));
    let _ = World::open().await;
}
