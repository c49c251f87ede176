//! Load: requests that are made before, over connections that stay open.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::http;
use crate::process::Running;

/// Connections that requests are spread over.
const CONNECTIONS: u32 = 64;
/// How long is not counted at the beginning.
const WARM_UP: Duration = Duration::from_millis(700);

/// Requests, taken in turn.
pub(crate) struct Requests {
    made: Vec<Vec<u8>>,
    next: AtomicUsize,
}

impl Requests {
    /// Takes what is to be sent.
    pub(crate) fn new(made: Vec<Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { made, next: AtomicUsize::new(0) })
    }

    fn next(&self) -> &[u8] {
        &self.made[self.next.fetch_add(1, Ordering::Relaxed) % self.made.len()]
    }
}

/// How requests come.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// How long they are counted.
    pub(crate) time: Duration,
    /// How many in a second; as many as are answered when absent.
    pub(crate) per_second: Option<u32>,
}

/// What came of it.
pub(crate) struct Seen {
    /// Answers in a second.
    pub(crate) per_second: u64,
    /// Time of a processor for each answer, in nanoseconds.
    pub(crate) cpu_ns: u64,
    /// Microseconds from when each request was due, sorted.
    latencies: Vec<u32>,
}

impl Seen {
    /// Returns the latency that so many of a thousand do not exceed, in microseconds.
    pub(crate) fn of_thousand(&self, part: usize) -> u32 {
        self.latencies[(self.latencies.len() * part / 1000).min(self.latencies.len() - 1)]
    }

    /// Says it for people.
    pub(crate) fn shown(&self) -> String {
        let [p50, p99, p999] = [500, 990, 999].map(|part| self.of_thousand(part));
        format!(
            "{:>6}/s, p50 {p50} µs, p99 {p99} µs, p99.9 {p999} µs, CPU {} µs",
            self.per_second,
            micros(self.cpu_ns)
        )
    }
}

/// Writes nanoseconds as microseconds.
pub(crate) fn micros(nanos: u64) -> String {
    format!("{}.{}", nanos / 1000, nanos % 1000 / 100)
}

/// Loads a program and returns what came of it. Any answer but 200 ends the benchmark.
pub(crate) fn load(program: &Running, requests: &Arc<Requests>, pace: Pace) -> Seen {
    load_at(&program.address, || program.cpu_ns(), (requests, pace))
}

/// Loads an address, and counts the time of a processor that some programs have.
pub(crate) fn load_at(
    address: &str,
    cpu_ns: impl Fn() -> u64,
    (requests, pace): (&Arc<Requests>, Pace),
) -> Seen {
    http::runtime().block_on(async {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let start = Instant::now() + WARM_UP;
        let every = pace.per_second.map(|rate| Duration::from_secs(1) * CONNECTIONS / rate);
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|n| {
                let first = Instant::now() + every.unwrap_or_default() * n / CONNECTIONS;
                let (address, requests) = (address.to_owned(), Arc::clone(requests));
                let when = (first, start, start + pace.time);
                tokio::spawn(client(address, requests, (when, every), Arc::clone(&seen)))
            })
            .collect();
        sleep_until(start).await;
        let before = cpu_ns();
        sleep_until(start + pace.time).await;
        let spent = cpu_ns().saturating_sub(before);
        for client in clients {
            client.await.unwrap();
        }
        let mut latencies = std::mem::take(&mut *seen.lock().unwrap());
        latencies.sort_unstable();
        let count = u64::try_from(latencies.len()).unwrap();
        let per_second = count * 1000 / u64::try_from(pace.time.as_millis()).unwrap();
        Seen { per_second, cpu_ns: spent / count, latencies }
    })
}

/// When a client begins, when its requests begin to count, when it ends.
type When = (Instant, Instant, Instant);

/// Sends requests over one connection, each when it is due or the one before is answered.
async fn client(
    address: String,
    requests: Arc<Requests>,
    ((mut due, start, end), every): (When, Option<Duration>),
    seen: Arc<Mutex<Vec<u32>>>,
) {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut buffer, mut mine) = (Vec::with_capacity(4096), Vec::new());
    while due < end {
        sleep_until(due).await;
        stream.write_all(requests.next()).await.unwrap();
        read(&mut stream, &mut buffer).await;
        if due >= start {
            mine.push(u32::try_from(due.elapsed().as_micros()).unwrap());
        }
        due = every.map_or_else(Instant::now, |every| due + every);
    }
    seen.lock().unwrap().extend(mine);
}

/// Reads one answer, whose body is as long as it says.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "hung up");
        let Some(head) = buffer.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{}", String::from_utf8_lossy(buffer));
        let (_, length) = text.split_once("content-length: ").unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        if buffer.len() >= head + 4 + length {
            return;
        }
    }
}

/// Sends every request once, over a few connections, as fast as they are answered.
pub(crate) fn send_all(program: &Running, made: Vec<Vec<u8>>) {
    let count = made.len();
    let requests = Requests::new(made);
    http::runtime().block_on(async {
        let clients: Vec<_> = (0..16)
            .map(|_| {
                let (address, requests) = (program.address.clone(), Arc::clone(&requests));
                tokio::spawn(async move {
                    let mut stream = TcpStream::connect(&address).await.unwrap();
                    let mut buffer = Vec::with_capacity(4096);
                    while requests.next.load(Ordering::Relaxed) < count {
                        stream.write_all(requests.next()).await.unwrap();
                        read(&mut stream, &mut buffer).await;
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}
