//! What comes of a call to a provider: counted, logged where an operator should know of it, and noted where
//! somebody asks.

use super::call::{About, Caller};
use super::explain::Check;
use super::judgement::Judgement;
use super::{ProviderProblem, VerifyError};
use crate::provider::Meaning;
use crate::telemetry::CallLabels;

impl Caller {
    /// Makes an error of a judgement: counts it, and logs what an operator should know of.
    pub(super) fn refusal(
        &self,
        about: About<'_>,
        meaning: &Meaning,
        judgement: Judgement,
    ) -> VerifyError {
        let why = judgement.name();
        self.count(about, why);
        let error = error(about, meaning, judgement);
        if let Some(trail) = self.trail() {
            let told = (about.expected(), why.replace('_', " "));
            trail.note([Check::new(about.name(), told, Err(error.clone()))]);
        }
        error
    }

    /// Makes an error of what a judgement of an answer that was good comes to.
    pub(super) fn refusal_of(&self, about: About<'_>, judgement: Judgement) -> VerifyError {
        self.refusal(about, &Meaning::default(), judgement)
    }

    /// Counts a call that brought what it should; `seen` says it, for who wants to know.
    pub(super) fn good(&self, about: About<'_>, seen: impl FnOnce() -> String) {
        self.count(about, "ok");
        if let Some(trail) = self.trail() {
            trail.note([Check::new(about.name(), (about.expected(), seen()), Ok(()))]);
        }
    }

    /// Counts a call by what came of it.
    pub(super) fn count(&self, about: About<'_>, outcome: &'static str) {
        let provider = about.provider.to_string();
        self.metrics.provider_call(&CallLabels { provider, call: about.call, outcome });
    }
}

fn error(about: About<'_>, meaning: &Meaning, judgement: Judgement) -> VerifyError {
    let About { provider, call } = about;
    let problem = match judgement {
        Judgement::Refused { error, .. } => return error,
        Judgement::Rejected => ProviderProblem::Rejected,
        Judgement::MissingScope => ProviderProblem::MissingScope(meaning.scope.clone()),
        Judgement::Busy { why, retry_after } => {
            tracing::warn!(%provider, call, why, "the provider cannot answer now");
            ProviderProblem::Busy(retry_after)
        }
        Judgement::ClientRefused => {
            tracing::error!(%provider, call, "the provider refuses our client ID or secret");
            ProviderProblem::ClientRefused
        }
        Judgement::Unexpected(problem) => {
            tracing::error!(%provider, call, problem, "the provider's answer is not as known");
            ProviderProblem::UnexpectedAnswer
        }
    };
    VerifyError::Provider { provider: provider.clone(), problem }
}
