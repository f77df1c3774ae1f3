//! What the conversation needs besides rows and keys: words to say, words to understand, waiting times.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::dialogue::{Sayings, Waits};
use crate::domain::places::Places;
use crate::domain::wording::Lexicon;
use crate::text::{Catalogue, Locale};

use super::{Error, Fault};

/// Words and waits. Cheap to clone.
#[derive(Clone)]
pub struct Talk {
    /// Every sentence.
    pub catalogue: Arc<Catalogue>,
    /// The words to understand by.
    pub lexicon: Arc<Lexicon>,
    /// The short words with a meaning of their own.
    pub sayings: &'static Sayings,
    /// The places to understand by.
    pub places: &'static Places,
    /// Address of the citizen pages.
    pub web: String,
    /// How long things wait.
    pub waits: Waits,
    /// The language before a person has chosen one.
    pub locale: Locale,
}

impl Talk {
    /// The words the program was built with, and the waits of `config/default.toml`.
    pub fn embedded(web: impl Into<String>) -> Result<Self, Error> {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        Ok(Self {
            catalogue: Arc::new(Catalogue::embedded().map_err(|e| Error::Fault(Fault::new(e)))?),
            lexicon: Lexicon::embedded().map_err(|e| Error::Fault(Fault::new(e)))?,
            sayings: Sayings::embedded().map_err(|e| Error::Fault(Fault::new(e)))?,
            places: Places::embedded().map_err(|e| Error::Fault(Fault::new(e)))?,
            web: web.into(),
            waits: Waits {
                auto_send: minutes(30),
                receipt_erase: minutes(30),
                view_erase: minutes(10),
                undecided: minutes(12 * 60),
                together: minutes(2),
                code_kept: minutes(24 * 60),
                own_words: minutes(24 * 60),
            },
            locale: Locale::Vi,
        })
    }
}
