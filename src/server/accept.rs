//! The HTTP/1.1 loop: hyper with timers on headers and on writing, a cap on connections, and a
//! pause when the system has no descriptors left. poem's own server has none of these.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint as _, Request};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use crate::http::Face;

/// Connections that are open at once; more wait to be accepted.
const MAX_CONNECTIONS: usize = 4096;
/// How long a client may take to send its headers, and how long a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a client may read nothing of an answer that waits for it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(15);
/// Most bytes of headers.
const MAX_HEADERS: usize = 16 * 1024;
/// Most bytes that are buffered for a connection.
const MAX_BUFFER: usize = 32 * 1024;
/// The pause after a failed accept, which fails again at once while descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long requests under way may take to end after a stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `stopped`, then lets the requests under way end.
pub(super) async fn serve(
    listener: TcpListener,
    face: Arc<Face>,
    mut stopped: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            _ = stopped.changed() => break,
        };
        let Some((stream, peer, slot)) = accepted else { continue };
        let connection =
            Connection { face: Arc::clone(&face), peer, local: stream.local_addr().ok() };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let served = builder().serve_connection(
            TokioIo::new(Box::pin(stream)),
            service_fn(move |request| connection.clone().answer(request)),
        );
        let served = connections.watch(served);
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, %peer, "connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    if timeout(DRAIN, connections.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests still under way");
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Without it small answers wait for acknowledgements; a socket that refuses is closed.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, slot))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

fn builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.max_header_size(MAX_HEADERS).max_buf_size(MAX_BUFFER);
    builder
}

/// Who is at the two ends of a connection.
#[derive(Clone)]
struct Connection {
    face: Arc<Face>,
    peer: SocketAddr,
    local: Option<SocketAddr>,
}

impl Connection {
    async fn answer(
        self,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<BoxBody<Bytes, io::Error>>, Infallible> {
        let local = self.local.unwrap_or(self.peer);
        let request = Request::from((
            request,
            LocalAddr(Addr::SocketAddr(local)),
            RemoteAddr(Addr::SocketAddr(self.peer)),
            Scheme::HTTP,
        ));
        Ok(self.face.get_response(request).await.into())
    }
}
