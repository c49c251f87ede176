//! Configuring how the person of an access token is found.

use std::sync::Arc;

use super::Configuring;
use super::call::{Extras, Stop, Target};
use crate::provider::call::{Announced, Call, TokenPlace, TokenProof};
use crate::provider::profile::{EmailRules, MembershipRules, ProfileRules, ProfileSource};
use crate::provider::reference::Reference;
use crate::provider::row::{
    RawEmails, RawLookup, RawMembership, RawProfile, RawSignature, RawSource,
};

/// Odnoklassniki's name for the signature.
const SIGNATURE: &str = "sig";

impl Configuring<'_> {
    pub(super) fn profile(&self) -> Result<Option<Arc<ProfileRules>>, Stop> {
        let Some(raw) = &self.row.profile else { return Ok(None) };
        let names: Vec<_> = raw.values.keys().map(String::as_str).collect();
        let (lookup, emails) = (raw.lookup.as_ref(), raw.emails.as_ref());
        let membership = raw.membership.as_ref();
        Ok(Some(Arc::new(ProfileRules {
            source: self.source(raw, &names)?,
            lookup: lookup.map(|it| self.lookup(it, raw)).transpose()?,
            values: raw.values.iter().map(|(name, at)| (name.clone(), at.clone())).collect(),
            subject: raw.subject.clone(),
            require: raw.require.filled(|text| self.fill(text, &[]))?,
            claims: raw.claims.clone(),
            emails: emails.map(|it| self.emails(it, raw)).transpose()?,
            membership: membership.map(|it| self.membership(it, &names)).transpose()?,
            needs_token_answer: raw.needs_token_answer(),
            completes_id_token: raw.completes_id_token.unwrap_or(raw.url.is_none()),
        })))
    }

    fn source(&self, raw: &RawProfile, names: &[&str]) -> Result<ProfileSource, Stop> {
        if let Some(RawSource::Token) = raw.from {
            return Ok(ProfileSource::TokenAnswer);
        }
        let url = raw.url.as_deref();
        let (token, announced) = (raw.token.clone(), Announced::Userinfo);
        let target = Target { url, announced, values: names, token };
        let extras = Extras { method: raw.method, query: &raw.query, form: &raw.form };
        let mut call = self.call_with(target, extras)?;
        call.meaning.rejected.clone_from(&raw.rejected);
        call.meaning.scope.clone_from(&raw.scope);
        call.proof = match (&raw.proof, raw.signature) {
            (None, None) => None,
            (Some(name), _) => {
                Some(TokenProof::Hmac { name: name.clone(), key: self.secret()?.clone() })
            }
            (None, Some(RawSignature::SortedMd5)) => {
                let (name, key) = (SIGNATURE.to_owned(), self.secret()?.clone());
                Some(TokenProof::SortedMd5 { name, key })
            }
        };
        Ok(ProfileSource::Call(Box::new(call)))
    }

    fn lookup(&self, raw: &RawLookup, profile: &RawProfile) -> Result<Call, Stop> {
        let (url, token) = (Some(raw.url.as_str()), raw.token.clone());
        let target = Target { url, announced: Announced::Userinfo, values: &[], token };
        let extras = Extras { method: raw.method, query: &raw.query, form: &raw.form };
        let mut call = self.call_with(target, extras)?;
        call.meaning.rejected.clone_from(&profile.rejected);
        call.meaning.scope.clone_from(&profile.scope);
        let headers = profile.references().into_iter().filter_map(Reference::header);
        call.keep_headers = headers.collect();
        Ok(call)
    }

    fn emails(&self, raw: &RawEmails, profile: &RawProfile) -> Result<EmailRules, Stop> {
        let mut call = self.call(at(&raw.url, &[]))?;
        call.meaning.scope.clone_from(&profile.scope);
        call.meaning.missing_scope.clone_from(&raw.hidden);
        Ok(EmailRules {
            call,
            list: raw.list.clone(),
            email: raw.email.clone(),
            primary: raw.primary.clone(),
            verified: raw.verified.clone(),
        })
    }

    fn membership(&self, raw: &RawMembership, names: &[&str]) -> Result<MembershipRules, Stop> {
        Ok(MembershipRules {
            call: self.call(at(&raw.url, names))?,
            members: raw.members.clone(),
            others: raw.others.clone(),
            of: self.fill(&raw.of, &[])?,
        })
    }
}

fn at<'a>(url: &'a str, values: &'a [&'a str]) -> Target<'a> {
    let announced = Announced::Userinfo;
    Target { url: Some(url), announced, values, token: TokenPlace::Bearer }
}
