//! Load past what the machine can do. Ignored, since it takes the machine for itself:
//!
//! ```text
//! cargo test --release --test it load -- --ignored --nocapture
//! ```

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::clock::{Clock, UnixTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::program::{CONFIGURATION, Serving};
use crate::support::app::FORM;
use crate::support::claims::Token;
use crate::support::form::Form;
use crate::support::provider::FakeProvider;

/// Connections that requests are spread over: what a proxy in front may hold.
const CONNECTIONS: u32 = 2048;
/// How long each measurement takes.
const TIME: Duration = Duration::from_secs(5);
/// How often half and twice the capacity are measured, in turns: the medians count, since a machine
/// may have other things to do for a moment.
const ROUNDS: usize = 3;
/// How long a refusal takes at most, for 99 of 100, in microseconds.
const QUICKLY: u64 = 50_000;

/// What is not counted at the beginning: caches that are cold, and a burst that is served.
const SETTLING: Duration = Duration::from_secs(3);

/// What came of the requests of a measurement: microseconds from when each was due.
#[derive(Debug, Default)]
struct Seen {
    issued: Vec<u64>,
    shed: Vec<u64>,
    other: Vec<String>,
}

fn percentile(times: &mut [u64], of_hundred: usize) -> u64 {
    times.sort_unstable();
    times.get(times.len() * of_hundred / 100).or(times.last()).copied().unwrap_or_default()
}

impl Seen {
    #[expect(clippy::print_stdout, reason = "figures are for whoever runs it")]
    fn report(&mut self, what: &str) -> [u64; 2] {
        let (issued, shed) = (self.issued.len(), self.shed.len());
        let (p99, refused) = (percentile(&mut self.issued, 99), percentile(&mut self.shed, 99));
        println!(
            "{what}: {issued} issued, p50 {} µs, p99 {p99} µs; {shed} shed, p50 {} µs, p99 {refused} µs",
            percentile(&mut self.issued, 50),
            percentile(&mut self.shed, 50),
        );
        assert!(self.other.is_empty(), "{what}: {:?}", &self.other[..1]);
        [p99, refused]
    }
}

/// Reads one answer, whose body is as long as it says.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        let text = std::str::from_utf8(buffer).ok()?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let (_, length) = head.split_once("content-length: ")?;
        let length: usize = length.split("\r\n").next()?.parse().ok()?;
        if body.len() >= length {
            return Some(head.to_owned());
        }
    }
}

/// Sends requests over one connection; each when it is due, or as soon as the one before is
/// answered.
async fn client(
    address: String,
    request: Arc<Vec<u8>>,
    (start, every): (Instant, Option<Duration>),
    seen: Arc<Mutex<Seen>>,
) {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut buffer, mut due) = (Vec::with_capacity(4096), start);
    while due < start + SETTLING + TIME {
        sleep_until(due).await;
        stream.write_all(&request).await.unwrap();
        let answer = read(&mut stream, &mut buffer).await.unwrap_or_default();
        let took = u64::try_from(due.elapsed().as_micros()).unwrap();
        if due >= start + SETTLING {
            let mut seen = seen.lock().unwrap();
            match answer.split(' ').nth(1) {
                Some("200") => seen.issued.push(took),
                Some("503") if answer.contains("retry-after") => seen.shed.push(took),
                _ => seen.other.push(answer),
            }
        }
        due = every.map_or_else(Instant::now, |every| due + every);
    }
}

async fn measure(address: &str, request: &Arc<Vec<u8>>, per_second: Option<u32>) -> Seen {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let connections = if per_second.is_some() { CONNECTIONS } else { 32 };
    let every = per_second.map(|rate| Duration::from_secs(1) * connections / rate);
    let start = Instant::now() + Duration::from_secs(1);
    let clients: Vec<_> = (0..connections)
        .map(|n| {
            let offset = every.unwrap_or_default() * n / connections;
            let pace = (start + offset, every);
            tokio::spawn(client(address.to_owned(), Arc::clone(request), pace, Arc::clone(&seen)))
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    Arc::into_inner(seen).unwrap().into_inner().unwrap()
}

fn request(provider: &FakeProvider) -> Arc<Vec<u8>> {
    let UnixTime(now) = Clock::System.now();
    let mut token = Token::valid(provider.issuer());
    token.claim("iat", now).claim("exp", now + 3600);
    let body = Form::exchange(&token.compact()).encoded();
    let head = format!(
        "POST /token HTTP/1.1\r\nHost: id.example.test\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    Arc::new([head.into_bytes(), body.into()].concat())
}

/// Pins a process to a core, so that who asks does not take from who answers.
fn pin(process: u32, core: &str) {
    let pinned =
        Command::new("taskset").args(["-a", "-p", "-c", core, &process.to_string()]).output();
    assert!(pinned.is_ok_and(|output| output.status.success()), "taskset is needed");
}

#[tokio::test]
#[ignore = "takes the whole machine for a minute; see the top of the file"]
async fn at_twice_the_capacity_the_surplus_is_refused_quickly_and_the_rest_is_served_in_time() {
    let provider = FakeProvider::start().await;
    let configuration = CONFIGURATION
        .replace("http://127.0.0.1:9", provider.issuer())
        .replace("https://api.example.test", "https://api.example.com");
    // A process has the core of the one that starts it, and makes as many workers as it has cores.
    pin(std::process::id(), "0");
    let serving = Serving::start(&format!("{configuration}\n[limits]\nrequests_per_minute = 0\n"));
    pin(std::process::id(), "1");
    let address = serving.url.strip_prefix("http://").unwrap();
    let request = request(&provider);
    let mut capacity = measure(address, &request, None).await;
    let issued = u32::try_from(capacity.issued.len()).unwrap();
    let per_second = issued / u32::try_from(TIME.as_secs()).unwrap();
    capacity.report("as fast as it goes");
    let (mut halves, mut twices, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let [half, _] = measure(address, &request, Some(per_second / 2)).await.report("half");
        let mut twice = measure(address, &request, Some(per_second * 2)).await;
        assert!(!twice.shed.is_empty(), "twice the capacity is more than there is room for");
        let [p99, refused] = twice.report("twice");
        halves.push(half);
        twices.push(p99);
        refusals.push(refused);
    }
    let [half, p99, refused] = [halves, twices, refusals].map(|mut it| percentile(&mut it, 50));
    assert!(p99 <= 2 * half, "p99 {p99} µs, at half load {half} µs");
    assert!(refused <= QUICKLY, "p99 of refusals {refused} µs");
}
