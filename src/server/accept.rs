//! The HTTP/1.1 loop: hyper with timers on headers and on writing, a cap on connections, and a
//! pause when the system has no descriptors left. poem's own server has none of these.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{interval, sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use super::connections::{Connections, Open};
use super::stopping::Stopping;
use super::tls::Tls;
use crate::http::{Doing, Face, Line};

/// How long a client may take to send its headers, and how long a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a client may read nothing of an answer that waits for it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection may be without a request, the time for reading an answer included:
/// whoever reads a byte now and then is not waited for.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of headers.
const MAX_HEADERS: usize = 16 * 1024;
/// Most bytes that are buffered for a connection.
const MAX_BUFFER: usize = 32 * 1024;
/// What the system says when it is short of memory (ENOMEM), of descriptors (ENFILE, EMFILE) or of
/// buffers (ENOBUFS); all other failures are of one connection that is gone already.
const SHORTAGES: [i32; 4] = [12, 23, 24, 105];
/// The pause after a failed accept, which fails again at once while descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long requests under way may take to end after a stop: as long as any may take.
const DRAIN: Duration = crate::http::DEADLINE;
/// After a stop: how long a connection may have been silent that has a request to send.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How often connections are looked at for those that take too long.
const SWEEP: Duration = Duration::from_millis(500);

/// A listener and what it serves.
pub(super) struct Listener {
    pub(super) socket: TcpListener,
    pub(super) face: Arc<Face>,
    pub(super) most_connections: usize,
    pub(super) tls: Option<Arc<Tls>>,
}

/// Serves until told to close, then lets the requests under way end.
pub(super) async fn serve(what: Listener, stopping: Stopping) {
    let connections = Connections::new(what.most_connections);
    let graceful = GracefulShutdown::new();
    let mut sweep = interval(SWEEP);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&what.socket, &connections) => accepted,
            _ = sweep.tick() => {
                connections.close_quiet(Doing::Idle, IDLE_TIMEOUT);
                None
            }
            () = stopping.closing() => break,
        };
        let Some((stream, peer)) = accepted else { continue };
        let Some(open) = connections.open() else {
            tracing::warn!(%peer, "closed at once: every connection is being answered");
            continue;
        };
        let local = stream.local_addr().unwrap_or(peer);
        let scheme = if what.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
        let (face, line) = (Arc::clone(&what.face), Arc::clone(&open.line));
        let served = Served { face, line, peer, local, scheme, stopping: stopping.clone() };
        tokio::spawn(connection(stream, (served, open), what.tls.clone(), graceful.watcher()));
    }
    drop(what);
    drain(&connections, graceful).await;
}

async fn accept(
    listener: &TcpListener,
    connections: &Connections,
) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Without it small answers wait for acknowledgements; a socket that refuses is closed.
            let _ = stream.set_nodelay(true);
            Some((stream, peer))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            if error.raw_os_error().is_some_and(|code| SHORTAGES.contains(&code)) {
                connections.close_quietest();
                sleep(ACCEPT_PAUSE).await;
            }
            None
        }
    }
}

/// Waits for the requests under way. A connection that was opened and says nothing, or an answer
/// that is not fetched, is not waited for.
async fn drain(connections: &Connections, graceful: GracefulShutdown) {
    let hurry = async {
        let mut sweep = interval(SWEEP);
        loop {
            sweep.tick().await;
            connections.close_quiet(Doing::Idle, LAST_WORDS);
        }
    };
    tokio::select! {
        drained = timeout(DRAIN, graceful.shutdown()) => {
            if drained.is_err() {
                tracing::warn!("stopped with requests still under way");
            }
        }
        () = hurry => {}
    }
}

/// One connection, to its end.
async fn connection(
    stream: TcpStream,
    (served, open): (Served, Open),
    tls: Option<Arc<Tls>>,
    watcher: Watcher,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let stream = Box::pin(stream);
    let peer = served.peer;
    let ended = async {
        match tls {
            None => requests(stream, served, watcher).await,
            Some(tls) => match timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                Ok(Ok(stream)) => requests(stream, served, watcher).await,
                Ok(Err(error)) => tracing::debug!(%error, %peer, "no TLS handshake"),
                Err(_) => tracing::debug!(%peer, "no TLS handshake in time"),
            },
        }
    };
    tokio::select! {
        () = ended => {}
        () = open.line.is_to_close() => tracing::debug!(%peer, "closed: quiet for too long"),
    }
}

/// The requests of a connection, one after the other.
async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    served: Served,
    watcher: Watcher,
) {
    let peer = served.peer;
    let served = Arc::new(served);
    let answer = service_fn(move |request| Arc::clone(&served).answer(request));
    let requests = builder().serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = watcher.watch(requests).await {
        tracing::debug!(%error, %peer, "connection ended early");
    }
}

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.max_header_size(MAX_HEADERS).max_buf_size(MAX_BUFFER);
    builder
}

/// What a connection is served with, and who is at its two ends.
struct Served {
    face: Arc<Face>,
    line: Arc<Line>,
    peer: SocketAddr,
    local: SocketAddr,
    scheme: Scheme,
    stopping: Stopping,
}

impl Served {
    async fn answer(
        self: Arc<Self>,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<BoxBody<Bytes, io::Error>>, Infallible> {
        let is_whole = request.body().is_end_stream();
        self.line.begins(if is_whole { Doing::Answering } else { Doing::Receiving });
        let mut request = Request::from((
            request,
            LocalAddr(Addr::SocketAddr(self.local)),
            RemoteAddr(Addr::SocketAddr(self.peer)),
            self.scheme.clone(),
        ));
        if !is_whole {
            request.set_data(Arc::clone(&self.line));
        }
        let mut response = self.face.answer(request).await;
        if self.stopping.has_begun() {
            // The next request goes to another replica.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        self.line.begins(Doing::Idle);
        Ok(response.into())
    }
}
