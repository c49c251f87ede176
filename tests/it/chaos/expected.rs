//! What the answer to a request has to be, given who knew what while it was under way, whose clock
//! stood where, and which of the provider's answers went wrong.

use std::time::Duration;

use super::clocks::Reading;
use super::replicas::Seen;
use super::world::World;

/// How far clocks may differ, in seconds, as the service has it.
const LEEWAY: i64 = 60;
/// How far a clock can have been off while it was set.
const FARTHEST: i64 = 3700;
/// The reason of every failure that is the provider's.
pub(super) const UNREACHABLE: &str = "provider_unreachable";

/// What is expected of an exchange.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    /// Whom the token is for, or why there is none.
    pub(super) verdict: Result<Person, &'static str>,
    /// The error code that goes with a bad credential.
    pub(super) refusal: &'static str,
    /// What the replica has to have or to get for it.
    pub(super) needs: Vec<Need>,
    /// `iat` and `exp` of the ID token, if it is one.
    pub(super) times: Option<(i64, i64)>,
    /// Whether the exchange of a good ID token is timed.
    pub(super) is_timed: bool,
}

/// Whom a token has to be for.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) sub: String,
    pub(super) idp: &'static str,
    pub(super) idp_sub: String,
    pub(super) binding: &'static str,
}

/// What an exchange depends on.
#[derive(Debug, Clone)]
pub(super) enum Need {
    /// A key of an OpenID provider.
    Kid { provider: &'static str, name: String, state: KidState },
    /// Its discovery document.
    Document(&'static str),
    /// The provider's answers about this credential.
    Answers { provider: &'static str, credential: String },
}

/// What is the matter with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KidState {
    /// Published for good.
    Lasting,
    /// Published for a while.
    Passing,
    /// No longer published.
    Withdrawn,
    /// Never published.
    MadeUp,
}

/// How things stood when a request was sent, or when its answer came.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) uptime: Duration,
    pub(super) clocks: Reading,
    pub(super) seen: Vec<Seen>,
}

/// What a replica's answer may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowed {
    /// A token.
    pub(super) token: bool,
    /// Or one of these refusals.
    pub(super) reasons: Vec<&'static str>,
}

impl Allowed {
    /// Whether there is one right answer only.
    pub(super) fn is_strict(&self) -> bool {
        self.reasons.len() + usize::from(self.token) == 1
    }
}

impl World {
    /// Returns how things stand.
    pub(super) fn moment(&self) -> Moment {
        Moment {
            uptime: self.base.uptime(),
            clocks: self.base.clocks.read(),
            seen: self.replicas.iter().map(|replica| replica.seen()).collect(),
        }
    }

    /// Returns what the answer of a replica may be.
    pub(super) fn allowed(
        &self,
        exchange: &Exchange,
        replica: usize,
        (before, after): (&Moment, &Moment),
    ) -> Allowed {
        let (was, is) = (&before.seen[replica], &after.seen[replica]);
        let mut allowed = Allowed {
            token: exchange.verdict.is_ok(),
            reasons: exchange.verdict.as_ref().err().copied().into_iter().collect(),
        };
        if let Some(times) = exchange.times {
            allowed.at_times(times, clock_range(replica, (before, after)));
        }
        for need in &exchange.needs {
            let reasons = match need {
                Need::Kid { provider, name, state } => {
                    self.without_kid((*provider, name, *state), (was, is))
                }
                Need::Document(provider) if has_document(provider, was, is) => vec![],
                Need::Document(_) => vec![UNREACHABLE],
                Need::Answers { provider, credential } => {
                    let provider = match *provider {
                        "forge" => &self.providers.forge,
                        name => self.openid(name),
                    };
                    let was_held = was.disturbed != is.disturbed;
                    let struck = provider.struck(credential).is_some();
                    if struck || was_held { vec![UNREACHABLE] } else { vec![] }
                }
            };
            allowed.reasons.extend(reasons);
        }
        allowed.reasons.sort_unstable();
        allowed.reasons.dedup();
        allowed
    }

    /// Returns how a token may be refused for its key alone.
    fn without_kid(
        &self,
        (provider, name, state): (&'static str, &String, KidState),
        (was, is): (&Seen, &Seen),
    ) -> Vec<&'static str> {
        let is_known = was.incarnation == is.incarnation
            && was.kids.get(provider).is_some_and(|kids| kids.contains(name));
        match state {
            KidState::Lasting | KidState::Passing if is_known => vec![],
            // One key is at times missing in what a replica that has just started gets.
            KidState::Lasting if self.openid(provider).kids.lasting(0).name != *name => {
                vec![UNREACHABLE]
            }
            KidState::Lasting | KidState::Passing | KidState::Withdrawn | KidState::MadeUp => {
                vec![UNREACHABLE, "unknown_key"]
            }
        }
    }
}

impl Allowed {
    /// Adds what the times of a token make of it where the clock may have stood anywhere between
    /// these two moments.
    fn at_times(&mut self, (issued, expires): (i64, i64), (low, high): (i64, i64)) {
        for (certain, possible, reason) in [
            (issued > high + LEEWAY, issued > low + LEEWAY, "not_yet_valid"),
            (expires + LEEWAY <= low, expires + LEEWAY <= high, "expired"),
        ] {
            self.token &= !certain;
            if possible && !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
    }
}

fn has_document(provider: &str, was: &Seen, is: &Seen) -> bool {
    let same = (was.incarnation, was.disturbed) == (is.incarnation, is.disturbed);
    same && was.documents.contains(provider)
}

/// Returns between which moments a replica's clock stood, with a second for rounding.
pub(super) fn clock_range(replica: usize, (before, after): (&Moment, &Moment)) -> (i64, i64) {
    let (before, after) = (&before.clocks, &after.clocks);
    let ends = (before.own[replica], after.own[replica]);
    if before.changes[replica] == after.changes[replica] {
        return (ends.0 - 1, ends.1 + 1);
    }
    (ends.0.min(ends.1) - FARTHEST, ends.0.max(ends.1) + FARTHEST)
}
