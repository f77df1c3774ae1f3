//! The program under attack: killed, robbed, tampered with, cut off, its clock turned. Most of it runs the real
//! binary; the ledger of what was acknowledged is kept out here.

mod away;
mod copy;
mod full;
mod handover;
mod kill;
mod lost;
mod messenger;
mod nodes;
mod rings;
mod stolen;
mod tampered;
mod weeks;

use crate::remote;
use crate::talker::TIP;
use crate::telegram::{Seen, User};

/// Every receipt that was ever shown in what a chat shows now.
fn receipts(user: &User) -> Vec<String> {
    let is = |m: &Seen| m.by_bot && m.protected;
    let texts = user.sees().into_iter().filter(is).map(|m| m.text);
    let mut all: Vec<String> =
        texts.flat_map(|text| remote::receipts(&text).map(str::to_owned).collect::<Vec<_>>()).collect();
    all.sort();
    all.dedup();
    all
}

/// Whether the preview of a tip stands in the chat.
fn previewed(user: &User) -> bool {
    user.sees()
        .iter()
        .any(|m| m.by_bot && m.text.contains("Chưa gửi") && m.buttons.iter().any(|b| b == "Gửi ngay"))
}
