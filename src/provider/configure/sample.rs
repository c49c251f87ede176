//! Rows with made-up values of an operator: whether they can be configured at all, and what that
//! takes.

use super::{ProviderSettings, RowError};
use crate::provider::row::{RawCode, Row, Setting};
use crate::provider::{NoncePolicy, Provider, ProviderId, Unavailable};
use crate::secret::Secret;

/// What an operator has to give for access tokens to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// There are none.
    NotOffered,
    /// The client ID.
    Nothing,
    /// The client secret too.
    Secret,
    /// That they are taken though nothing proves which app they were issued to.
    Allowance,
}

impl Row {
    /// Checks that nothing in the row stands in the way of configuring it.
    ///
    /// # Errors
    ///
    /// [`RowError`] as for an operator who gives every setting a value that fits.
    pub(in crate::provider) fn check(&self) -> Result<(), RowError> {
        self.check_words().map_err(|problem| RowError::new("catalogue", problem))?;
        self.sample(true, self.is_unbound()).map(|_| ())
    }

    /// Returns what access tokens take.
    pub(crate) fn access_token_demand(&self) -> Demand {
        if !self.kinds().contains(&"access_token") {
            return Demand::NotOffered;
        }
        if self.binding.is_none() {
            return Demand::Allowance;
        }
        let access_token = self.sample(false, false).map(|provider| provider.access_token);
        match access_token {
            Ok(Ok(_)) => Demand::Nothing,
            Ok(Err(Unavailable::NotOffered)) => Demand::NotOffered,
            Ok(Err(Unavailable::NeedsSecret)) | Err(_) => Demand::Secret,
        }
    }

    /// Whether no credential is taken but access tokens of which nothing proves which app they
    /// were issued to.
    pub(crate) fn takes_nothing_else(&self) -> bool {
        self.is_unbound() && self.sample(true, false).is_err()
    }

    fn is_unbound(&self) -> bool {
        self.binding.is_none() && self.kinds().contains(&"access_token")
    }

    /// Makes a provider of the row with a value that fits for each setting that has none.
    fn sample(&self, with_secret: bool, with_unbound: bool) -> Result<Provider, RowError> {
        let open = self.settings.iter().filter(|(_, setting)| setting.default.is_none());
        let value = |(name, setting): (&String, &Setting)| {
            (name.clone(), setting.form.example().to_owned())
        };
        // An example would have to be a key.
        let signs = self.code.as_ref().is_some_and(RawCode::is_signed);
        self.configure(ProviderSettings {
            id: ProviderId(self.name.as_str().into()),
            settings: open.map(value).collect(),
            client_ids: vec!["client".to_owned()],
            client_secret: (with_secret && !signs).then(|| Secret::new("secret")),
            allow_unbound_access_tokens: with_unbound,
            algorithms: None,
            nonce: NoncePolicy::IfSent,
            hosted_domains: Vec::new(),
        })
    }
}
