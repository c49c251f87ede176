//! Does one operation a number of times, for callgrind to count: `instructions verify 100`. What is
//! to be counted is done inside of [`counted`], the rest outside: keys, tokens, entropy.

mod scene;

use std::env;
use std::hint::black_box;

use anyhow::{Context as _, bail, ensure};
use poem::Request;

use scene::{SIGNING, Scene, covered, exchange_request, jwks_request};

/// Distinct tokens, taken in turn.
const TOKENS: usize = 20;
/// How often an operation is done before it is counted: caches are warm then.
const BEFORE: usize = 20;

/// Does an operation a number of times.
type Operation<'a> = Box<dyn FnMut(usize) -> anyhow::Result<()> + 'a>;

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
    let scene = Scene::new(SIGNING[0], TOKENS)?;
    let mut operation = match operation {
        "bare-verify" => bare_verify(&scene)?,
        "bare-sign" => bare_sign(&scene)?,
        "parse" => parse(&scene),
        "verify" => verify(&scene),
        "sign" => sign(&scene)?,
        "exchange" => exchange(&scene),
        "face" => answer(&scene, requests(&scene, count, exchange_request)),
        "jwks" => answer(&scene, requests(&scene, count, |_| jwks_request())),
        other => bail!("no such operation: {other}"),
    };
    operation(BEFORE)?;
    counted(&mut operation, count)
}

/// What callgrind counts: it knows the function by its name.
#[inline(never)]
fn counted(operation: &mut Operation<'_>, times: usize) -> anyhow::Result<()> {
    black_box(operation)(times)
}

fn bare_verify(scene: &Scene) -> anyhow::Result<Operation<'_>> {
    let parts = scene.tokens.iter().map(|token| covered(token)).collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(move |times| {
        let mut parts = parts.iter().cycle().take(times);
        parts.try_for_each(|(message, signature)| scene.verifier.verify(message, signature))
    }))
}

fn bare_sign(scene: &Scene) -> anyhow::Result<Operation<'_>> {
    let message = scene.signed_by_us()?;
    Ok(Box::new(move |times| {
        let sign = || scene.signer.sign(black_box(message.as_bytes()));
        (0..times).try_for_each(|_| sign().map(|signature| drop(black_box(signature))))
    }))
}

fn parse(scene: &Scene) -> Operation<'_> {
    Box::new(move |times| {
        scene.tokens.iter().cycle().take(times).try_for_each(|token| {
            let compact = scene.bench.decode(black_box(token)).context("decode")?;
            black_box(scene.bench.parse(&compact)).context("parse").map(drop)
        })
    })
}

fn verify(scene: &Scene) -> Operation<'_> {
    Box::new(move |times| {
        scene.runtime.block_on(async {
            for order in scene.orders.iter().cycle().take(times) {
                black_box(scene.bench.verify(black_box(order)).await).context("verify")?;
            }
            Ok(())
        })
    })
}

fn sign(scene: &Scene) -> anyhow::Result<Operation<'_>> {
    let order = scene.orders.first().context("no orders")?;
    let identity = scene.runtime.block_on(scene.bench.verify(order)).context("verify")?;
    Ok(Box::new(move |times| {
        let sign = || scene.bench.sign(black_box(&identity)).context("sign");
        (0..times).try_for_each(|_| sign().map(|token| drop(black_box(token))))
    }))
}

fn exchange(scene: &Scene) -> Operation<'_> {
    Box::new(move |times| {
        scene.runtime.block_on(async {
            for order in scene.orders.iter().cycle().take(times) {
                black_box(scene.bench.exchange(black_box(order)).await).context("exchange")?;
            }
            Ok(())
        })
    })
}

/// Makes requests ready, those before what is counted too.
fn requests(scene: &Scene, count: usize, of: fn(&str) -> Request) -> Vec<Request> {
    scene.tokens.iter().cycle().take(BEFORE + count).map(|token| of(token)).collect()
}

fn answer(scene: &Scene, requests: Vec<Request>) -> Operation<'_> {
    let mut requests = requests.into_iter();
    Box::new(move |times| {
        scene.runtime.block_on(async {
            for request in requests.by_ref().take(times) {
                let status = black_box(scene.bench.answer(request).await).status();
                ensure!(status.is_success(), "answered {status}");
            }
            Ok(())
        })
    })
}
