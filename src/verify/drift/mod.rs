//! What a provider publishes, compared with what its row needs: one comparison, for the running
//! service (`watch`) and for an operator who asks (`check`).

mod check;
mod finding;
mod watch;

pub(crate) use check::{Report, Status, check};
pub(crate) use finding::{Finding, Source, What};
pub(super) use watch::Watch;

use super::metadata::ProviderMetadata;
use crate::jose::Algorithm;
use crate::provider::{Announced, Endpoint, Issuers, ProfileSource, Proof, Provider, WebUrl};

/// The ways to authenticate at a token endpoint that we know, by their names in documents.
const CLIENT_AUTH: &str = "client_secret_basic or client_secret_post";

/// What a provider's discovery document must say.
#[derive(Debug)]
struct Expected {
    issuers: Issuers,
    jwks_uri: Address,
    token_endpoint: Address,
    userinfo_endpoint: Address,
    introspection_endpoint: Address,
    /// Whether the document has to say how we authenticate at the token endpoint.
    client_auth: bool,
    algorithms: Vec<Algorithm>,
}

/// What an address in the document is compared with.
#[derive(Debug)]
enum Address {
    /// Nothing: it is not used.
    Unused,
    /// There must be one: the service takes it from there.
    Needed,
    /// One of these; the service uses the first, whatever the document says.
    Known(Vec<WebUrl>),
}

/// What came of a comparison.
#[derive(Debug, Default, PartialEq, Eq)]
struct Comparison {
    /// What could be compared.
    compared: Vec<What>,
    /// What of it differs.
    findings: Vec<Finding>,
}

/// Whether something fits, and what the row has of it.
type Verdict = (bool, Option<String>);

impl Expected {
    /// Returns what a provider's ID tokens, codes and access tokens need of the document; nothing
    /// when it has no ID tokens, or its issuer no document.
    fn of(provider: &Provider) -> Option<Self> {
        let (rules, row) = (provider.id_token.as_ref()?, provider.documented.as_ref()?);
        let code = provider.code.as_ref().ok();
        let access_token = provider.access_token.as_ref().ok();
        // Where an ID token comes with the code, userinfo only adds to it.
        let of_code = code.filter(|it| !it.takes_id_token).and_then(|it| it.profile.as_ref());
        let mut profiles = access_token.map(|it| &it.profile).into_iter().chain(of_code);
        let redeemed_there = code.is_some_and(|it| is_discovered(&it.endpoint));
        let inspected_there = access_token.is_some_and(|it| match &it.proof {
            Proof::Inspection(inspection) => is_discovered(&inspection.call.endpoint),
            Proof::Profile(_) | Proof::Waived => false,
        });
        let shown_there = profiles.any(|it| match &it.source {
            ProfileSource::Call(call) => is_discovered(&call.endpoint),
            ProfileSource::TokenAnswer => false,
        });
        Some(Self {
            // The one that the service demands, even if tokens may spell it otherwise.
            issuers: row.discovery.as_ref().map_or_else(
                || rules.issuers.clone(),
                |discovery| Issuers::Exact(vec![discovery.issuer.clone()]),
            ),
            jwks_uri: Address::of(&row.jwks_uris, true),
            token_endpoint: Address::of(row.token_endpoint.as_slice(), redeemed_there),
            userinfo_endpoint: Address::of(row.userinfo_endpoint.as_slice(), shown_there),
            introspection_endpoint: Address::of(
                row.introspection_endpoint.as_slice(),
                inspected_there,
            ),
            client_auth: redeemed_there && code.is_some_and(|it| it.client_auth.is_none()),
            algorithms: rules.algorithms.clone(),
        })
    }

    /// Compares a document.
    fn compare(&self, live: &ProviderMetadata) -> Comparison {
        let mut comparison = Comparison::default();
        for what in What::OF_DOCUMENT {
            let text = live.texts.get(&what);
            let Some((fits, row)) = self.judge(what, live, text.is_some()) else { continue };
            comparison.compared.push(what);
            if !fits {
                comparison.findings.push(Finding::Differs { what, row, live: text.cloned() });
            }
        }
        comparison
    }

    fn judge(&self, what: What, live: &ProviderMetadata, is_said: bool) -> Option<Verdict> {
        match what {
            What::Issuer => Some((self.has_issuer(live.issuer.as_deref()), Some(self.issuers()))),
            // No document may do without (OpenID Connect Discovery §3).
            What::JwksUri => self.jwks_uri.judge(live.jwks_uri.as_ref(), true),
            What::TokenEndpoint => {
                self.token_endpoint.judge(live.endpoint(Announced::Token), is_said)
            }
            What::UserinfoEndpoint => {
                self.userinfo_endpoint.judge(live.endpoint(Announced::Userinfo), is_said)
            }
            What::IntrospectionEndpoint => {
                self.introspection_endpoint.judge(live.endpoint(Announced::Introspection), is_said)
            }
            What::ClientAuth => {
                self.client_auth.then(|| (live.client_auth.is_some(), Some(CLIENT_AUTH.to_owned())))
            }
            What::Algorithms => live.algorithms.as_ref().map(|announced| {
                let fits = announced.iter().any(|it| self.algorithms.contains(it));
                (fits, Some(names(&self.algorithms)))
            }),
            What::Keys => None,
        }
    }

    /// Whether the document is one of the issuers'. Where each tenant has an issuer of its own, the
    /// document of all has the template, and that of one tenant has that one's.
    fn has_issuer(&self, live: Option<&str>) -> bool {
        let Some(live) = live else { return false };
        match &self.issuers {
            Issuers::Exact(known) => known.iter().any(|it| it == live),
            Issuers::PerTenant { template, tenants, .. } => {
                let mut own = tenants.only.iter().map(|it| Issuers::for_tenant(template, it));
                live == template || own.any(|it| it.eq_ignore_ascii_case(live))
            }
        }
    }

    fn issuers(&self) -> String {
        match &self.issuers {
            Issuers::Exact(known) => known.join(" or "),
            Issuers::PerTenant { template, .. } => template.clone(),
        }
    }
}

impl Address {
    fn of(known: &[WebUrl], is_needed: bool) -> Self {
        match known {
            [] if is_needed => Self::Needed,
            [] => Self::Unused,
            known => Self::Known(known.to_vec()),
        }
    }

    /// Judges what the document has. That it does not name what the row knows is no drift, unless
    /// it must.
    fn judge(&self, live: Option<&WebUrl>, is_said: bool) -> Option<Verdict> {
        match self {
            Self::Needed => Some((live.is_some(), None)),
            Self::Known(known) if is_said => {
                let texts: Vec<_> = known.iter().map(ToString::to_string).collect();
                Some((live.is_some_and(|it| known.contains(it)), Some(texts.join(" or "))))
            }
            Self::Known(_) | Self::Unused => None,
        }
    }
}

/// Says what is wrong with a key set that has so many keys for these algorithms.
fn compare_keys(algorithms: &[Algorithm], usable: usize) -> Option<Finding> {
    let row = Some(names(algorithms));
    (usable == 0).then_some(Finding::Differs { what: What::Keys, row, live: None })
}

fn names(algorithms: &[Algorithm]) -> String {
    algorithms.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

fn is_discovered(endpoint: &Endpoint) -> bool {
    matches!(endpoint, Endpoint::Discovered(..))
}

#[cfg(test)]
mod tests;
