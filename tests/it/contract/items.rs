//! Items and the wraps that open them.

use tinan::store::Store;
use tinan::store::items::NewWrap;
use tinan::vault::ItemKind;

use crate::on_both_databases;
use crate::scene::Scene;

on_both_databases! {
    async fn items_come_back_as_they_were_stored(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let mut case = scene.tip();
        case.items[0].author = Some(scene.officers[0]);
        case.items.push(scene.item(ItemKind::Summary, &[]));
        writer.open_case(case.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        let items = tx.items(scene.tenant, case.id).await.expect("reads");
        assert_eq!(items.len(), 2);
        for new in &case.items {
            let item = items.iter().find(|i| i.id == new.id).expect("stored");
            assert_eq!((item.kind.to_byte(), item.author, item.hour), (new.kind, new.author, new.hour));
            assert!(item.blob.as_bytes() == new.blob.as_bytes());
        }
        assert!(tx.items(Scene::new(2).tenant, case.id).await.expect("reads").is_empty(), "another tenant");
    }

    async fn a_page_of_summaries_comes_with_the_wraps_of_ones_own_keys(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let mut case = scene.tip();
            case.items.push(scene.item(ItemKind::Summary, &[[1; 8], [2; 8]]));
            ids.push((case.id, case.items[1].id));
            writer.open_case(case).await.expect("opens");
        }
        let (mine, other) = (scene.wrap([1; 8]).kid(), scene.wrap([9; 8]).kid());
        let page = [ids[0].0, ids[2].0];
        let mut tx = store.read().await.expect("reads");
        let found = tx.items_with_wraps(&page, ItemKind::Summary, &[other, mine]).await.expect("reads");
        let mut found: Vec<_> = found.iter().map(|(case, item, wrap)| (*case, item.id, wrap.kid())).collect();
        let mut expected = [ids[0], ids[2]].map(|(case, item)| (case, item, mine));
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        for (cases, keys) in [(&page[..], &[other][..]), (&[], &[mine]), (&page, &[])] {
            let none = tx.items_with_wraps(cases, ItemKind::Summary, keys).await.expect("reads");
            assert!(none.is_empty());
        }
    }

    async fn wraps_are_found_by_their_key(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let mut case = scene.tip();
        case.items.push(scene.item(ItemKind::Note, &[[1; 8]]));
        writer.open_case(case.clone()).await.expect("opens");
        let mut tx = store.read().await.expect("reads");
        let first = &case.items[0];
        let of_two = tx.wraps_for(case.id, first.wraps[1].wrap.kid()).await.expect("reads");
        assert_eq!(of_two.len(), 1);
        assert_eq!(of_two[0].item, first.id);
        assert!(of_two[0].wrap.as_bytes() == first.wraps[1].wrap.as_bytes());
        assert_eq!(tx.wraps_for(case.id, first.wraps[0].wrap.kid()).await.expect("reads").len(), 2);
        assert!(tx.wraps_for(scene.tip().id, first.wraps[0].wrap.kid()).await.expect("reads").is_empty());
        assert_eq!(tx.wrap_keys(case.id).await.expect("reads").len(), 3);
    }

    async fn a_transfer_replaces_the_wraps_of_the_old_desk_only(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let case = scene.tip();
        writer.open_case(case.clone()).await.expect("opens");
        let (item, old, kept) = (case.items[0].id, scene.wrap([1; 8]).kid(), scene.wrap([2; 8]).kid());
        let new = scene.wrap([3; 8]);
        let mut tx = store.begin().await.expect("begins");
        tx.replace_wraps(scene.tenant, case.id, &[old], &[(item, new.clone())]).await.expect("replaces");
        assert!(tx.wraps_for(case.id, old).await.expect("reads").is_empty());
        assert_eq!(tx.wraps_for(case.id, kept).await.expect("reads").len(), 1);
        let found = tx.wraps_for(case.id, new.kid()).await.expect("reads");
        assert!(found.len() == 1 && found[0].wrap.as_bytes() == new.as_bytes());
        // The cheaper wrap under the same key takes its place; the others stay.
        let cheaper = scene.wrap([3; 8]);
        tx.swap_wrap(case.id, item, &cheaper).await.expect("swaps");
        let found = tx.wraps_for(case.id, new.kid()).await.expect("reads");
        assert!(found.len() == 1 && found[0].wrap.as_bytes() == cheaper.as_bytes());
        tx.add_wraps(scene.tenant, case.id, &[(item, scene.wrap([4; 8]))]).await.expect("adds");
        assert_eq!(tx.wrap_keys(case.id).await.expect("reads").len(), 3);
    }

    async fn wraps_are_destroyed_when_their_hour_has_come(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let mut case = scene.help();
        let until = Some(scene.later(60));
        let ending = |_| NewWrap { wrap: scene.wrap([9; 8]), until };
        case.items[0].wraps.extend((0..3).map(ending));
        writer.open_case(case.clone()).await.expect("opens");
        let mut tx = store.begin().await.expect("begins");
        assert_eq!(tx.destroy_ended_wraps(scene.later(59), 2).await.expect("runs"), 0);
        for slice in [2, 1, 0] {
            assert_eq!(tx.destroy_ended_wraps(scene.later(60), 2).await.expect("runs"), slice);
        }
        let left = tx.wrap_keys(case.id).await.expect("reads");
        assert_eq!(left.len(), 2);
        assert!(left.iter().all(|(_, kid)| *kid != scene.wrap([9; 8]).kid()));
    }

    async fn a_destroyed_item_leaves_neither_words_nor_wraps(store: Store) {
        let (scene, writer) = Scene::open(1, &store).await;
        let mut case = scene.tip();
        case.items.push(scene.item(ItemKind::Reply, &[[1; 8]]));
        writer.open_case(case.clone()).await.expect("opens");
        let mut tx = store.begin().await.expect("begins");
        tx.destroy_item(case.id, case.items[0].id).await.expect("destroys");
        let left = tx.items(scene.tenant, case.id).await.expect("reads");
        assert_eq!(left.iter().map(|i| i.id).collect::<Vec<_>>(), [case.items[1].id]);
        let keys = tx.wrap_keys(case.id).await.expect("reads");
        assert_eq!(keys.iter().map(|k| k.0).collect::<Vec<_>>(), [case.items[1].id]);
    }
}
