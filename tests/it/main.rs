//! The program against the outside world: real HTTP, real databases, fake remote servers.

#[cfg(test)]
#[path = "../support/databases.rs"]
mod databases;
#[cfg(test)]
#[path = "../support/scene.rs"]
mod scene;

#[cfg(test)]
mod contract;
