//! What metrics are told apart by. All of it comes from closed sets: configured names and our own
//! words.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::info::Info;

/// Returns what the program says of itself.
pub(super) fn build() -> Info<[(&'static str, &'static str); 3]> {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    Info::new([
        ("version", env!("CARGO_PKG_VERSION")),
        ("architecture", std::env::consts::ARCH),
        ("profile", profile),
    ])
}

/// Labels of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ExchangeLabels {
    /// Configured provider name, or `unknown`.
    pub(crate) provider: String,
    /// `id_token`, `access_token` or `code`.
    pub(crate) kind: &'static str,
    /// `issued`, `refused`, `unavailable`, `failed` or `abandoned`.
    pub(crate) outcome: &'static str,
    /// The `reason` of the error, or `none`: also of what nobody waited for.
    pub(crate) reason: &'static str,
}

/// Labels of a fetch of a key set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct FetchLabels {
    /// Configured provider name.
    pub(crate) provider: String,
    /// `ok`, or what went wrong in one word.
    pub(crate) outcome: &'static str,
}

/// Labels of a call to a provider with a credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CallLabels {
    /// Configured provider name.
    pub(crate) provider: String,
    /// `token`, `lookup`, `binding`, `profile`, `emails` or `membership`.
    pub(crate) call: &'static str,
    /// `ok`, or what came instead in one word.
    pub(crate) outcome: &'static str,
}

/// Labels of the time that a call takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallTimeLabels {
    /// Configured provider name.
    pub(super) provider: String,
    /// As in [`CallLabels`], or `keys` or `discovery`.
    pub(super) call: &'static str,
}

/// Labels of what a provider publishes and its row says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct DriftLabels {
    /// Configured provider name.
    pub(crate) provider: String,
    /// `issuer`, `jwks_uri`, `token_endpoint`, `userinfo_endpoint`, `introspection_endpoint`,
    /// `client_auth`, `algorithms` or `keys`.
    pub(crate) what: &'static str,
}

/// Labels of what there is one of for each provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ProviderLabels {
    /// Configured provider name.
    pub(super) provider: String,
}

/// Labels of a look into a cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct LookupLabels {
    /// `key_sets`, `access_tokens`, `refused_codes` or `discovery`.
    pub(super) cache: &'static str,
    /// `hit` or `miss`.
    pub(super) outcome: &'static str,
}

/// Labels of what a cache holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CacheLabels {
    /// As in [`LookupLabels`].
    pub(super) cache: &'static str,
}

/// Labels of what is counted by the kind of the credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct KindLabels {
    /// `id_token`, `access_token` or `code`.
    pub(super) kind: &'static str,
}

/// Labels of what was refused because of a limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ShedLabels {
    /// `exchanges`, `processors`, `provider` or `address`.
    pub(super) limit: &'static str,
}

/// Labels of what comes out one way or another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutcomeLabels {
    /// `accepted`, `refused` or `failed` of explanations; `ok` or `failed` of key reloads; `exported`, `dropped` or `failed` of spans.
    pub(super) outcome: &'static str,
}

/// Labels of one of our signing keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct KeyLabels {
    /// Its key ID.
    pub(super) kid: String,
}

/// Labels of how many signing keys are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct KeyStateLabels {
    /// `active`, `next` or `retiring`.
    pub(super) state: &'static str,
}

/// Why something was refused without being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shed {
    /// Too many exchanges at a time.
    Exchanges,
    /// Too long a queue for the processors.
    Processors,
    /// Too many exchanges at a time with one provider.
    Provider,
    /// Too many requests of one address.
    Address,
}

/// What came of a finished span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanFate {
    /// The collector took it.
    Exported,
    /// The collector did not.
    Failed,
    /// It had no place in the queue.
    Dropped,
}

impl Shed {
    pub(super) const ALL: [Self; 4] =
        [Self::Exchanges, Self::Processors, Self::Provider, Self::Address];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exchanges => "exchanges",
            Self::Processors => "processors",
            Self::Provider => "provider",
            Self::Address => "address",
        }
    }
}

impl SpanFate {
    pub(super) const ALL: [Self; 3] = [Self::Exported, Self::Failed, Self::Dropped];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exported => "exported",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}
