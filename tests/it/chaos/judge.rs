//! Sending a request, and judging what came of it.

use std::time::Duration;

use countersign::clock::Clock;
use reqwest::RequestBuilder;
use tokio::time::sleep;

use super::expected::{Allowed, Exchange, Moment, Person, UNREACHABLE, clock_range};
use super::requests::{Asking, Expected};
use super::tally::Mistake;
use super::world::World;
use crate::support::answer::Answer;
use crate::support::app::FORM;

/// How long after a replica was killed a request may still run into it.
const KILLED: Duration = Duration::from_secs(1);
/// How long a call to a provider may take, as the configuration has it.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How long it takes at most until it is known that the machine stood still.
const NOTICED: Duration = Duration::from_secs(1);

impl World {
    /// Sends a request. One that no replica answered is lost, unless a replica was killed
    /// meanwhile.
    pub(super) async fn send(&self, kind: &'static str, request: RequestBuilder) -> Option<Answer> {
        let before = self.base.uptime();
        let answer = match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => Err(format!("{error:?}")),
        };
        let problem = match answer {
            // The balancer's own answers have no request ID.
            Ok(answer) if answer.header("x-request-id").is_none() => {
                format!("{} by the balancer", answer.status)
            }
            Ok(answer) => return Some(answer),
            Err(problem) => problem,
        };
        let killed = |at: Duration| at + KILLED >= before;
        if self.replicas.iter().any(|replica| replica.seen().killed.is_some_and(killed)) {
            self.base.tally.request(kind, "no answer: killed");
            return None;
        }
        self.base.tally.request(kind, "lost");
        let words = format!("{kind}, sent at {:.3} s: {problem}", before.as_secs_f64());
        self.base.tally.mistake(Mistake::LostExchange, self.base.uptime(), &words);
        None
    }

    /// Makes a request and judges the answer.
    pub(super) async fn ask(&self, asking: Asking, number: u64) {
        let before = self.moment();
        let took = Clock::stopwatch();
        let request = self.client.post(format!("{}{}", self.front, asking.path));
        let request = request.header("content-type", FORM).body(asking.form.encoded());
        let Some(answer) = self.send(asking.kind, request).await else { return };
        let took = took.elapsed();
        let moments = (before, self.moment());
        let replica = self.replica_of(&answer);
        if replica.is_some_and(|replica| replica != 0) && self.replicas.len() == 1 {
            return self.wrong(&asking, &answer, "of a replica that is not there");
        }
        let replica = replica.unwrap_or_default();
        let judged = match &asking.expected {
            Expected::Exchange(exchange) => {
                if exchange.is_timed && answer.status == 200 {
                    self.base.tally.latency(took);
                }
                self.judge((exchange, number), (&asking, &answer), (replica, &moments)).await
            }
            Expected::Introspection { until } => {
                let (low, high) = clock_range(replica, (&moments.0, &moments.1));
                let active = answer.json()["active"].as_bool();
                let is_right = match active {
                    Some(true) => low < *until,
                    Some(false) => high >= *until,
                    None => false,
                };
                is_right.then(|| format!("active {active:?}")).ok_or(format!("until {until}"))
            }
            Expected::NotAuthenticated => {
                let is_right =
                    answer.refusal().0 == 401 && answer.text("reason") == "bad_client_credentials";
                is_right.then(|| "refused".to_owned()).ok_or("not refused".to_owned())
            }
        };
        match judged.and_then(|outcome| well_formed(&answer).map(|()| outcome)) {
            Ok(outcome) => self.base.tally.request(asking.kind, &outcome),
            Err(problem) => self.wrong(&asking, &answer, &problem),
        }
    }

    fn replica_of(&self, answer: &Answer) -> Option<usize> {
        let name = answer.header("x-replica")?;
        self.replicas.iter().position(|replica| replica.name == name)
    }

    fn wrong(&self, asking: &Asking, answer: &Answer, problem: &str) {
        self.base.tally.request(asking.kind, "WRONG");
        let (by, id) = (answer.header("x-replica"), answer.header("x-request-id"));
        let words = format!(
            "{}: {} {} by {by:?} ({id:?}): {problem}",
            asking.kind, answer.status, answer.body
        );
        self.base.tally.mistake(Mistake::WrongAnswer, self.base.uptime(), &words);
    }

    async fn judge(
        &self,
        (exchange, number): (&Exchange, u64),
        (asking, answer): (&Asking, &Answer),
        (replica, moments): (usize, &(Moment, Moment)),
    ) -> Result<String, String> {
        let moments = (&moments.0, &moments.1);
        let allowed = self.allowed(exchange, replica, moments);
        let strict = if allowed.is_strict() { "one right answer" } else { "several right answers" };
        self.base.tally.note(strict);
        if answer.status != 200 {
            let judged = refusal(answer, exchange, &allowed);
            let is_late = judged.is_err() && answer.text("reason") == UNREACHABLE;
            let is_excused =
                is_late && self.stood_still((moments.0.uptime, moments.1.uptime)).await;
            return if is_excused { Ok("not judged".to_owned()) } else { judged };
        }
        let person = exchange.verdict.as_ref().ok().filter(|_| allowed.token);
        let person = person.ok_or_else(|| format!("expected {:?}", allowed.reasons))?;
        let range = clock_range(replica, moments);
        if exchange.is_timed && self.openid(person.idp).is_held() {
            self.base.tally.note("ID tokens exchanged of a dead provider");
        }
        self.accept((answer, number), person, range).await?;
        if let Some(code) = asking.form.value("code") {
            self.replicas[replica].note(|seen| {
                let same = (seen.incarnation, seen.disturbed)
                    == (moments.0.seen[replica].incarnation, moments.0.seen[replica].disturbed);
                if same {
                    seen.documents.insert("acme");
                }
            });
            let presented = self.providers.acme.presented(&code);
            (presented == 1).then_some(()).ok_or(format!("code presented {presented} times"))?;
            self.verifiers.spend(code);
        }
        Ok("issued".to_owned())
    }

    /// Whether a call to a provider can have timed out because the machine stood still: only if the
    /// request took as long as that.
    async fn stood_still(&self, (from, to): (Duration, Duration)) -> bool {
        if to.saturating_sub(from) < TIMEOUT {
            return false;
        }
        sleep(NOTICED).await;
        self.base.pulse.stood_still((from, to))
    }

    /// Has a verifier look at an issued token.
    async fn accept(
        &self,
        (answer, number): (&Answer, u64),
        person: &Person,
        (low, high): (i64, i64),
    ) -> Result<(), String> {
        let token = answer.text("access_token");
        let refused = |problem: &str| {
            let words = format!("{problem}; clock from {low} to {high}");
            self.base.tally.mistake(Mistake::RefusedToken, self.base.uptime(), &words);
        };
        let now = self.base.clocks.read().common;
        let claims = match self.verifiers.verify((self, number), &token).await {
            Ok(claims) => claims,
            Err(problem) => {
                refused(&problem);
                return Ok(());
            }
        };
        let until = self.verifiers.check((token, &claims), person, (low, high))?;
        // One by a clock that was an hour slow, or that was long under way while the clocks were
        // moved, has run out: that is known before.
        if until <= now && low + 900 > now {
            refused(&format!("expired at {until}, at {now}"));
        }
        self.base.tally.note("tokens shown to a verifier");
        Ok(())
    }
}

async fn read(response: reqwest::Response) -> Result<Answer, String> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.text().await.map_err(|error| format!("{error:?}"))?;
    Ok(Answer { status, headers, body })
}

/// Checks a refusal: a reason that is allowed, with the status and the code that belong to it.
fn refusal(answer: &Answer, exchange: &Exchange, allowed: &Allowed) -> Result<String, String> {
    let (status, error, reason) = answer.refusal();
    if !allowed.reasons.contains(&reason.as_str()) {
        let token = if allowed.token { "a token or " } else { "" };
        return Err(format!("expected {token}{:?}; {:?}", allowed.reasons, exchange.needs));
    }
    let expected = if reason == UNREACHABLE {
        (503, "temporarily_unavailable")
    } else {
        (400, exchange.refusal)
    };
    let is_right = (status, error.as_str()) == expected;
    is_right.then_some(reason).ok_or_else(|| format!("expected {expected:?}"))
}

/// Checks what every answer of these endpoints has.
fn well_formed(answer: &Answer) -> Result<(), String> {
    let has = |is_so: bool, what: &str| is_so.then_some(()).ok_or(format!("no {what}"));
    let content_type = answer.header("content-type").unwrap_or_default();
    has(content_type.starts_with("application/json"), "JSON")?;
    if answer.status == 200 {
        return has(answer.json().is_object(), "object");
    }
    has(answer.header("cache-control") == Some("no-store"), "`Cache-Control: no-store`")?;
    let json = answer.json();
    let names: Vec<_> = json.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
    has(names == ["error", "error_description", "reason"], "usual shape")?;
    let waits = answer.header("retry-after").and_then(|it| it.parse::<u64>().ok());
    has(answer.status != 503 || waits.is_some_and(|it| it >= 1), "`Retry-After`")
}
