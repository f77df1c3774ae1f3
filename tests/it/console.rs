//! The staff console as a browser sees it: the real router over a real database.

mod browser;
mod casework;
mod house;
mod login;
mod rights;
mod setup;
