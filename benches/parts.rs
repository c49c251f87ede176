//! Times of an exchange and of its parts, beside those of the bare primitives; at the end how many
//! times the primitives the whole of it takes.

mod ratio;
mod scene;

use std::env;
use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use countersign::clock::Clock;
use criterion::Criterion;
use josekit::JoseError;
use josekit::jws::{JwsAlgorithm, JwsContext, JwsVerifier, RS256};

use scene::{SIGNING, Scene, covered, exchange_request, jwks_request};

/// Distinct tokens, taken in turn.
const TOKENS: usize = 300;

fn main() -> anyhow::Result<()> {
    let scenes = SIGNING.map(|signing| Scene::new(signing, TOKENS).map(|it| (signing.0, it)));
    let scenes = scenes.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let mut criterion = Criterion::default().configure_from_args();
    let (_, first) = scenes.first().context("no algorithm")?;
    reading(&mut criterion, first)?;
    for (algorithm, scene) in &scenes {
        issuing(&mut criterion, algorithm, scene)?;
    }
    face(&mut criterion, first);
    criterion.final_summary();
    // `cargo bench` says so; `cargo test` only looks whether it all works.
    if env::args().any(|given| given == "--bench") { ratio::print(&scenes) } else { Ok(()) }
}

fn reading(criterion: &mut Criterion, scene: &Scene) -> anyhow::Result<()> {
    let token = scene.tokens.first().context("no tokens")?;
    let order = scene.orders.first().context("no orders")?;
    let parts = scene.tokens.iter().map(|token| covered(token)).collect::<Result<Vec<_>, _>>()?;
    let mut turn = parts.iter().cycle();
    criterion.bench_function("bare RS256 verify", |bencher| {
        bencher.iter(|| {
            turn.next().map(|(message, signature)| scene.verifier.verify(message, signature))
        });
    });
    let mut tokens = scene.tokens.iter().cycle();
    criterion.bench_function("josekit parse", |bencher| {
        bencher.iter(|| tokens.next().map(|token| josekit_parse(token)));
    });
    criterion.bench_function("parse", |bencher| {
        bencher.iter(|| {
            let compact = tokens.next().and_then(|token| scene.bench.decode(token));
            compact.map(|compact| black_box(scene.bench.parse(&compact)).is_some())
        });
    });
    criterion.bench_function("verify", |bencher| {
        bencher.iter_custom(|times| scene.runtime.block_on(verify(scene, times)));
    });
    let compact = scene.bench.decode(token).context("decode")?;
    let parsed = scene.bench.parse(&compact).context("parse")?;
    let identity = scene.runtime.block_on(scene.bench.verify(order)).context("verify")?;
    criterion.bench_function("map", |bencher| {
        bencher.iter(|| scene.bench.map(&parsed, &identity));
    });
    Ok(())
}

fn issuing(criterion: &mut Criterion, algorithm: &str, scene: &Scene) -> anyhow::Result<()> {
    let message = scene.signed_by_us()?;
    let order = scene.orders.first().context("no orders")?;
    let identity = scene.runtime.block_on(scene.bench.verify(order)).context("verify")?;
    criterion.bench_function(&format!("bare {algorithm} sign"), |bencher| {
        bencher.iter(|| scene.signer.sign(black_box(message.as_bytes())));
    });
    criterion.bench_function(&format!("{algorithm} sign"), |bencher| {
        bencher.iter(|| scene.bench.sign(&identity));
    });
    criterion.bench_function(&format!("{algorithm} exchange"), |bencher| {
        bencher.iter_custom(|times| scene.runtime.block_on(exchange(scene, times)));
    });
    Ok(())
}

fn face(criterion: &mut Criterion, scene: &Scene) {
    let mut tokens = scene.tokens.iter().cycle();
    criterion.bench_function("face: ES256 exchange", |bencher| {
        let request = || tokens.next().map(|token| exchange_request(token));
        let mut requests = std::iter::from_fn(request);
        bencher.iter_custom(|times| scene.runtime.block_on(answer(scene, &mut requests, times)));
    });
    criterion.bench_function("face: JWKS", |bencher| {
        let mut requests = std::iter::repeat_with(jwks_request);
        bencher.iter_custom(|times| scene.runtime.block_on(answer(scene, &mut requests, times)));
    });
}

async fn verify(scene: &Scene, times: u64) -> Duration {
    let watch = Clock::stopwatch();
    let mut orders = scene.orders.iter().cycle();
    for _ in 0..times {
        if let Some(order) = orders.next() {
            assert!(black_box(scene.bench.verify(order).await).is_some());
        }
    }
    watch.elapsed()
}

async fn exchange(scene: &Scene, times: u64) -> Duration {
    let watch = Clock::stopwatch();
    let mut orders = scene.orders.iter().cycle();
    for _ in 0..times {
        if let Some(order) = orders.next() {
            assert!(black_box(scene.bench.exchange(order).await).is_some());
        }
    }
    watch.elapsed()
}

/// Sends requests and returns what the answers took; making the requests is not counted.
async fn answer(
    scene: &Scene,
    requests: &mut impl Iterator<Item = poem::Request>,
    times: u64,
) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..times {
        let Some(request) = requests.next() else { continue };
        let watch = Clock::stopwatch();
        let response = black_box(scene.bench.answer(request).await);
        took += watch.elapsed();
        assert!(response.status().is_success());
    }
    took
}

/// Takes every signature for good, so that what is left is josekit's own work.
#[derive(Debug, Clone)]
struct Anything;

impl JwsVerifier for Anything {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        &RS256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        black_box((message, signature));
        Ok(())
    }

    fn box_clone(&self) -> Box<dyn JwsVerifier> {
        Box::new(self.clone())
    }
}

/// Takes a compact JWS apart by josekit, without its signature.
fn josekit_parse(token: &str) -> anyhow::Result<()> {
    let (payload, _) = JwsContext::new().deserialize_compact(token, &Anything)?;
    ensure!(!payload.is_empty(), "a token says something");
    Ok(())
}
