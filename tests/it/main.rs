//! The program against the outside world: real HTTP, real databases, fake remote servers.

#[cfg(test)]
#[path = "../support/databases.rs"]
mod databases;
#[cfg(test)]
#[path = "../support/scene.rs"]
mod scene;
#[cfg(test)]
#[path = "../support/heard.rs"]
mod heard;
#[cfg(test)]
#[path = "../support/remote.rs"]
mod remote;
#[cfg(test)]
#[path = "../support/telegram.rs"]
mod telegram;
#[cfg(test)]
#[path = "../support/talker.rs"]
mod talker;
#[cfg(test)]
#[path = "../support/zalo.rs"]
mod zalo_fake;

#[cfg(test)]
#[path = "../support/homeserver.rs"]
mod homeserver;

#[cfg(test)]
#[path = "../support/sms.rs"]
mod sms;

#[cfg(test)]
mod contract;
#[cfg(test)]
#[path = "../support/world.rs"]
mod world;

#[cfg(test)]
#[path = "../support/process.rs"]
mod process;

#[cfg(test)]
#[path = "../support/until.rs"]
mod until;

#[cfg(test)]
#[path = "../support/sinks.rs"]
mod sinks;

#[cfg(test)]
#[path = "../support/bucket.rs"]
mod bucket;
#[cfg(test)]
mod shelves;

#[cfg(test)]
mod alarms;
#[cfg(test)]
mod api;
#[cfg(test)]
mod attack;
#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod console;
#[cfg(test)]
mod citizen;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod matrix_as;
#[cfg(test)]
mod flood;
#[cfg(test)]
#[path = "sms.rs"]
mod sms_talk;
#[cfg(test)]
mod ringing;
#[cfg(test)]
mod talk;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod telegram_wire;
#[cfg(test)]
mod zalo;
#[cfg(test)]
mod zalo_oa;

#[cfg(test)]
mod cli;
