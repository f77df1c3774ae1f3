//! The talk in the terminal, over the same service.

use tinan::channels::terminal::{Terminal, talk};
use tinan::jobs;
use tinan::kernel::Secret;

use crate::world::World;

#[tokio::test]
async fn a_tip_typed_in_a_terminal_is_received_and_gets_a_code() {
    let world = World::open().await;
    let mut screen = Vec::new();
    let terminal = Terminal::new("session-1".to_owned(), &mut screen);
    let typed = "o ngo 12 co nguoi ban ma tuy da, toi nao cung co xe lay hang\n\n1\n";
    talk(&world.hotline, &terminal, typed.as_bytes(), async |h, c| jobs::drain(h, c).await)
        .await
        .expect("talks");
    drop(terminal);
    let screen = String::from_utf8(screen).expect("text");
    assert!(screen.contains("Chưa gửi") && screen.contains("[1] Gửi ngay"), "{screen}");
    assert!(screen.contains("Đã nhận tin của bạn"), "{screen}");
    let anh = world.hotline.prove("anh", Secret::new(crate::world::password("anh"))).await.expect("proves");
    let claimed = world.hotline.next_case(&anh, "tips", None).await.expect("asks").expect("a case");
    let view = world.hotline.open_case(&anh, claimed.id).await.expect("opens");
    assert!(view.thread[0].text.starts_with("o ngo 12"));
    assert_eq!(view.opening.expect("opened").channel, "terminal");
}

#[tokio::test]
async fn a_number_typed_in_a_talk_stands_in_no_log_and_no_answer() {
    let heard = crate::heard::Heard::at("trace");
    let world = World::open().await;
    let mut screen = Vec::new();
    let terminal = Terminal::new("session-2".to_owned(), &mut screen);
    // help, the words, send, call me back, the first day, the first hour, the number
    let typed = "2\ncon toi nghien, toi khong biet lam sao\n1\n1\n1\n1\n0987 654 321\n";
    talk(&world.hotline, &terminal, typed.as_bytes(), async |h, c| jobs::drain(h, c).await)
        .await
        .expect("talks");
    drop(terminal);
    let screen = String::from_utf8(screen).expect("text");
    assert!(screen.contains("Đã hẹn: tư vấn viên gọi bạn vào Chủ nhật 22/11/2026, 13:00–14:00."), "{screen}");
    tracing::info!("the end of it");
    let log = heard.text();
    assert!(log.contains("the end of it"), "nothing was captured");
    for told in [&screen, &log] {
        assert!(!told.contains("987654321") && !told.contains("654 321"));
    }
    let binh = world.actor("binh").await;
    let lines = world.hotline.callbacks(&binh, "counselling", None).await.expect("a list").lines;
    assert_eq!(lines.len(), 1);
}
