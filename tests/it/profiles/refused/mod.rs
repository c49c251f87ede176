//! What the words of the catalogue keep out: a fixture's provider says one thing otherwise, and
//! the whole service refuses it for the reason that the row has for it.

mod addresses;
mod apple;
mod bindings;
mod codes;
mod completed;
mod compressed;
mod errors;
mod hashes;
mod id_tokens;
mod jwts;
mod membership;
mod people;
mod signed;
mod sweep;
mod unbound;
mod waived_jwts;

use std::sync::OnceLock;

use countersign::config::Config;
use serde_json::{Map, Value};

use super::attempt::{Outcome, bring_to, configuration};
use super::catalogue::{Row, Rows};
use super::fixture::{self, Fixture, Kind};
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::internet::{Fault, Internet, Line, Script};

/// The rows, which the program is asked for once.
static ROWS: OnceLock<Rows> = OnceLock::new();

fn rows() -> &'static Rows {
    ROWS.get_or_init(Rows::read)
}

/// A provider as a fixture has it, with something changed.
#[derive(Debug, Clone)]
struct Scene {
    fixture: Fixture,
    row: Row,
    faults: Vec<(String, Fault)>,
    edits: Vec<(String, String)>,
}

impl Scene {
    /// Takes a fixture as it is.
    fn of(file: &str) -> Self {
        let fixture = fixture::all().into_iter().find(|fixture| fixture.file == file);
        Self::from(fixture.unwrap_or_else(|| panic!("there is no {file}")))
    }

    fn from(fixture: Fixture) -> Self {
        let row = rows().get(&fixture.row).unwrap().clone();
        Self { fixture, row, faults: Vec::new(), edits: Vec::new() }
    }

    /// Returns what is answered at a path.
    fn line(&mut self, path: &str) -> &mut Line {
        let file = &self.fixture.file;
        let line = self.fixture.calls.iter_mut().find(|line| line.url.path() == path);
        line.unwrap_or_else(|| panic!("{file} has nothing at {path}"))
    }

    /// Changes what is answered at a path.
    fn with(mut self, path: &str, change: impl FnOnce(&mut Line)) -> Self {
        change(self.line(path));
        self
    }

    /// Has an answer say something else, or with null the same as null. The member need not be
    /// there, but what holds it.
    fn saying(self, path: &str, pointer: &str, value: impl Into<Value>) -> Self {
        self.with(path, |line| {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = line.body.pointer_mut(parent).unwrap();
            parent[name.replace("~1", "/").as_str()] = value.into();
        })
    }

    /// Takes a member of the top out of an answer.
    fn without(self, path: &str, member: &str) -> Self {
        self.with(path, |line| {
            let removed = line.body.as_object_mut().unwrap().remove(member);
            assert!(removed.is_some(), "{path} has no {member}");
        })
    }

    /// Answers with something else altogether.
    fn answering(self, path: &str, status: u16, body: impl Into<Value>) -> Self {
        self.with(path, |line| (line.status, line.body) = (status, body.into()))
    }

    /// Breaks a path.
    fn broken(mut self, path: &str, fault: Fault) -> Self {
        self.line(path);
        self.faults.push((path.to_owned(), fault));
        self
    }

    /// Has the ID tokens say something else.
    fn claiming(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims().insert(name.to_owned(), value.into());
        self
    }

    /// Takes a claim out of the ID tokens.
    fn not_claiming(mut self, name: &str) -> Self {
        let removed = self.claims().remove(name);
        assert!(removed.is_some(), "no claim {name}");
        self
    }

    fn claims(&mut self) -> &mut Map<String, Value> {
        self.fixture.id_token.as_mut().unwrap()
    }

    /// Has another access token.
    fn holding(mut self, token: &str) -> Self {
        self.fixture.calls.iter_mut().for_each(|line| line.take(token));
        token.clone_into(&mut self.fixture.token);
        self
    }

    /// Replaces a text of the configuration by another.
    fn configured(mut self, from: &str, to: &str) -> Self {
        self.edits.push((from.to_owned(), to.to_owned()));
        self
    }

    fn configuration(&self, kind: Kind, internet: &Internet) -> String {
        let text = configuration(&self.fixture, &self.row, kind, internet);
        self.edits.iter().fold(text, |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        })
    }

    /// Returns what the configuration is refused with.
    async fn complaint(self, kind: Kind) -> Option<String> {
        let internet = Internet::scripted(Script::default()).await;
        let text = self.configuration(kind, &internet).replace("{keys}", ".");
        Config::from_toml(&text).err().map(|error| error.to_string())
    }

    /// Starts the provider and the service.
    async fn start(self, kind: Kind) -> Stage {
        let internet = Internet::scripted(Script::new(self.fixture.lines())).await;
        for (path, fault) in &self.faults {
            let line = self.fixture.calls.iter().find(|line| line.url.path() == path).unwrap();
            internet.fault(&line.host(), path, fault.clone());
        }
        let text = self.configuration(kind, &internet);
        Stage { app: App::configured(|_| text).await, internet, fixture: self.fixture, kind }
    }

    /// Brings a credential.
    async fn bring(self, kind: Kind) -> Outcome {
        self.start(kind).await.bring().await
    }
}

/// A provider and a service that knows it alone.
#[derive(Debug)]
struct Stage {
    app: App,
    internet: Internet,
    fixture: Fixture,
    kind: Kind,
}

impl Stage {
    async fn bring(&self) -> Outcome {
        bring_to((&self.app, &self.internet), &self.fixture, self.kind).await
    }
}

impl Outcome {
    /// Checks that every way of bringing the credential is refused for a reason.
    fn assert_refused(&self, case: &str, reason: &str) {
        let exchange = if self.converted.is_some() { "invalid_request" } else { "invalid_grant" };
        let said = || format!("{case}: {:?}", self.complaints);
        self.answer.assert_refused(&said(), (400, exchange, reason));
        if let Some(converted) = &self.converted {
            converted.assert_refused(&said(), (400, "invalid_grant", reason));
        }
    }

    /// Checks that every way is refused as something that this service cannot judge.
    fn assert_unavailable(&self, case: &str) {
        self.assert_failed(case, (503, "temporarily_unavailable", "provider_unreachable"));
    }

    /// Checks that every way is refused as our own client's fault.
    fn assert_misconfigured(&self, case: &str) {
        self.assert_failed(case, (500, "server_error", "provider_misconfigured"));
    }

    fn assert_failed(&self, case: &str, expected: (u16, &str, &str)) {
        for answer in self.answers() {
            answer.assert_refused(&format!("{case}: {:?}", self.complaints), expected);
        }
    }

    /// Checks that every way signs the person in, and returns what our token says.
    fn assert_in(&self, case: &str) -> &Map<String, Value> {
        for answer in self.answers() {
            assert_eq!(answer.status, 200, "{case}: {} {:?}", answer.body, self.complaints);
        }
        self.claims.as_ref().unwrap()
    }

    fn answers(&self) -> impl Iterator<Item = &Answer> {
        [Some(&self.answer), self.converted.as_ref()].into_iter().flatten()
    }

    /// Returns how often a path was asked for.
    fn asked(&self, path: &str) -> usize {
        self.calls.iter().filter(|call| call.path == path).count()
    }
}
