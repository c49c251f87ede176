//! Clients that take their time: each is let go of, and meanwhile others are served.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::support::app::App;

/// Requests that are sent without reading an answer.
const REQUESTS: usize = 8;
/// Longer than the service waits for headers, or for an answer to be read.
const PATIENCE: Duration = Duration::from_secs(18);

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

#[tokio::test]
async fn connections_that_say_nothing_or_read_nothing_are_closed() {
    let app = App::start().await;
    let page = app.get("/docs").await.body.len();
    let nothing = connect(&app).await;
    let mut half = connect(&app).await;
    half.write_all(b"GET /docs HTTP/1.1\r\nHost: x").await.unwrap();
    let mut reads_nothing = connect(&app).await;
    let request = b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n";

    for _ in 0..REQUESTS {
        reads_nothing.write_all(request).await.unwrap();
    }
    sleep(PATIENCE).await;
    app.exchange(&app.id_token()).await.token("others are served");
    assert_eq!(rest(nothing).await, 0);
    assert_eq!(rest(half).await, 0);
    assert!(rest(reads_nothing).await < REQUESTS * page, "all was written in the end");
}
