//! What is asked, and what has to come of it.

use super::credentials::{self, AccessToken, Code, Worth, subject};
use super::dice::Dice;
use super::expected::{Exchange, KidState, Need, Person};
use super::kids::Kid;
use super::mutations::MUTATIONS;
use super::provider::Provider;
use super::world::World;
use crate::support::form::{ACCESS_TOKEN, Form};

/// Where codes are sent.
const CALLBACK: &str = "https://app.example.com/callback";
/// The namespace of the access tokens' provider.
const FORGE: &str = "https://forge.example.com";

/// A request.
#[derive(Debug)]
pub(super) struct Asking {
    /// What it is called in the table.
    pub(super) kind: &'static str,
    pub(super) path: &'static str,
    pub(super) form: Form,
    pub(super) expected: Expected,
}

/// What has to come of it.
#[derive(Debug)]
pub(super) enum Expected {
    /// A token, or a refusal.
    Exchange(Exchange),
    /// Whether a token is active: until when it is.
    Introspection { until: i64 },
    /// That the caller is not believed.
    NotAuthenticated,
}

impl World {
    /// Draws the next request. `number` is its own.
    pub(super) fn next_request(&self, dice: &mut Dice, number: u64) -> Asking {
        let issued = self.verifiers.issued(dice);
        match (dice.between(0, 99), issued) {
            (0..40, _) => self.good_id_token(dice, number),
            (40..57, issued) => self.bad_id_token(dice, number, issued.map(|it| it.0)),
            (57..64, _) => access_token(Worth::Good, number, dice),
            (64..67, _) => access_token(Worth::Revoked, number, dice),
            (67..70, _) => access_token(Worth::Foreign, number, dice),
            (70..73, _) => access_token(Worth::Blocked, number, dice),
            (73..80, _) => self.code(dice, number),
            (80..83, _) => self.spent_code(dice, number),
            (83..91, Some((token, until))) => introspection(&token, until, dice),
            _ => self.converted(dice, number),
        }
    }

    fn pick(&self, dice: &mut Dice) -> &Provider {
        if dice.chance(40) { &self.providers.beta } else { &self.providers.acme }
    }

    /// Picks a key: mostly one that lasts, at times one that has just come or gone.
    fn kid(&self, provider: &Provider, dice: &mut Dice) -> (Kid, KidState) {
        let (chance, choice) = (dice.between(0, 99), dice.index(60));
        let (passing, withdrawn) =
            (provider.kids.passing(self.base.uptime()), provider.kids.withdrawn());
        match (chance, passing, withdrawn) {
            (0..20, Some(kid), _) => (kid, KidState::Passing),
            (20..25, _, Some(kid)) => (kid, KidState::Withdrawn),
            _ => (provider.kids.lasting(choice), KidState::Lasting),
        }
    }

    fn id_token(&self, dice: &mut Dice, number: u64) -> (Form, Exchange) {
        let provider = self.pick(dice);
        let (kid, state) = self.kid(provider, dice);
        let now = self.base.clocks.read().common;
        let mut token = credentials::id_token(&provider.url, &kid, (number, now));
        // Some are sent in the second in which they were issued.
        let issued = if dice.chance(10) { now } else { now - 600 };
        token.claim("iat", issued);
        let times = Some((issued, now + 6 * 3600));
        let needs = vec![Need::Kid { provider: provider.name, name: kid.name, state }];
        let person = Person {
            sub: credentials::sub(&provider.url, &subject(number)),
            idp: provider.name,
            idp_sub: subject(number),
            binding: "id_token",
        };
        let exchange = Exchange {
            verdict: Ok(person),
            refusal: "invalid_request",
            needs,
            times,
            is_timed: true,
        };
        (Form::exchange(&token.compact()), exchange)
    }

    fn good_id_token(&self, dice: &mut Dice, number: u64) -> Asking {
        let (form, exchange) = self.id_token(dice, number);
        let Ok(Person { idp, .. }) = exchange.verdict else { unreachable!() };
        let form = if dice.chance(50) { form.and("provider", idp) } else { form };
        exchanging("good ID token", form, exchange)
    }

    fn converted(&self, dice: &mut Dice, number: u64) -> Asking {
        let (form, exchange) = self.id_token(dice, number);
        let Ok(Person { idp, .. }) = exchange.verdict else { unreachable!() };
        let token = form.value("subject_token").unwrap_or_default();
        let form = Form::convert(&token).with("backend", idp);
        let exchange = Exchange { refusal: "invalid_grant", ..exchange };
        exchanging("convert_token, good", form, exchange)
    }

    fn bad_id_token(&self, dice: &mut Dice, number: u64, ours: Option<String>) -> Asking {
        let provider = self.pick(dice);
        let kid = provider.kids.lasting(dice.index(60));
        let now = self.base.clocks.read().common;
        let mut token = credentials::id_token(&provider.url, &kid, (number, now));
        let mutation = &MUTATIONS[dice.index(MUTATIONS.len())];
        let mut form = Form::exchange("").and("provider", provider.name);
        (mutation.change)(&mut token, (&mut form, now));
        let own = ours.filter(|_| mutation.reason == "own_token");
        let reason = if own.is_none() && mutation.reason == "own_token" {
            "wrong_issuer"
        } else {
            mutation.reason
        };
        let compact = own.unwrap_or_else(|| token.compact());
        let name = token.header["kid"].as_str().unwrap_or_default().to_owned();
        let need = Need::Kid { provider: provider.name, name, state: KidState::Lasting };
        let made_up =
            || Need::Kid { provider: provider.name, name: String::new(), state: KidState::MadeUp };
        let needs = match (mutation.needs_key, reason) {
            (_, "unknown_key") => vec![made_up()],
            (true, _) => vec![need],
            (false, _) => vec![],
        };
        let exchange = Exchange {
            verdict: Err(reason),
            refusal: "invalid_request",
            needs,
            times: mutation.needs_key.then_some((now - 600, now + 6 * 3600)),
            is_timed: false,
        };
        exchanging(mutation.name, form.with("subject_token", &compact), exchange)
    }

    fn code(&self, dice: &mut Dice, number: u64) -> Asking {
        let provider = &self.providers.acme;
        let kid = provider.kids.lasting(dice.index(60)).name;
        let code = Code { number, kid: kid.clone() }.write();
        let person = Person {
            sub: credentials::sub(&provider.url, &subject(number)),
            idp: "acme",
            idp_sub: subject(number),
            binding: "code",
        };
        let mut exchange = redeeming(&code, Ok(person));
        let state = KidState::Lasting;
        exchange.needs.push(Need::Kid { provider: "acme", name: kid, state });
        // Signed when it is redeemed, by the common clock.
        let now = self.base.clocks.read().common;
        exchange.times = Some((now - 600, now + 6 * 3600));
        exchanging("good code", redemption(&code), exchange)
    }

    /// A code that was used, or never given out.
    fn spent_code(&self, dice: &mut Dice, number: u64) -> Asking {
        let spent = self.verifiers.spent_code().filter(|_| dice.chance(70));
        let code = spent.unwrap_or_else(|| format!("made-up-{number}"));
        let exchange = redeeming(&code, Err("provider_rejected"));
        exchanging("spent or made-up code", redemption(&code), exchange)
    }
}

fn exchanging(kind: &'static str, form: Form, exchange: Exchange) -> Asking {
    Asking { kind, path: "/token", form, expected: Expected::Exchange(exchange) }
}

fn redemption(code: &str) -> Form {
    let form = Form::default().and("grant_type", "authorization_code").and("client_id", "spa");
    form.and("provider", "acme").and("code", code).and("redirect_uri", CALLBACK)
}

fn redeeming(code: &str, verdict: Result<Person, &'static str>) -> Exchange {
    let answers = Need::Answers { provider: "acme", credential: code.to_owned() };
    let needs = vec![Need::Document("acme"), answers];
    Exchange { verdict, refusal: "invalid_grant", needs, times: None, is_timed: false }
}

fn access_token(worth: Worth, number: u64, dice: &mut Dice) -> Asking {
    let token = AccessToken { worth, number }.write();
    let (kind, verdict) = match worth {
        Worth::Good => ("good access token", None),
        Worth::Revoked => ("revoked access token", Some("provider_rejected")),
        Worth::Foreign => ("access token of another app", Some("wrong_audience")),
        Worth::Blocked => ("access token of a blocked person", Some("provider_rejected")),
    };
    let person = Person {
        sub: credentials::sub(FORGE, &subject(number)),
        idp: "forge",
        idp_sub: subject(number),
        binding: "introspection",
    };
    let is_converted = dice.chance(30);
    let (form, refusal) = if is_converted {
        (Form::convert(&token).with("backend", "forge"), "invalid_grant")
    } else {
        let form = Form::exchange(&token).with("subject_token_type", ACCESS_TOKEN);
        (form.and("provider", "forge"), "invalid_request")
    };
    let needs = vec![Need::Answers { provider: "forge", credential: token }];
    let verdict = verdict.map_or(Ok(person), Err);
    exchanging(kind, form, Exchange { verdict, refusal, needs, times: None, is_timed: false })
}

fn introspection(token: &str, until: i64, dice: &mut Dice) -> Asking {
    let is_known = !dice.chance(10);
    let secret = if is_known { "chaos-api-secret" } else { "not the secret" };
    let form = Form::default().and("client_id", "api").and("client_secret", secret);
    let (kind, expected) = if is_known {
        ("introspection", Expected::Introspection { until })
    } else {
        ("introspection, wrong secret", Expected::NotAuthenticated)
    };
    Asking { kind, path: "/introspect", form: form.and("token", token), expected }
}
