//! A provider on loopback that goes wrong by chance. What it says of a code or an access token
//! stands in the credential itself; what went wrong on the way it remembers by credential, so that
//! the checker knows.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::credentials::{self, AccessToken, Code};
use super::dice::Dice;
use super::faults::{Fault, Mood};
use super::kids::Kids;
use super::world::Base;
use crate::support::internet::Call;

type Answer = Response<BoxBody<Bytes, io::Error>>;

/// How late a slow answer is, in milliseconds, and how long nobody waits.
const SLOW: (u64, u64) = (100, 900);
const FOR_EVER: Duration = Duration::from_mins(1);

/// A provider.
#[derive(Debug)]
pub(super) struct Provider {
    /// What it is configured as.
    pub(super) name: &'static str,
    /// Its issuer, and the start of all its addresses.
    pub(super) url: String,
    /// Its keys.
    pub(super) kids: Kids,
    base: Arc<Base>,
    /// Its mood, and the one that it is held in.
    mood: Mutex<(Mood, Option<Mood>)>,
    dice: Mutex<Dice>,
    struck: Mutex<HashMap<String, Fault>>,
    redeemed: Mutex<HashMap<String, u32>>,
    /// When a key set went out last that lacked a key, and until when none does.
    key_missing: Mutex<(Option<Duration>, Duration)>,
}

impl Provider {
    /// Starts it.
    pub(super) async fn start(name: &'static str, base: &Arc<Base>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Arc::new(Self {
            name,
            url: format!("http://{}", listener.local_addr().unwrap()),
            kids: Kids::new(),
            base: Arc::clone(base),
            mood: Mutex::new((Mood::GOOD, None)),
            dice: Mutex::new(Dice::new(base.seed, name)),
            struck: Mutex::default(),
            redeemed: Mutex::default(),
            key_missing: Mutex::default(),
        });
        tokio::spawn(Arc::clone(&provider).serve(listener));
        provider
    }

    /// Behaves in this way from here on, unless it is held in another.
    pub(super) fn behave(&self, mood: Mood) {
        self.mood.lock().unwrap().0 = mood;
    }

    /// Behaves in one way, whatever it is told, until it is released.
    pub(super) fn hold(&self, mood: Option<Mood>) {
        self.mood.lock().unwrap().1 = mood;
    }

    /// Whether it is held in a mood.
    pub(super) fn is_held(&self) -> bool {
        self.mood.lock().unwrap().1.is_some()
    }

    /// Returns what went wrong with a call about a credential, if the answer did not come of it.
    pub(super) fn struck(&self, credential: &str) -> Option<Fault> {
        let struck = self.struck.lock().unwrap().get(credential).copied();
        struck.filter(|fault| !fault.is_harmless())
    }

    /// Returns how often a code was presented.
    pub(super) fn presented(&self, code: &str) -> u32 {
        self.redeemed.lock().unwrap().get(code).copied().unwrap_or_default()
    }

    /// Sends whole key sets until a moment at least.
    pub(super) fn whole_until(&self, moment: Duration) {
        let until = &mut self.key_missing.lock().unwrap().1;
        *until = moment.max(*until);
    }

    /// Whether a key set that lacked a key went out after a moment.
    pub(super) fn lacked_since(&self, moment: Duration) -> bool {
        self.key_missing.lock().unwrap().0.is_some_and(|last| last >= moment)
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let this = Arc::clone(&self);
            let answer = service_fn(move |request| Arc::clone(&this).answer(request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> io::Result<Answer> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let call = Call::new("127.0.0.1".to_owned(), head, body);
        let about = credentials::subject_of(&call);
        if let Some(code) = call.in_form("code") {
            *self.redeemed.lock().unwrap().entry(code).or_default() += 1;
        }
        self.base.tally.provider_call(self.name);
        let fault = self.strike(&call.path);
        if let Some(fault) = fault {
            self.base.tally.fault(fault.name());
            if let Some(about) = about {
                self.struck.lock().unwrap().insert(about, fault);
            }
        }
        self.go_wrong(fault, &call).await
    }

    fn strike(&self, path: &str) -> Option<Fault> {
        let (mood, held) = *self.mood.lock().unwrap();
        let mood = held.unwrap_or(mood);
        let fault = mood.fault.filter(|_| self.dice.lock().unwrap().chance(mood.percent))?;
        let (is_keys, is_discovery) = (path == "/jwks", path.ends_with("configuration"));
        let strikes = if fault == Fault::KeyMissing {
            let uptime = self.base.uptime();
            let mut missing = self.key_missing.lock().unwrap();
            let strikes = is_keys && uptime >= missing.1;
            strikes.then(|| missing.0 = Some(uptime)).is_some()
        } else if fault == Fault::NoKeys {
            is_keys
        } else {
            fault != Fault::OtherIssuer || is_discovery
        };
        strikes.then_some(fault)
    }

    async fn go_wrong(&self, fault: Option<Fault>, call: &Call) -> io::Result<Answer> {
        let text = |status, body: &str| respond(status, "text/plain", body.to_owned(), None);
        let Some(fault) = fault else { return Ok(self.good(call, None)) };
        Ok(match fault {
            Fault::Slow => {
                let late = self.dice.lock().unwrap().between(SLOW.0, SLOW.1);
                sleep(Duration::from_millis(late)).await;
                self.good(call, None)
            }
            Fault::Hang => {
                sleep(FOR_EVER).await;
                return Err(io::ErrorKind::TimedOut.into());
            }
            Fault::Reset => return Err(io::ErrorKind::ConnectionAborted.into()),
            Fault::Truncated => truncated(),
            Fault::Broken => text(500, "oops"),
            Fault::Unavailable => respond(503, "text/plain", "busy".to_owned(), Some("2")),
            Fault::Limited => respond(429, "text/plain", "later".to_owned(), Some("3")),
            Fault::Garbage => text(200, "{\"keys\":[{]"),
            Fault::Page => respond(200, "text/html", "<!doctype html><p>Wi-Fi".to_owned(), None),
            Fault::Huge => text(200, &"x".repeat(1 << 19)),
            Fault::Redirect => respond(302, "text/plain", String::new(), None),
            Fault::NoKeys | Fault::KeyMissing | Fault::OtherIssuer => self.good(call, Some(fault)),
        })
    }

    fn good(&self, call: &Call, fault: Option<Fault>) -> Answer {
        let refuse = |status, error| json_answer(status, &json!({ "error": error }));
        let token = call.bearer().unwrap_or_default();
        match call.path.as_str() {
            "/.well-known/openid-configuration" => json_answer(200, &self.document(fault)),
            "/jwks" if fault == Some(Fault::NoKeys) => json_answer(200, &json!({ "keys": [] })),
            "/jwks" => json_answer(200, &self.kids.key_set(fault.is_none())),
            "/token" => match self.redeem(&call.in_form("code").unwrap_or_default()) {
                Some(answer) => json_answer(200, &answer),
                None => refuse(400, "invalid_grant"),
            },
            "/tokeninfo" => AccessToken::read(token)
                .and_then(AccessToken::app)
                .map_or_else(|| refuse(401, "invalid_token"), |app| json_answer(200, &app)),
            "/userinfo" => credentials::person_of(token)
                .map_or_else(|| refuse(401, "invalid_token"), |it| json_answer(200, &it)),
            _ => refuse(404, "not_found"),
        }
    }

    fn document(&self, fault: Option<Fault>) -> Value {
        let url = &self.url;
        let issuer = match fault {
            Some(Fault::OtherIssuer) => "https://somebody-else.example.com",
            _ => url,
        };
        json!({
            "issuer": issuer,
            "jwks_uri": format!("{url}/jwks"),
            "token_endpoint": format!("{url}/token"),
            "userinfo_endpoint": format!("{url}/userinfo"),
        })
    }

    /// A code is good once.
    fn redeem(&self, text: &str) -> Option<Value> {
        let code = Code::read(text)?;
        (self.presented(text) == 1).then_some(())?;
        let kid = self.kids.find(&code.kid)?;
        let now = self.base.clocks.read().common;
        let id_token = credentials::id_token(&self.url, &kid, (code.number, now)).compact();
        let access_token = credentials::of_code(text);
        Some(json!({ "id_token": id_token, "access_token": access_token, "token_type": "Bearer" }))
    }
}

fn json_answer(status: u16, value: &Value) -> Answer {
    respond(status, "application/json", value.to_string(), None)
}

fn respond(status: u16, content_type: &str, body: String, retry: Option<&str>) -> Answer {
    let mut response = Response::builder().status(status).header("content-type", content_type);
    if let Some(retry) = retry {
        response = response.header("retry-after", retry);
    }
    if status == 302 {
        response = response.header("location", "/elsewhere");
    }
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed();
    response.body(body).unwrap()
}

fn truncated() -> Answer {
    let first = Ok(Frame::data(Bytes::from_static(b"{\"keys\":[")));
    let parts = [first, Err(io::ErrorKind::ConnectionReset.into())];
    let body = StreamBody::new(stream::iter(parts)).boxed();
    Response::builder().header("content-type", "application/json").body(body).unwrap()
}
