//! What lists say of the catalogue's entries: of rows and of what cannot be configured in the same
//! words. How a list looks is for those who print it.

use super::{Catalogue, ClosedStatus, Entry, Status};

impl Status {
    /// Returns the word that rows have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Legacy => "legacy",
            Self::SelfHosted => "self-hosted",
            Self::Unknown => "unknown",
        }
    }
}

impl ClosedStatus {
    /// Returns the word that rows have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Unsupported => "unsupported",
        }
    }
}

impl<'a> Entry<'a> {
    /// Returns the name.
    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::Open(row) => &row.name,
            Self::Closed(closed) => &closed.name,
        }
    }

    /// Returns the name for people.
    pub(crate) fn title(self) -> &'a str {
        match self {
            Self::Open(row) => &row.title,
            Self::Closed(closed) => &closed.title,
        }
    }

    /// Returns the other names.
    pub(crate) fn aliases(self) -> &'a [String] {
        match self {
            Self::Open(row) => &row.aliases,
            Self::Closed(closed) => &closed.aliases,
        }
    }

    /// Returns what people's ids are unique within; what cannot be configured has none.
    pub(crate) fn namespace(self) -> Option<&'a str> {
        match self {
            Self::Open(row) => Some(&row.namespace),
            Self::Closed(_) => None,
        }
    }

    /// Returns the kinds of credentials that are taken.
    pub(crate) fn kinds(self) -> Vec<&'static str> {
        match self {
            Self::Open(row) => row.kinds(),
            Self::Closed(_) => Vec::new(),
        }
    }

    /// Returns how it is proved to which app an access token was issued.
    pub(crate) fn binding(self) -> &'static str {
        match self {
            Self::Open(row) => row.binding_name(),
            Self::Closed(_) => "none",
        }
    }

    /// Returns the names of the settings, in their order.
    pub(crate) fn settings(self) -> Vec<&'a str> {
        match self {
            Self::Open(row) => row.settings.keys().map(String::as_str).collect(),
            Self::Closed(_) => Vec::new(),
        }
    }

    /// Returns how the service fares.
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Open(row) => row.status.name(),
            Self::Closed(closed) => closed.status.name(),
        }
    }
}

impl Catalogue {
    /// Returns every row and what cannot be configured, in the order of their names.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        let closed = self.closed().map(Entry::Closed);
        let mut entries: Vec<_> = self.rows().map(Entry::Open).chain(closed).collect();
        entries.sort_by_key(|entry| entry.name().to_lowercase());
        entries
    }
}
