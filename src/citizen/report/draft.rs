//! A report that is not sent: it lives in the page only.

use serde::Serialize;

use crate::citizen::form::Form;
use crate::citizen::triage;
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::taxonomy::OFFICIALS;
use crate::domain::wording::Reading;
use crate::service::intake::Submission;
use crate::text::Locale;

/// What the person said about officials.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(in crate::citizen) enum Officials {
    /// Nothing: our reading decides.
    #[default]
    Unsaid,
    /// It is about them.
    Yes,
    /// It is not, whatever we read.
    No,
}

impl Officials {
    /// The value of the field.
    pub(in crate::citizen) const fn as_str(self) -> &'static str {
        match self {
            Self::Unsaid => "",
            Self::Yes => "yes",
            Self::No => "no",
        }
    }
}

/// What stands in the form.
#[derive(Clone, Default, Serialize)]
pub(in crate::citizen) struct Draft {
    pub(in crate::citizen) text: String,
    pub(in crate::citizen) place: String,
    pub(in crate::citizen) when: String,
    pub(in crate::citizen) ongoing: bool,
    pub(in crate::citizen) avoid: bool,
    pub(in crate::citizen) officials: Officials,
    pub(in crate::citizen) categories: Vec<String>,
    /// The code of the commune; empty while it is not asked, `-` if it shall stay as it was written.
    pub(in crate::citizen) commune: String,
}

impl Draft {
    /// Reads a posted form. Categories we do not know are dropped: nobody ticked them.
    pub(in crate::citizen) fn read(form: &Form, known: &[String]) -> Self {
        let ticked: Vec<&str> = form.all("category").collect();
        Self {
            text: form.text("text"),
            place: form.short("place"),
            when: form.short("when"),
            ongoing: form.ticked("ongoing"),
            avoid: form.ticked("avoid"),
            officials: match form.get("officials") {
                "yes" => Officials::Yes,
                "no" => Officials::No,
                _ => Officials::Unsaid,
            },
            commune: form.short("commune"),
            categories: known.iter().filter(|code| ticked.contains(&code.as_str())).cloned().collect(),
        }
    }

    /// All that was typed, for the reading of words.
    pub(in crate::citizen) fn all_words(&self) -> String {
        [self.text.as_str(), &self.place, &self.when].join("\n")
    }

    /// Whether more than a text was given.
    pub(in crate::citizen) fn has_extras(&self) -> bool {
        self.ongoing || !self.place.is_empty() || !self.when.is_empty() || !self.categories.is_empty()
    }

    /// Whether a ticked category is about officials (`taxonomy.tsv`: both go to the oversight desk).
    pub(in crate::citizen) fn names_officials(&self) -> bool {
        self.categories.iter().any(|code| OFFICIALS.contains(&code.as_str()))
    }

    /// The same bytes for the same report to the same desk.
    pub(in crate::citizen) fn canonical(&self, to: Kind) -> Vec<u8> {
        serde_json::to_vec(&(to, self)).unwrap_or_default()
    }

    /// What is handed to the service.
    pub(in crate::citizen) fn submission(&self, kind: Kind, locale: Locale, reading: &Reading) -> Submission {
        let given = |field: &str| (!field.is_empty()).then(|| field.to_owned());
        let coded = given(&self.commune).filter(|code| code != super::place::KEEP);
        let details = Details {
            commune: coded.clone().or_else(|| given(&self.place)),
            place: coded.and(given(&self.place)),
            occurred: given(&self.when),
            avoid_commune: self.avoid,
            ..triage::details(kind, reading, &self.categories, self.ongoing)
        };
        Submission {
            kind,
            text: self.text.clone(),
            locale: locale.as_str().to_owned(),
            channel: "web".to_owned(),
            details,
            priority: triage::priority(reading, self.ongoing),
            // Who uses this form says that it is a tip; a bare greeting waits for an officer's eye.
            reads_as_tip: !reading.small_talk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_categories_are_dropped_and_order_does_not_matter() {
        let known = ["dealing".to_owned(), "use".to_owned()];
        let read = |fields: &[(&str, &str)]| Draft::read(&Form::of(fields), &known);
        let one = read(&[("text", "x"), ("category", "use"), ("category", "dealing"), ("category", "zzz")]);
        let two = read(&[("category", "dealing"), ("category", "use"), ("text", "x")]);
        assert_eq!(one.categories, ["dealing", "use"]);
        assert!(one.canonical(Kind::Tips) == two.canonical(Kind::Tips));
        assert!(one.canonical(Kind::Tips) != one.canonical(Kind::Oversight));
    }
}
