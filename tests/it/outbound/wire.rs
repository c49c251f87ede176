//! A server on loopback that answers as a provider does, or whatever bytes a test gives it; and the
//! service that knows its addresses.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::support::claims::Token;
use crate::support::form::Form;
use crate::support::keys::Key;

/// The issuer of the provider that the server plays.
pub(super) const ISSUER: &str = "https://wire.test";
/// The redirect URI of the client `spa`.
const CALLBACK: &str = "https://app.example.com/callback";
/// The pause between two drops.
const DRIP: Duration = Duration::from_millis(40);

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(super) enum Manner {
    /// Answers as it should, and keeps the connection.
    Good,
    /// Answers as it should, and closes the connection without having said so.
    GoodOnce,
    /// Answers the first request of a connection, and closes at the second.
    ClosingAtTheSecond,
    /// Says nothing and keeps the connection.
    Silent,
    /// Closes the connection.
    Closing,
    /// Sends this and closes.
    Bytes(Vec<u8>),
    /// Sends this and keeps the connection.
    Held(Vec<u8>),
    /// Sends the first and then the second for as long as somebody reads.
    Endless(Vec<u8>, Vec<u8>),
    /// The same, with a pause between.
    Dripping(Vec<u8>, Vec<u8>),
    /// Hands the connection on, with what was read of it.
    Forwarding(SocketAddr),
}

/// What the server does before there is a request.
#[derive(Clone)]
pub(super) enum Greeting {
    /// Nothing: http.
    Plain,
    /// TLS.
    Tls(TlsAcceptor),
    /// Closes.
    Closing,
    /// Reads what comes first, sends this, and keeps the connection.
    Bytes(Vec<u8>),
}

/// The server. Dropping it ends it and its connections, and its port is closed.
pub(super) struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    greeting: Mutex<Greeting>,
    /// What goes wrong at which path; everywhere if it is empty.
    manner: Mutex<(String, Manner)>,
    requests: Mutex<Vec<(String, String)>>,
    connections: AtomicUsize,
    sent: AtomicUsize,
    hello: Mutex<Vec<u8>>,
    more: Mutex<HashMap<String, Value>>,
    hang_up: watch::Sender<()>,
}

impl Wire {
    pub(super) async fn start() -> Self {
        Self::greeting(Greeting::Plain).await
    }

    pub(super) async fn greeting(greeting: Greeting) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            greeting: Mutex::new(greeting),
            manner: Mutex::new((String::new(), Manner::Good)),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            sent: AtomicUsize::new(0),
            hello: Mutex::default(),
            more: Mutex::default(),
            hang_up: watch::Sender::new(()),
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { address, shared, serving }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Greets in this way from here on.
    pub(super) fn greet(&self, greeting: Greeting) {
        *self.shared.greeting.lock().unwrap() = greeting;
    }

    /// Does this at a path from here on, or everywhere if that is empty.
    pub(super) fn at(&self, path: &str, manner: Manner) {
        *self.shared.manner.lock().unwrap() = (path.to_owned(), manner);
    }

    /// Answers with this at another path.
    pub(super) fn serve(&self, path: &str, body: Value) {
        self.shared.more.lock().unwrap().insert(path.to_owned(), body);
    }

    /// Returns the bodies of the requests to a path.
    pub(super) fn bodies(&self, path: &str) -> Vec<String> {
        let requests = self.shared.requests.lock().unwrap();
        requests.iter().filter(|(at, _)| at == path).map(|(_, body)| body.clone()).collect()
    }

    /// Returns how many connections came.
    pub(super) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Returns what came first on the last connection that was not talked on.
    pub(super) fn hello(&self) -> Vec<u8> {
        self.shared.hello.lock().unwrap().clone()
    }

    /// Closes every connection, and waits until they are.
    pub(super) async fn hang_up(&self) {
        self.shared.hang_up.send_replace(());
        while self.shared.hang_up.receiver_count() > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// Returns how many bytes went out for ever.
    pub(super) fn sent(&self) -> usize {
        self.shared.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let (shared, mut hang_up) = (Arc::clone(&shared), shared.hang_up.subscribe());
        connections.spawn(async move {
            tokio::select! {
                () = greet(stream, shared) => {}
                _ = hang_up.changed() => {}
            }
        });
    }
}

async fn greet(mut stream: TcpStream, shared: Arc<Shared>) {
    let greeting = shared.greeting.lock().unwrap().clone();
    match greeting {
        Greeting::Plain => talk(stream, shared).await,
        Greeting::Tls(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                talk(stream, shared).await;
            }
        }
        Greeting::Closing => {}
        Greeting::Bytes(bytes) => {
            let mut hello = Vec::with_capacity(4096);
            let _ = stream.read_buf(&mut hello).await;
            *shared.hello.lock().unwrap() = hello;
            let _ = stream.write_all(&bytes).await;
            hold(stream).await;
        }
    }
}

/// Keeps a connection until the other side ends it.
async fn hold(mut stream: impl AsyncRead + Unpin) {
    let mut rest = [0; 4096];
    while matches!(stream.read(&mut rest).await, Ok(read) if read > 0) {}
}

/// Answers the requests of a connection. That the other side hangs up is nothing to tell of.
async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    for nth in 0.. {
        let Some(request) = Request::read(&mut stream).await else { return };
        shared.requests.lock().unwrap().push((request.path.clone(), request.body.clone()));
        let (path, manner) = shared.manner.lock().unwrap().clone();
        let manner = if path.is_empty() || path == request.path { manner } else { Manner::Good };
        let more = shared.more.lock().unwrap().get(&request.path).map(Value::to_string);
        let body = more.map_or_else(|| good_body(&request.path), String::into_bytes);
        let mut good = answer(200, &body);
        let is_last = matches!(manner, Manner::GoodOnce | Manner::Bytes(_));
        match manner {
            Manner::Good | Manner::GoodOnce => {}
            Manner::ClosingAtTheSecond if nth == 0 => {}
            Manner::Closing | Manner::ClosingAtTheSecond => return,
            Manner::Silent => return hold(stream).await,
            Manner::Forwarding(to) => {
                let mut other = TcpStream::connect(to).await.unwrap();
                let _ = other.write_all(&request.bytes).await;
                let _ = copy_bidirectional(&mut stream, &mut other).await;
                return;
            }
            Manner::Held(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return hold(stream).await;
            }
            Manner::Endless(start, part) => {
                return pour(stream, &shared, (start, part), None).await;
            }
            Manner::Dripping(start, part) => {
                return pour(stream, &shared, (start, part), Some(DRIP)).await;
            }
            Manner::Bytes(bytes) => good = bytes,
        }
        if stream.write_all(&good).await.is_err() || is_last {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn pour(
    mut stream: impl AsyncWrite + Unpin,
    shared: &Shared,
    (start, part): (Vec<u8>, Vec<u8>),
    pause: Option<Duration>,
) {
    let mut next = &start;
    while stream.write_all(next).await.is_ok() && stream.flush().await.is_ok() {
        shared.sent.fetch_add(next.len(), Ordering::SeqCst);
        next = &part;
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
}

struct Request {
    path: String,
    body: String,
    bytes: Vec<u8>,
}

impl Request {
    async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                    let path = head.split(' ').nth(1)?.to_owned();
                    return Some(Self { path, body: body.to_owned(), bytes });
                }
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
    }
}

fn good_body(path: &str) -> Vec<u8> {
    let body = match path {
        "/jwks" => json!({ "keys": [Key::Rsa.jwk("rsa")] }),
        "/token" => json!({ "access_token": "at-1", "token_type": "Bearer" }),
        "/me" => json!({ "sub": "24400320" }),
        _ => json!(null),
    };
    body.to_string().into_bytes()
}

/// Returns an answer with this status and body, and its length.
pub(super) fn answer(status: u16, body: &[u8]) -> Vec<u8> {
    answer_with(status, "", body)
}

/// Returns one with more header lines.
pub(super) fn answer_with(status: u16, lines: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} x\r\n{lines}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Which of a provider's addresses is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The key set: a GET.
    Keys,
    /// The token endpoint: a POST, with a code.
    Token,
    /// The profile: a GET, with an access token.
    Profile,
}

impl Ask {
    pub(super) const ALL: [Self; 3] = [Self::Keys, Self::Token, Self::Profile];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Keys => "/jwks",
            Self::Token => "/token",
            Self::Profile => "/me",
        }
    }

    /// Returns the body of its good answer.
    pub(super) fn good_body(self) -> Vec<u8> {
        good_body(self.path())
    }

    /// Returns an exchange that asks there, at a provider of this name. No two codes are the same.
    pub(super) fn form(self, provider: &str, code: &str) -> Form {
        if self == Self::Keys {
            return Form::exchange(&Token::valid(ISSUER).compact()).and("provider", provider);
        }
        let form = Form::default().and("grant_type", "authorization_code").and("client_id", "spa");
        form.and("provider", provider).and("code", code).and("redirect_uri", CALLBACK)
    }
}

/// Adds to a configuration a provider of each name, whose addresses are below `base`.
pub(super) fn with_providers(text: &str, base: &str, names: &[String]) -> String {
    let row = format!(
        "[catalogue.wire]\ntitle = \"Wire\"\nsetup = \"\"\nnamespace = \"{ISSUER}\"\n\
         [catalogue.wire.id_token]\nissuers = [\"{ISSUER}\"]\njwks_uri = \"{base}/jwks\"\n\
         [catalogue.wire.profile]\nurl = \"{base}/me\"\n\
         [catalogue.wire.code]\ntoken_endpoint = \"{base}/token\"\n"
    );
    let providers = names.iter().map(|name| {
        format!(
            "[providers.{name}]\ncatalogue = \"wire\"\nclient_ids = [\"countersign\"]\n\
             client_secret = \"wire-secret\"\n"
        )
    });
    let spa = format!("id = \"spa\"\nredirect_uris = [\"{CALLBACK}\"]\n");
    let text = text.replacen("id = \"spa\"\n", &spa, 1);
    format!("{text}\n{row}{}", providers.collect::<String>())
}
