//! The program against the outside world: real HTTP, real databases, fake remote servers.

#[cfg(test)]
#[path = "../support/telegram.rs"]
mod telegram;

#[cfg(test)]
mod telegram_wire;
