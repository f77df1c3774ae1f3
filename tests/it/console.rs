//! The staff console as a browser sees it: the real router over a real database.

mod alarms;
mod browser;
mod callbacks;
mod again;
mod calls;
mod casework;
mod desks;
mod files;
mod findings;
mod flood;
mod house;
mod login;
mod rights;
mod watch;
mod setup;

pub(crate) use house::page_of;
