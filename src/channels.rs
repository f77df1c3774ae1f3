//! The messengers. A channel turns foreign bytes into [`crate::service::channel`] words and back; it
//! decides nothing about a citizen and keeps nothing: what must last is handed to the service first, and
//! only then acknowledged.

pub mod calls;
pub mod hook;
mod http;
pub mod intake;
pub mod matrix;
pub mod media;
pub mod pace;
mod port;
pub mod staff;
pub mod sms;
pub mod telegram;
pub mod terminal;
pub mod zalo;
pub mod zalo_oa;

pub use http::Mishap;
