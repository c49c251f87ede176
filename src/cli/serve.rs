//! `serve` and `demo`: running until told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;

use super::Failure;
use super::process::Complaints;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{Demo, LoopbackOrigin};
use crate::server::Service;
use crate::telemetry::start_logs;

/// Runs the service until SIGTERM or SIGINT; SIGHUP makes it look at its files again.
pub(super) fn serve(config: Config, complaints: &Complaints) -> Result<String, Failure> {
    let since_start = Clock::stopwatch();
    let _logs = start_logs(config.json_logs);
    complaints.log();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    block_on(async {
        let signals = Signals::catch()?;
        let (issuer, grace) = (config.issuer.clone(), config.grace);
        let service =
            Service::start(config, Clock::System).await.map_err(|error| Failure::other(&error))?;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            issuer,
            address = %service.address(),
            admin = service.admin_address().map(tracing::field::display),
            after_ms = u64::try_from(since_start.elapsed().as_millis()).unwrap_or(u64::MAX),
            "serving",
        );
        until_stopped(service, signals, grace).await
    })
}

/// Runs the demo until SIGTERM or SIGINT.
pub(super) fn demo(
    listen: SocketAddr,
    origins: &[LoopbackOrigin],
    complaints: &Complaints,
) -> Result<String, Failure> {
    if !listen.ip().is_loopback() {
        let text = format!(
            "--listen {listen}: the demo is for loopback only, for instance 127.0.0.1:8080"
        );
        return Err(Failure::Usage(text));
    }
    let _logs = start_logs(false);
    complaints.log();
    block_on(async {
        let signals = Signals::catch()?;
        let demo = Demo::start(listen, origins).await.map_err(|error| Failure::other(&error))?;
        // Printed before the end, unlike what other commands say.
        let _ = std::io::Write::write_all(&mut std::io::stdout(), demo.welcome().as_bytes());
        until_stopped(demo.into_service(), signals, Duration::ZERO).await
    })
}

/// Runs something that waits for the network.
pub(super) fn block_on(
    work: impl Future<Output = Result<String, Failure>>,
) -> Result<String, Failure> {
    Runtime::new().map_err(|error| Failure::other(&error))?.block_on(work)
}

/// What an operator says to a running program. Caught before anything says that it runs: until
/// then each of them would end it at once.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// SIGTERM, an orchestrator's: who sends traffic has to notice first.
    Leave,
    /// SIGINT, a person's at the keyboard.
    Stop,
    Reload,
}

impl Signals {
    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Leave,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hang_up.recv() => Told::Reload,
        }
    }

    async fn next_stop(&mut self) {
        while self.next().await == Told::Reload {}
    }

    fn catch() -> Result<Self, Failure> {
        let catch = |kind| signal(kind).map_err(|error| Failure::other(&error));
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            hang_up: catch(SignalKind::hangup())?,
        })
    }
}

async fn until_stopped(
    service: Service,
    mut signals: Signals,
    grace: Duration,
) -> Result<String, Failure> {
    let mut told = signals.next().await;
    while told == Told::Reload {
        // Told again, or to stop, it does not finish what it was at.
        told = tokio::select! {
            () = service.reload() => signals.next().await,
            told = signals.next() => told,
        };
    }
    if told == Told::Leave && !grace.is_zero() {
        tracing::info!(?grace, "stopping: not ready, and serving on for the grace period");
        service.leave();
        // Told once more, it does not wait any longer.
        let _ = timeout(grace, signals.next_stop()).await;
    }
    tracing::info!("stopping: no new connections, and time for the requests under way");
    service.stop().await;
    Ok(String::new())
}
