//! Memory: idle, under load, after much of it, and with every cache full.

use crate::load::{load, send_all};
use crate::scene::{Scene, access_token};

/// Access tokens that fill their cache.
const CACHED: usize = 10_000;
/// Exchanges between two looks of the soak.
const EXCHANGES: u64 = 100_000;
/// Addresses that the rate limit counts one by one, at most.
const ADDRESSES: usize = 100_000;
/// Looks of the soak.
const LOOKS: usize = 3;

/// What the process has of the machine's memory.
pub(crate) fn memory(scene: &mut Scene) {
    let service = scene.service("ES256");
    println!("idle                        {}", service.memory().shown());
    let (mut done, mut looks) = (0, Vec::new());
    for _ in 0..LOOKS {
        let target = done + EXCHANGES;
        while done < target {
            let seen = load(&service, &scene.id_tokens, scene.pace);
            done += seen.per_second * scene.pace.time.as_secs();
        }
        println!("after {done:>7} exchanges    {}", service.memory().shown());
        looks.push(service.memory().proportional);
    }
    let grown = looks[LOOKS - 1].saturating_sub(looks[0]);
    println!("grown between the first and the last of these: {grown} KiB");
    send_all(&service, (0..CACHED).map(access_token).collect());
    println!("access token cache full     {}", service.memory().shown());
    send_all(&service, (0..ADDRESSES).map(|n| from_address(n, access_token(n % CACHED))).collect());
    println!("table of addresses full     {}", service.memory().shown());
}

/// Has a request come from another address than it does.
fn from_address(address: usize, request: Vec<u8>) -> Vec<u8> {
    let [first, second, third] = [address / 62_500, address / 250 % 250, address % 250];
    let text = String::from_utf8(request).unwrap();
    let (before, rest) = text.split_once("X-Forwarded-For: ").unwrap();
    let (_, after) = rest.split_once("\r\n").unwrap();
    format!("{before}X-Forwarded-For: 11.{first}.{second}.{third}\r\n{after}").into_bytes()
}
