//! Drift as an operator asks for it: each provider's discovery document and key set, fetched once
//! and reported on.

use std::sync::Arc;

use super::{Comparison, Expected, Finding, Source, What, compare_keys};
use crate::provider::{IdTokenRules, KeySource, Provider, ProviderId, WebUrl};
use crate::verify::metadata::{self, ProviderMetadata};
use crate::verify::{Outbound, OutboundError, key_fetch};

/// What was found of one provider.
#[derive(Debug)]
pub(crate) struct Report {
    /// Which.
    pub(crate) provider: ProviderId,
    /// What of its document could be compared.
    pub(crate) compared: Vec<What>,
    /// How many of its keys are usable, if its key set could be had.
    pub(crate) keys: Option<usize>,
    /// What is not as it should be.
    pub(crate) findings: Vec<Finding>,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Everything is as it should be.
    Ok,
    /// Something differs.
    Drift,
    /// Something could not be had, and nothing differs in the rest.
    Unreachable,
    /// There is neither a document nor a key set.
    NothingToCheck,
}

impl Report {
    /// Returns what it comes to.
    pub(crate) fn status(&self) -> Status {
        if self.findings.iter().any(|finding| finding.drifted().is_some()) {
            Status::Drift
        } else if !self.findings.is_empty() {
            Status::Unreachable
        } else if self.keys.is_none() {
            Status::NothingToCheck
        } else {
            Status::Ok
        }
    }
}

/// Fetches what providers publish, side by side, and compares it. Each costs two calls at most,
/// made as the service makes them.
pub(crate) async fn check(outbound: &Outbound, providers: Vec<Arc<Provider>>) -> Vec<Report> {
    let start = |provider| tokio::spawn(check_one(outbound.clone(), provider));
    let checks: Vec<_> = providers.into_iter().map(start).collect();
    let mut reports = Vec::new();
    for check in checks {
        // A task is lost only when the runtime is ending.
        reports.extend(check.await);
    }
    reports
}

async fn check_one(outbound: Outbound, provider: Arc<Provider>) -> Report {
    let mut report = Report {
        provider: provider.id.clone(),
        compared: Vec::new(),
        keys: None,
        findings: Vec::new(),
    };
    let Some(rules) = &provider.id_token else { return report };
    let keys_at = |address| key_fetch::read(outbound.get(address), &rules.algorithms);
    match &rules.keys {
        KeySource::KeySet(address) => {
            let (document, keys) = tokio::join!(read(&outbound, &provider), keys_at(address));
            report.note_document(&provider, document);
            report.note_keys(rules, address, keys.map(|fetched| fetched.keys.len()));
        }
        KeySource::Discovery(discovery) => {
            let live = report.note_document(&provider, read(&outbound, &provider).await);
            // As the service does: no key of a document that is somebody else's.
            let live = live.and_then(|live| live.of_issuer(&discovery.issuer).ok());
            if let Some(address) = live.and_then(|live| live.jwks_uri) {
                let keys = keys_at(&address).await;
                report.note_keys(rules, &address, keys.map(|fetched| fetched.keys.len()));
            }
        }
    }
    report
}

/// Reads the document that a provider is compared with, if there is one.
async fn read(
    outbound: &Outbound,
    provider: &Provider,
) -> Option<Result<ProviderMetadata, OutboundError>> {
    let address = &provider.documented.as_ref()?.document;
    Some(metadata::read(address, outbound.get(address)).await)
}

impl Report {
    fn note_document(
        &mut self,
        provider: &Provider,
        document: Option<Result<ProviderMetadata, OutboundError>>,
    ) -> Option<ProviderMetadata> {
        let row = provider.documented.as_ref()?;
        match document? {
            Ok(live) => {
                let Comparison { compared, findings } = Expected::of(provider)?.compare(&live);
                self.compared = compared;
                self.findings.extend(findings);
                Some(live)
            }
            Err(error) => {
                self.note_unreachable(Source::Document, &row.document, &error);
                None
            }
        }
    }

    fn note_keys(
        &mut self,
        rules: &IdTokenRules,
        address: &WebUrl,
        usable: Result<usize, OutboundError>,
    ) {
        match usable {
            Ok(usable) => {
                self.keys = Some(usable);
                self.findings.extend(compare_keys(&rules.algorithms, usable));
            }
            Err(error) => self.note_unreachable(Source::KeySet, address, &error),
        }
    }

    fn note_unreachable(&mut self, source: Source, address: &WebUrl, error: &OutboundError) {
        let (address, problem) = (address.clone(), error.to_string());
        self.findings.push(Finding::Unreachable { source, address, problem });
    }
}
