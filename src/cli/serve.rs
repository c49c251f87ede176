//! `serve` and `demo`: running until told to stop.

use std::future::Future;
use std::net::SocketAddr;

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::Demo;
use crate::server::Service;
use crate::telemetry::start_logs;

/// Runs the service until SIGTERM or SIGINT; SIGHUP makes it look at its keys again.
pub(super) fn serve(config: Config) -> Result<String, Failure> {
    let _logs = start_logs(config.json_logs);
    block_on(async {
        let issuer = config.issuer.clone();
        let service =
            Service::start(config, Clock::System).await.map_err(|error| Failure::other(&error))?;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            issuer,
            address = %service.address(),
            admin = service.admin_address().map(tracing::field::display),
            "serving",
        );
        until_stopped(service).await
    })
}

/// Runs the demo until SIGTERM or SIGINT.
pub(super) fn demo(listen: SocketAddr) -> Result<String, Failure> {
    if !listen.ip().is_loopback() {
        let text = format!(
            "--listen {listen}: the demo is for loopback only, for instance 127.0.0.1:8080"
        );
        return Err(Failure::Usage(text));
    }
    let _logs = start_logs(false);
    block_on(async {
        let demo = Demo::start(listen).await.map_err(|error| Failure::other(&error))?;
        // Printed before the end, unlike what other commands say.
        let _ = std::io::Write::write_all(&mut std::io::stdout(), demo.welcome().as_bytes());
        until_stopped(demo.into_service()).await
    })
}

fn block_on(work: impl Future<Output = Result<String, Failure>>) -> Result<String, Failure> {
    Runtime::new().map_err(|error| Failure::other(&error))?.block_on(work)
}

async fn until_stopped(service: Service) -> Result<String, Failure> {
    let catch =
        |kind| -> Result<Signal, Failure> { signal(kind).map_err(|error| Failure::other(&error)) };
    let (mut terminate, mut interrupt, mut hang_up) = (
        catch(SignalKind::terminate())?,
        catch(SignalKind::interrupt())?,
        catch(SignalKind::hangup())?,
    );
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => service.reload().await,
        }
    }
    tracing::info!("stopping");
    service.stop().await;
    Ok(String::new())
}
