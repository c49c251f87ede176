//! What is measured when somebody asks, since it changes by itself: what caches hold, and how old
//! things are.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::handles::{Cached, Named};
use super::labels::{CacheLabels, KeyLabels, KeyStateLabels, ProviderLabels};
use super::metrics::PREFIX;

/// The measurements of one moment.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// How much each cache holds.
    pub(crate) caches: Vec<(Cached, u64)>,
    /// Providers, and how many seconds ago each one's key set was fetched.
    pub(crate) key_sets: Vec<(String, i64)>,
    /// Our published signing keys.
    pub(crate) signing_keys: Vec<SigningKeyStanding>,
}

/// A published signing key at this moment.
#[derive(Debug)]
pub(crate) struct SigningKeyStanding {
    /// Its key ID.
    pub(crate) key_id: String,
    /// Seconds since it may sign; negative when that is to come.
    pub(crate) age: i64,
    /// Seconds until it runs out, if it does.
    pub(crate) expires_in: Option<i64>,
    /// What it is for at this moment.
    pub(crate) state: KeyState,
}

/// What a published key is for at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// It signs.
    Active,
    /// It is going to.
    Next,
    /// What it signed is still about.
    Retiring,
}

impl KeyState {
    const ALL: [Self; 3] = [Self::Active, Self::Next, Self::Retiring];

    const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Next => "next",
            Self::Retiring => "retiring",
        }
    }
}

impl Standing {
    /// Returns it as metrics: made anew each time, so that a key that is gone is gone from them.
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix(PREFIX);
        self.caches_to(&mut registry);
        self.keys_to(&mut registry);
        registry
    }

    fn caches_to(&self, registry: &mut Registry) {
        let (entries, ages) = (Family::<_, Gauge>::default(), Family::<_, Gauge>::default());
        for (cache, count) in &self.caches {
            let labels = CacheLabels { cache: cache.name() };
            entries.get_or_create(&labels).set(i64::try_from(*count).unwrap_or(i64::MAX));
        }
        for (provider, age) in &self.key_sets {
            ages.get_or_create(&ProviderLabels { provider: provider.clone() }).set(*age);
        }
        registry.register("cache_entries", "What caches hold", Named(entries));
        let help = "Time since a provider's key set was fetched";
        registry.register("key_set_age_seconds", help, Named(ages));
    }

    fn keys_to(&self, registry: &mut Registry) {
        let (ages, ends) = (Family::<_, Gauge>::default(), Family::<_, Gauge>::default());
        let states = Family::<_, Gauge>::default();
        let count =
            |state: KeyState| states.get_or_create_owned(&KeyStateLabels { state: state.name() });
        for state in KeyState::ALL {
            count(state);
        }
        for key in &self.signing_keys {
            let labels = KeyLabels { kid: key.key_id.clone() };
            ages.get_or_create(&labels).set(key.age);
            if let Some(seconds) = key.expires_in {
                ends.get_or_create(&labels).set(seconds);
            }
            count(key.state).inc();
        }
        let help = "Time since a signing key may sign; negative when that is to come";
        registry.register("signing_key_age_seconds", help, Named(ages));
        let help = "Time until a signing key that runs out does";
        registry.register("signing_key_expires_seconds", help, Named(ends));
        registry.register("signing_keys", "Published signing keys by what they are for", states);
    }
}
