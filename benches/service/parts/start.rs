//! From nothing to the first answer, which is the key set.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::process::COUNTERSIGN;
use crate::scene::{Scene, prepare};

/// Starts of which the median counts.
const STARTS: usize = 11;

/// Time from exec to the first answer.
pub(crate) fn start(scene: &mut Scene) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let text = configuration(&free);
    let directory = scene.directory();
    prepare(directory, "ES256", &text);
    let mut times: Vec<_> = (0..STARTS)
        .map(|_| {
            let begun = Instant::now();
            let mut command = Command::new(COUNTERSIGN);
            command.arg("serve").current_dir(directory).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            while !answers(&free) {
                assert!(begun.elapsed().as_secs() < 10, "no answer");
            }
            let took = begun.elapsed();
            child.kill().unwrap();
            child.wait().unwrap();
            took
        })
        .collect();
    times.sort_unstable();
    let millis = |place: usize| times[place].as_micros() / 100;
    let shown = |tenths: u128| format!("{}.{} ms", tenths / 10, tenths % 10);
    println!(
        "first answer after {} (least {}, most {}; target 50 ms)",
        shown(millis(STARTS / 2)),
        shown(millis(0)),
        shown(millis(STARTS - 1))
    );
}

/// Whether the service answers yet.
fn answers(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let asked =
        b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: id.example.com\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(asked).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// Five providers of the catalogue and two clients.
fn configuration(listen: &str) -> String {
    let providers = ["google", "github", "facebook", "linkedin", "microsoft"];
    let provider = |name: &&str| {
        format!("[providers.{name}]\nclient_ids = [\"1\"]\nclient_secret = \"a secret of ours\"\n")
    };
    let client = |id: &&str| {
        format!("[[clients]]\nid = \"{id}\"\naudience = [\"https://api.example.com\"]\n")
    };
    let providers: String = providers.iter().map(provider).collect();
    let clients: String = ["spa", "app"].iter().map(client).collect();
    format!("issuer = \"http://{listen}\"\nlisten = \"{listen}\"\n{clients}{providers}")
}
