//! Clients that take their time: each is let go of, and meanwhile others are served.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::support::app::App;

/// Requests that are sent without reading an answer.
const REQUESTS: usize = 8;
/// Longer than the service waits for an answer to be read.
const PATIENCE: Duration = Duration::from_secs(33);
/// How often those say or read something who do so slowly.
const PACE: Duration = Duration::from_millis(500);

async fn connect(app: &App) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    // So that an answer does not fit into what the system holds for a reader who never reads.
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(app.address()).await.unwrap()
}

/// Reads to the end, which must come soon, and returns how much there was.
async fn rest(mut stream: TcpStream) -> usize {
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the connection is still open");
    answer.len()
}

/// Says something, then one byte after the other, until the connection is closed; tells when.
fn drip(mut stream: TcpStream, first: &'static str) -> JoinHandle<Duration> {
    tokio::spawn(async move {
        let start = Instant::now();
        stream.write_all(first.as_bytes()).await.unwrap();
        let mut byte = [0];
        loop {
            let closed = timeout(PACE, stream.read(&mut byte)).await;
            let is_over = matches!(closed, Ok(Ok(0) | Err(_)));
            if is_over || stream.write_all(b"x").await.is_err() {
                return start.elapsed();
            }
        }
    })
}

/// Reads a little of an answer now and then for as long as that is looked at.
async fn sip(mut stream: TcpStream) -> TcpStream {
    let start = Instant::now();
    let mut some = [0; 2048];
    while start.elapsed() < PATIENCE {
        stream.read_exact(&mut some).await.unwrap();
        sleep(PACE).await;
    }
    stream
}

#[tokio::test]
async fn connections_that_say_or_read_nothing_or_little_are_closed() {
    let app = App::start().await;
    let page = app.get("/docs").await.body.len();
    let nothing = connect(&app).await;
    let mut half = connect(&app).await;
    half.write_all(b"GET /docs HTTP/1.1\r\nHost: x").await.unwrap();
    let (mut reads_nothing, mut reads_little) = (connect(&app).await, connect(&app).await);
    let request = b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n";
    for _ in 0..REQUESTS {
        reads_nothing.write_all(request).await.unwrap();
        reads_little.write_all(request).await.unwrap();
    }
    let headers = drip(connect(&app).await, "GET /docs HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let body = drip(
        connect(&app).await,
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 60000\r\n\r\ngrant_type=",
    );

    let reads_little = sip(reads_little).await;
    app.exchange(&app.id_token()).await.token("others are served");
    assert_eq!(rest(nothing).await, 0);
    assert_eq!(rest(half).await, 0);
    assert!(rest(reads_nothing).await < REQUESTS * page, "all was written in the end");
    assert!(rest(reads_little).await < REQUESTS * page, "all was written, little by little");
    for (case, slow, most) in [("headers", headers, 18), ("body", body, 14)] {
        let took = timeout(Duration::from_secs(5), slow).await;
        let took = took.unwrap_or_else(|_| panic!("{case}: still open")).unwrap();
        assert!(took < Duration::from_secs(most), "{case}: {took:?}");
    }
}
