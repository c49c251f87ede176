//! Does one operation a number of times, for callgrind to count: `instructions verify 100`. What
//! is made ready before does not depend on the number, so the difference of two runs is the
//! operations' own.

mod scene;

use std::env;
use std::hint::black_box;

use anyhow::{Context as _, bail, ensure};
use poem::Request;

use scene::{SIGNING, Scene, covered, exchange_request, jwks_request};

/// Distinct tokens, taken in turn.
const TOKENS: usize = 20;
/// Requests that are made ready, of which some are sent: as many as there may be operations.
const REQUESTS: usize = 200;

fn main() -> anyhow::Result<()> {
    let given: Vec<String> = env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    // `cargo bench` and `cargo test` run it without: once is enough to see that it works.
    let [operation, count] = given.as_slice() else { return all_once() };
    run(operation, count.parse().context("how often is a number")?)
}

fn all_once() -> anyhow::Result<()> {
    let operations =
        ["bare-verify", "bare-sign", "parse", "verify", "sign", "exchange", "face", "jwks"];
    operations.into_iter().try_for_each(|operation| run(operation, 1))
}

fn run(operation: &str, count: usize) -> anyhow::Result<()> {
    ensure!(count <= REQUESTS, "at most {REQUESTS} times");
    let scene = Scene::new(SIGNING[0], TOKENS)?;
    match operation {
        "bare-verify" => bare_verify(&scene, count),
        "bare-sign" => bare_sign(&scene, count),
        "parse" => scene.tokens.iter().cycle().take(count).try_for_each(|token| {
            black_box(scene.bench.parse(black_box(token))).context("parse")?;
            Ok(())
        }),
        "sign" => sign(&scene, count),
        "verify" | "exchange" => scene.runtime.block_on(checked(&scene, operation, count)),
        "face" | "jwks" => answered(&scene, operation, count),
        other => bail!("no such operation: {other}"),
    }
}

fn bare_verify(scene: &Scene, count: usize) -> anyhow::Result<()> {
    let parts = scene.tokens.iter().map(|token| covered(token)).collect::<Result<Vec<_>, _>>()?;
    let mut parts = parts.iter().cycle().take(count);
    parts.try_for_each(|(message, signature)| scene.verifier.verify(message, signature))
}

fn bare_sign(scene: &Scene, count: usize) -> anyhow::Result<()> {
    let message = scene.signed_by_us()?;
    for _ in 0..count {
        black_box(scene.signer.sign(black_box(message.as_bytes()))?);
    }
    Ok(())
}

fn sign(scene: &Scene, count: usize) -> anyhow::Result<()> {
    let order = scene.orders.first().context("no orders")?;
    let identity = scene.runtime.block_on(scene.bench.verify(order)).context("verify")?;
    for _ in 0..count {
        black_box(scene.bench.sign(black_box(&identity))).context("sign")?;
    }
    Ok(())
}

async fn checked(scene: &Scene, operation: &str, count: usize) -> anyhow::Result<()> {
    for order in scene.orders.iter().cycle().take(count) {
        if operation == "verify" {
            black_box(scene.bench.verify(black_box(order)).await).context("verify")?;
        } else {
            black_box(scene.bench.exchange(black_box(order)).await).context("exchange")?;
        }
    }
    Ok(())
}

fn answered(scene: &Scene, operation: &str, count: usize) -> anyhow::Result<()> {
    let exchange = |token: &String| exchange_request(token);
    let tokens = scene.tokens.iter().cycle().take(REQUESTS);
    let mut requests: Vec<Request> = if operation == "jwks" {
        tokens.map(|_| jwks_request()).collect()
    } else {
        tokens.map(exchange).collect()
    };
    scene.runtime.block_on(async {
        for request in requests.drain(..count) {
            let status = black_box(scene.bench.answer(request).await).status();
            ensure!(status.is_success(), "answered {status}");
        }
        Ok(())
    })
}
