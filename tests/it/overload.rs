//! More than there is room for: it is refused at once, what is under way is finished, and what
//! costs nothing goes on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::support::app::App;
use crate::support::claims::Token;
use crate::support::provider::Fault;

/// How long the provider takes.
const SLOW: Duration = Duration::from_secs(2);
/// What is refused at once takes less than this, on a machine that does other things too.
const AT_ONCE: Duration = Duration::from_millis(800);
/// What is said of it.
const OVERLOADED: (u16, &str, &str) = (503, "temporarily_unavailable", "overloaded");

async fn limited(limits: &str) -> App {
    App::configured(|text| text.replace("[limits]", &format!("[limits]\n{limits}"))).await
}

/// A token of a key that nobody knows, so that the provider has to be asked.
fn unknown_key(app: &App) -> Token {
    let mut token = app.id_token();
    token.header.insert("kid".to_owned(), "made-up".into());
    token
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
async fn past_the_places_an_exchange_is_refused_at_once_and_what_costs_nothing_goes_on() {
    let app = limited("concurrent_exchanges = 3").await;
    app.acme.fail(Fault::Slow(SLOW));
    let token = app.id_token();
    let crowd = join_all((0..3).map(|_| app.exchange(&token)));
    let others = async {
        sleep(SLOW / 4).await;
        for _ in 0..20 {
            let asked = Instant::now();
            let answer = app.exchange(&token).await;
            answer.assert_refused("one too many", OVERLOADED);
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
        }
        for path in
            ["/livez", "/readyz", "/.well-known/jwks.json", "/.well-known/openid-configuration"]
        {
            let asked = Instant::now();
            assert_eq!(app.get(path).await.status, 200, "{path}");
            assert!(asked.elapsed() < AT_ONCE, "{path}: {:?}", asked.elapsed());
        }
    };
    let (crowd, ()) = tokio::join!(crowd, others);
    for answer in crowd {
        answer.token("what was under way is finished");
    }
    app.exchange(&token).await.token("there is room again");
    assert_eq!(app.acme.key_requests(), 1, "what was refused cost the provider nothing");
    let metrics = app.get("/metrics").await.body;
    assert!(metrics.contains("countersign_shed_total{limit=\"exchanges\"} 20"), "{metrics}");
}

/// Opens a connection and says something on it.
async fn connect(address: SocketAddr, words: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    stream
}

/// Whether the other side has closed a connection.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let read = timeout(Duration::from_millis(20), stream.read(&mut [0; 1])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

/// Half of a request's headers; and a whole head whose body never comes.
const HALF: [&str; 3] = [
    "",
    "GET /livez HTTP/1.1\r\nHost: x",
    "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
     Content-Length: 1000\r\n\r\ngrant_type=",
];

#[tokio::test]
async fn whoever_opens_connections_and_does_not_use_them_keeps_nobody_out() {
    for words in HALF {
        let app = limited("connections = 16").await;
        app.acme.fail(Fault::Slow(SLOW));
        let token = app.id_token();
        let under_way = app.exchange(&token);
        let hoarding = async {
            sleep(SLOW / 4).await;
            let mut hoarded = Vec::new();
            for _ in 0..64 {
                hoarded.push(connect(app.address(), words).await);
            }
            for path in ["/livez", "/.well-known/jwks.json"] {
                let request =
                    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                let answer = timeout(AT_ONCE, app.send_raw(request)).await.unwrap();
                assert!(answer.starts_with(b"HTTP/1.1 200"), "{path} after {words:?}");
            }
            let mut open = 0;
            for stream in &mut hoarded {
                open += usize::from(!is_closed(stream).await);
            }
            assert!(open <= 16, "{open} are open after {words:?}");
        };
        let (answer, ()) = tokio::join!(under_way, hoarding);
        answer.token("what is being answered is not closed for others");
    }
}

#[tokio::test]
async fn made_up_keys_are_no_way_to_flood_a_provider() {
    let app = limited("").await;
    app.exchange(&app.id_token()).await.token("the keys are cached");
    let (keys, documents) = (app.acme.key_requests(), app.acme.discovery_requests());
    app.advance(61);
    let token = unknown_key(&app);
    for answer in join_all((0..200).map(|_| app.exchange(&token))).await {
        answer.assert_refused("made up", (400, "invalid_request", "unknown_key"));
    }
    assert_eq!(app.acme.key_requests(), keys + 1, "one fetch a cool-down, however many come");
    assert_eq!(app.acme.discovery_requests(), documents);
}
