//! The layers of the house, checked: inside one crate the compiler would not notice.

#[cfg(test)]
#[path = "architecture/layers.rs"]
mod layers;
#[cfg(test)]
#[path = "architecture/source.rs"]
mod source;
