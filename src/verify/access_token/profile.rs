//! Whose an access token is: what the provider tells, and what is read out of it.

use super::emails::{Address, addresses, with_address};
use super::{about, no_object, no_subject};
use crate::json::{Json, Members};
use crate::provider::{
    Answers, Call, Endpoint, Found, MembershipRules, Place, Profile, ProfileRules, ProfileSource,
    Provider, Unmet,
};
use crate::secret::Secret;
use crate::verify::call::{Asked, Caller};
use crate::verify::identity::Subject;
use crate::verify::judgement::Judgement;
use crate::verify::{ProviderProblem, VerifyError};

/// A token, and what the token endpoint said beside it, if it came from there.
type Token<'a> = (&'a Secret, Option<&'a Members<'a>>);

/// A person, as the provider describes them.
pub(super) struct Person {
    pub(super) subject: Subject,
    pub(super) profile: Profile,
    /// The profile's whole answer.
    pub(super) members: Members<'static>,
}

/// Everything that the provider tells of a token.
pub(super) struct Told {
    profile: Members<'static>,
    lookup: Lookup,
    token: Members<'static>,
    addresses: Option<Vec<Address>>,
}

/// The answer of the call that is made before the others, and its headers.
#[derive(Default)]
struct Lookup {
    members: Members<'static>,
    headers: Members<'static>,
}

impl Told {
    pub(super) fn answers(&self) -> Answers<'_> {
        Answers {
            main: &self.profile,
            lookup: Some(&self.lookup.members),
            headers: Some(&self.lookup.headers),
            token: Some(&self.token),
        }
    }
}

/// Whether there is an address to ask at: a discovery document need not have one (OpenID Connect
/// Discovery §3).
pub(super) async fn has_address(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
) -> Result<bool, VerifyError> {
    let ProfileSource::Call(call) = &rules.source else { return Ok(true) };
    let Endpoint::Discovered(discovery, announced) = &call.endpoint else { return Ok(true) };
    let metadata = caller.document(&provider.id, discovery).await;
    let refusal = |it| caller.refusal(about(provider, "profile"), &call.meaning, it);
    Ok(metadata.map_err(refusal)?.endpoint(*announced).is_some())
}

/// Asks for the profile and, side by side, for the e-mail addresses; before that, where it has to
/// be, for what makes their addresses.
pub(super) async fn ask(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
    (token, answer): Token<'_>,
) -> Result<Told, VerifyError> {
    let lookup = match &rules.lookup {
        Some(call) => look_up(caller, (provider, call), token).await?,
        None => Lookup::default(),
    };
    let mut told = Told {
        profile: Members::default(),
        lookup,
        token: answer.cloned().unwrap_or_default().into_owned(),
        addresses: None,
    };
    let values = values(rules, &told.answers());
    let profile = async {
        match &rules.source {
            ProfileSource::Call(call) => {
                let about = about(provider, "profile");
                let answer = caller.ask(about, call, Asked { token, values: &values }).await;
                let members = answer.and_then(|(answer, _)| members(answer));
                members.map_err(|it| caller.refusal(about, &call.meaning, it))
            }
            ProfileSource::TokenAnswer => Ok(told.token.clone()),
        }
    };
    let addresses = async {
        match &rules.emails {
            Some(rules) => addresses(caller, (provider, rules), token).await,
            None => Ok(None),
        }
    };
    (told.profile, told.addresses) = tokio::try_join!(profile, addresses)?;
    Ok(told)
}

async fn look_up(
    caller: &Caller,
    (provider, call): (&Provider, &Call),
    token: &Secret,
) -> Result<Lookup, VerifyError> {
    let about = about(provider, "lookup");
    let answer = caller.ask(about, call, Asked::with(token)).await;
    let lookup =
        answer.and_then(|(answer, headers)| Ok(Lookup { members: members(answer)?, headers }));
    let lookup = lookup.map_err(|it| caller.refusal(about, &call.meaning, it))?;
    caller.good(about, || "it does".to_owned());
    Ok(lookup)
}

fn members(answer: Json<'static>) -> Result<Members<'static>, Judgement> {
    answer.into_object().ok_or_else(no_object)
}

/// Reads what is put into addresses, as far as it is known by now.
fn values(rules: &ProfileRules, answers: &Answers<'_>) -> Vec<(String, String)> {
    let value = |(name, place): &(String, Place)| match place.identifier(answers) {
        Found::Text(value) => Some((name.clone(), value.into_owned())),
        Found::Missing | Found::Wrong => None,
    };
    rules.values.iter().filter_map(value).collect()
}

/// Reads the person out of what was told, and checks that it is one who may sign in.
pub(super) async fn find(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
    (token, told): (&Secret, Told),
) -> Result<Person, VerifyError> {
    let about = about(provider, "profile");
    let answers = told.answers();
    let found = judge(&answers, (provider, rules));
    let (subject, profile) = found.map_err(|it| caller.refusal_of(about, it))?;
    caller.good(about, || subject.as_str().to_owned());
    if let Some(membership) = &rules.membership {
        let values = values(rules, &answers);
        check_membership(caller, (provider, membership), Asked { token, values: &values }).await?;
    }
    let profile = match &told.addresses {
        Some(addresses) => with_address(profile, addresses),
        None => profile,
    };
    Ok(Person { subject, profile, members: told.profile })
}

fn judge(
    answers: &Answers<'_>,
    (provider, rules): (&Provider, &ProfileRules),
) -> Result<(Subject, Profile), Judgement> {
    let subject = identify(answers, rules)?;
    rules.require.check(answers).map_err(|unmet| match unmet {
        Unmet::Refused(expected) => {
            let problem = ProviderProblem::NotAPerson(expected);
            let error = VerifyError::Provider { provider: provider.id.clone(), problem };
            Judgement::Refused { why: "not_a_person", error }
        }
        Unmet::Unanswered(asked) => Judgement::Unexpected(format!("nothing says whether {asked}")),
    })?;
    Ok((subject, rules.claims.read(answers)))
}

/// Reads the id at the first place that is there. Another place is never a substitute for one that
/// holds something else than an id.
fn identify(answers: &Answers<'_>, rules: &ProfileRules) -> Result<Subject, Judgement> {
    let nowhere = || Judgement::Unexpected("the row names no place for an id".to_owned());
    let first = rules.subject.first().ok_or_else(nowhere)?;
    let found = rules.subject.iter().map(|at| (at, at.identifier(answers)));
    let mut found = found.filter(|(_, found)| *found != Found::Missing);
    match found.next() {
        Some((at, Found::Text(id))) => Subject::parse(&id).ok_or_else(|| no_subject(at)),
        Some((at, Found::Missing | Found::Wrong)) => Err(no_subject(at)),
        None => Err(no_subject(first)),
    }
}

async fn check_membership(
    caller: &Caller,
    (provider, rules): (&Provider, &MembershipRules),
    asked: Asked<'_>,
) -> Result<(), VerifyError> {
    let about = about(provider, "membership");
    let answers: Vec<_> = rules.members.iter().chain(&rules.others).copied().collect();
    let status = caller.ask_status(about, (&rules.call, &answers), asked).await;
    let status = status.map_err(|it| caller.refusal(about, &rules.call.meaning, it))?;
    if rules.members.contains(&status) {
        caller.good(about, || "it does".to_owned());
        return Ok(());
    }
    let (claim, expected) = ("membership".to_owned(), vec![rules.of.clone()]);
    let error = VerifyError::DomainNotAllowed { claim, received: None, expected };
    Err(caller.refusal_of(about, Judgement::Refused { why: "not_a_member", error }))
}
