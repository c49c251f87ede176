//! The proxy: takes `CONNECT` (RFC 9110 §9.3.6) to any host and is that host. What the host
//! answers is decided by others.

use std::io;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Hosts;
use super::authority::Authority;
use super::call::Call;

/// Takes connections until it is dropped, which ends them all.
pub(super) async fn serve(listener: TcpListener, authority: Authority, hosts: Arc<Hosts>) {
    let authority = Arc::new(authority);
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        connections.spawn(tunnel(stream, Arc::clone(&authority), Arc::clone(&hosts)));
    }
}

async fn tunnel(
    mut stream: TcpStream,
    authority: Arc<Authority>,
    hosts: Arc<Hosts>,
) -> io::Result<()> {
    let Some(host) = connected_host(&mut stream).await? else {
        return stream.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n").await;
    };
    let name = host.split(':').next().unwrap_or_default();
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let stream = authority.acceptor(name).accept(stream).await?;
    let answer = service_fn(move |request| answer(Arc::clone(&hosts), host.clone(), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    connection.await.map_err(io::Error::other)
}

/// Reads the head of a `CONNECT`, and returns the host, with its port unless that is 443. The
/// client says nothing more until it is answered, so nothing is lost in the buffer.
async fn connected_host(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let target = first.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    Ok(target.map(|target| target.strip_suffix(":443").unwrap_or(target).to_owned()))
}

async fn answer(
    hosts: Arc<Hosts>,
    host: String,
    request: Request<Incoming>,
) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(hosts.answer(Call::new(host, head, body)).await?.into_response())
}
