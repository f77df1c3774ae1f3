//! When counselling calls back: the province's own file, or the one the program was built with.

use std::sync::Arc;

use super::read::Reader;
use crate::domain::callback::Rules;

/// The rules. What was typed is a data file without people in it, so the fault may say what is wrong.
pub(super) fn rules(r: &mut Reader) -> Option<Arc<Rules>> {
    let path = r.text("callback.file")?;
    let (origin, read) = if path.is_empty() {
        ("config/callback.toml".to_owned(), Rules::embedded())
    } else {
        match std::fs::read_to_string(&path) {
            Ok(text) => (path, Rules::parse(&text)),
            Err(e) => {
                r.fault("callback.file", &format!("names a file that cannot be read: {path}: {e}"));
                return None;
            }
        }
    };
    match read {
        Ok(rules) => Some(Arc::new(rules)),
        Err(e) => {
            r.plain(&origin, &e.to_string());
            None
        }
    }
}
