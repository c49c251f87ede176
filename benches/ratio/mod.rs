//! How many times the bare primitives a whole exchange in process takes: measured in turn, so that
//! whatever else the machine does meets them all.

use std::hint::black_box;

use anyhow::Context as _;
use rustix::time::{ClockId, clock_gettime};

use crate::scene::{Scene, covered};

/// How often each is measured.
const ROUNDS: usize = 31;
/// Operations of each in a round, as many of which are done before that are not counted.
const BATCH: usize = 600;
/// The most that an exchange should take, in primitives.
const TARGET: f64 = 1.15;

/// Prints a line for each algorithm: medians of processor time in microseconds, and of the ratios
/// of the rounds.
#[expect(clippy::print_stdout, reason = "a benchmark prints what it finds")]
pub(crate) fn print(scenes: &[(&str, Scene)]) -> anyhow::Result<()> {
    println!("\nCPU time in us, medians of {ROUNDS} rounds in turn; the target is {TARGET}");
    println!(
        "{:8}{:>12}{:>12}{:>14}{:>12}{:>8}",
        "", "bare verify", "bare sign", "both in turn", "exchange", "ratio"
    );
    let mut rounds = vec![Vec::new(); scenes.len()];
    for _ in 0..ROUNDS {
        for ((_, scene), rounds) in scenes.iter().zip(&mut rounds) {
            rounds.push([verify(scene)?, sign(scene)?, pair(scene)?, exchange(scene)?]);
        }
    }
    for ((algorithm, _), rounds) in scenes.iter().zip(rounds) {
        let of = |what: fn(&[f64; 4]) -> f64| median(rounds.iter().map(what).collect());
        println!(
            "{algorithm:8}{:12.2}{:12.2}{:14.2}{:12.2}{:8.3}",
            of(|[verify, ..]| *verify),
            of(|[_, sign, ..]| *sign),
            of(|[.., pair, _]| *pair),
            of(|[.., exchange]| *exchange),
            of(|[.., pair, exchange]| exchange / pair),
        );
    }
    Ok(())
}

fn verify(scene: &Scene) -> anyhow::Result<f64> {
    let parts = scene.tokens.iter().map(|token| covered(token)).collect::<Result<Vec<_>, _>>()?;
    each(|| {
        let mut turns = parts.iter().cycle().take(BATCH);
        turns.try_for_each(|(message, signature)| scene.verifier.verify(message, signature))
    })
}

fn sign(scene: &Scene) -> anyhow::Result<f64> {
    let message = scene.signed_by_us()?;
    let sign = || scene.signer.sign(black_box(message.as_bytes())).map(|it| drop(black_box(it)));
    each(|| (0..BATCH).try_for_each(|_| sign()))
}

/// Both in turn, as in an exchange: each finds what the other left in the processor's caches.
fn pair(scene: &Scene) -> anyhow::Result<f64> {
    let message = scene.signed_by_us()?;
    let parts = scene.tokens.iter().map(|token| covered(token)).collect::<Result<Vec<_>, _>>()?;
    each(|| {
        let mut turns = parts.iter().cycle().take(BATCH);
        turns.try_for_each(|(covered, signature)| {
            scene.verifier.verify(covered, signature)?;
            scene.signer.sign(black_box(message.as_bytes())).map(|it| drop(black_box(it)))
        })
    })
}

fn exchange(scene: &Scene) -> anyhow::Result<f64> {
    let all = async || {
        for order in scene.orders.iter().cycle().take(BATCH) {
            black_box(scene.bench.exchange(black_box(order)).await).context("refused")?;
        }
        Ok(())
    };
    each(|| scene.runtime.block_on(all()))
}

/// Returns the processor time of one operation of a batch, in microseconds, once another batch has
/// brought what it needs into the caches.
fn each(mut batch: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    batch()?;
    let before = microseconds();
    batch()?;
    let operations = u32::try_from(BATCH)?;
    Ok((microseconds() - before) / f64::from(operations))
}

/// What this thread has used of a processor, in microseconds.
#[expect(clippy::cast_precision_loss, reason = "a benchmark takes less than a century")]
fn microseconds() -> f64 {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    used.tv_sec as f64 * 1e6 + used.tv_nsec as f64 / 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
