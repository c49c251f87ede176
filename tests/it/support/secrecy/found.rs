//! What is said of a leak, which is to be no leak itself.

use std::fmt;

/// A secret where none may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leak {
    place: String,
    shortened: String,
    text: String,
}

/// How much is shown of the text around, in characters.
const SHOWN: usize = 400;
/// How much is shown of the secret, in characters.
const TELLING: usize = 4;

impl Leak {
    pub(super) fn new(place: &str, secret: &str, text: &str) -> Self {
        let shortened = format!(
            "{}… ({} characters)",
            secret.chars().take(TELLING).collect::<String>(),
            secret.chars().count()
        );
        let at = text.find(secret).unwrap_or_default();
        let (before, after) = text.split_at(at);
        let skipped = before.chars().count().saturating_sub(SHOWN);
        let before = before.chars().skip(skipped);
        let text = before.chain(after.chars().take(SHOWN + secret.chars().count()));
        let text = text.collect::<String>().replace(secret, "[SECRET]");
        Self { place: place.to_owned(), shortened, text }
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, shortened, text } = self;
        write!(f, "A SECRET IS SEEN in {place}: {shortened}\n{text}")
    }
}
