//! `sandbox`: the demo upstream alone.

use std::net::SocketAddr;

use clap::Args;

use crate::defaults;
use crate::exit::Failure;
use crate::shutdown::Signals;
use crate::values;

/// The demo upstream alone: every dialect, deterministic, fails on request
#[derive(Args)]
pub struct SandboxArgs {
    /// Where it listens
    #[arg(long, env = "SMART_ROUTER_SANDBOX_LISTEN", default_value = defaults::SANDBOX_LISTEN, value_parser = values::address)]
    listen: SocketAddr,
    /// How many received requests it keeps for `GET /sandbox/requests`; 0 keeps none
    #[arg(long, env = "SMART_ROUTER_SANDBOX_JOURNAL", default_value_t = 0)]
    journal: usize,
}

/// Serves until a signal comes.
pub async fn run(args: SandboxArgs) -> Result<(), Failure> {
    let options = sandbox::Options { listen: args.listen, journal: args.journal };
    let running = sandbox::start(options).await.map_err(Failure::failed)?;
    tracing::info!(address = %running.address, "the sandbox serves");
    Signals::listen()?.stop().await;
    running.stop().await;
    Ok(())
}
