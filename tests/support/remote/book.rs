//! What every fake writes down.

use std::collections::{HashMap, VecDeque};

use super::Fault;

/// What a fake knows: things of its protocol, and its book.
pub(crate) trait Keeps: Send + 'static {
    /// A call as the protocol sees it.
    type Call: Clone;
    /// The protocol's own no.
    type No;

    /// The book.
    fn book(&mut self) -> &mut Book<Self::Call, Self::No>;

    /// How much waits to be taken by our side.
    fn waiting(&self) -> usize;
}

/// Calls, broken rules, and the faults to come.
pub(crate) struct Book<C, N> {
    /// Every call, oldest first.
    pub(crate) journal: Vec<C>,
    /// What our side did against the rules.
    pub(crate) violations: Vec<String>,
    /// How many calls came with a wrong token.
    pub(crate) refused: usize,
    /// By method in lower case.
    faults: HashMap<String, VecDeque<Fault<N>>>,
}

impl<C, N> Default for Book<C, N> {
    fn default() -> Self {
        Self { journal: Vec::new(), violations: Vec::new(), refused: 0, faults: HashMap::new() }
    }
}

impl<C, N> Book<C, N> {
    pub(crate) fn add_faults(&mut self, method: &str, faults: impl IntoIterator<Item = Fault<N>>) {
        self.faults.entry(method.to_ascii_lowercase()).or_default().extend(faults);
    }

    pub(crate) fn take_fault(&mut self, method: &str) -> Option<Fault<N>> {
        self.faults.get_mut(&method.to_ascii_lowercase())?.pop_front()
    }

    pub(crate) fn violation(&mut self, what: String) {
        self.violations.push(what);
    }
}
