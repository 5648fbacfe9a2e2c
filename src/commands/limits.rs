//! What bounds a server: connections, requests, memory; and TLS on what it listens on.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use control_plane::RouterAddress;
use control_plane::login::PublicUrl;
use listener::{Caps, Shares, Tls};

use crate::exit::{Exit, Failure};
use crate::memory::MemoryLimit;
use crate::values;

/// How much a router carries at a time, and how it leaves.
#[derive(Args)]
pub struct RouterLimits {
    /// Connections of callers; by default as many as the file descriptors allow, at most 16384
    #[arg(long, env = "SMART_ROUTER_MAX_CONNECTIONS", value_parser = values::at_least_one, value_name = "N")]
    max_connections: Option<usize>,
    /// Connections from one address; three in four of all by default. Behind a load balancer all come from its address
    #[arg(long, env = "SMART_ROUTER_MAX_CONNECTIONS_PER_ADDRESS", value_parser = values::at_least_one, value_name = "N")]
    max_connections_per_address: Option<usize>,
    /// Connections that have not sent a request yet; half of all by default
    #[arg(long, env = "SMART_ROUTER_MAX_OPENING_CONNECTIONS", value_parser = values::at_least_one, value_name = "N")]
    max_opening_connections: Option<usize>,
    /// Requests at a time, and connections to providers; by default as many as the file descriptors allow, at most 16384
    #[arg(long, env = "SMART_ROUTER_MAX_REQUESTS", value_parser = values::at_least_one, value_name = "N")]
    max_requests: Option<usize>,
    /// Memory for bodies and buffers of requests: `512MiB`, or a share of what the container or the machine has
    #[arg(long, env = "SMART_ROUTER_MEMORY_LIMIT", default_value = "50%", value_name = "SIZE")]
    memory_limit: MemoryLimit,
    /// How long callers are still served after `/readyz` has begun to send them elsewhere: `5s`, or seconds
    #[arg(long, env = "SMART_ROUTER_DRAIN_DELAY", default_value = "0s", value_parser = values::duration)]
    drain_delay: Duration,
    /// The certificate chain (PEM) towards callers, read again when it changes; clear text without one
    #[arg(long, env = "SMART_ROUTER_TLS_CERTIFICATE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The private key (PEM) of that certificate
    #[arg(long, env = "SMART_ROUTER_TLS_KEY", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
}

impl RouterLimits {
    /// Whether there is a certificate towards callers.
    pub fn has_tls(&self) -> bool {
        self.tls_certificate.is_some()
    }

    /// Sets what they say, as far as the process's descriptors go.
    pub fn apply(&self, options: &mut data_plane::Options, shares: Shares) -> Result<(), Failure> {
        let mut caps = Caps::of(bounded("--max-connections", self.max_connections, shares.callers)?);
        caps.per_address = self.max_connections_per_address.unwrap_or(caps.per_address).clamp(1, caps.total);
        caps.opening = self.max_opening_connections.unwrap_or(caps.opening).clamp(1, caps.total);
        let memory = self.memory_limit.bytes();
        caps.heads = memory / 16;
        options.caps = caps;
        options.capacity.requests = bounded("--max-requests", self.max_requests, shares.upstream)?;
        options.capacity.memory = memory;
        options.drain_delay = self.drain_delay;
        options.tls = tls(self.tls_certificate.as_ref(), self.tls_key.as_ref());
        tracing::info!(
            connections = caps.total,
            requests = options.capacity.requests,
            memory_bytes = memory,
            "the router's limits"
        );
        Ok(())
    }
}

/// How browsers reach the admin API and its pages.
#[derive(Args)]
pub struct AdminSite {
    /// What browsers call the pages, behind a proxy or a name: `https://router.example.com`. People log in there
    #[arg(long, env = "SMART_ROUTER_PUBLIC_URL", value_parser = PublicUrl::parse)]
    public_url: Option<PublicUrl>,
    /// Where callers reach routers: `https://llm.example.com`. Pages put it into ready texts
    #[arg(long, env = "SMART_ROUTER_ROUTER_URL", value_parser = values::url)]
    router_url: Option<String>,
    /// The certificate chain (PEM) of the admin API, read again when it changes; clear text without one
    #[arg(long, env = "SMART_ROUTER_ADMIN_TLS_CERTIFICATE", requires = "admin_tls_key")]
    admin_tls_certificate: Option<PathBuf>,
    /// The private key (PEM) of that certificate
    #[arg(long, env = "SMART_ROUTER_ADMIN_TLS_KEY", requires = "admin_tls_certificate")]
    admin_tls_key: Option<PathBuf>,
}

impl AdminSite {
    /// Where its files are.
    pub fn admin(&self) -> Option<Tls> {
        tls(self.admin_tls_certificate.as_ref(), self.admin_tls_key.as_ref())
    }

    /// What browsers call the pages, if that is said.
    pub fn public_url(&self) -> Option<PublicUrl> {
        self.public_url.clone()
    }

    /// Where callers reach routers, if that is said.
    pub fn routers(&self) -> RouterAddress {
        self.router_url.clone().map_or(RouterAddress::Guessed, RouterAddress::Url)
    }
}

/// TLS on the gRPC listener.
#[derive(Args)]
#[expect(clippy::struct_field_names, reason = "the names of the options")]
pub struct GrpcTls {
    /// The certificate chain (PEM) of the gRPC listener, read again when it changes; clear text without one
    #[arg(long, env = "SMART_ROUTER_GRPC_TLS_CERTIFICATE", requires = "grpc_tls_key")]
    grpc_tls_certificate: Option<PathBuf>,
    /// The private key (PEM) of that certificate
    #[arg(long, env = "SMART_ROUTER_GRPC_TLS_KEY", requires = "grpc_tls_certificate")]
    grpc_tls_key: Option<PathBuf>,
    /// Authorities (PEM): a router must show a certificate that one of them has signed; read again when it changes
    #[arg(long, env = "SMART_ROUTER_GRPC_TLS_CLIENT_CA", requires = "grpc_tls_certificate")]
    grpc_tls_client_ca: Option<PathBuf>,
}

impl GrpcTls {
    /// Where its files are.
    pub fn grpc(&self) -> Option<Tls> {
        let tls = tls(self.grpc_tls_certificate.as_ref(), self.grpc_tls_key.as_ref())?;
        Some(Tls { client_ca: self.grpc_tls_client_ca.clone(), ..tls })
    }
}

fn tls(certificate: Option<&PathBuf>, key: Option<&PathBuf>) -> Option<Tls> {
    Some(Tls { certificate: certificate?.clone(), key: key?.clone(), client_ca: None })
}

/// More than the descriptors allow would fail in the middle of the work.
fn bounded(flag: &str, asked: Option<usize>, most: usize) -> Result<usize, Failure> {
    match asked {
        Some(asked) if asked > most => {
            let message = format!(
                "error: `{flag} {asked}` is more than the {most} that this process's file descriptors allow; raise their limit \
                 (`ulimit -Hn`, `LimitNOFILE=`), or ask for less"
            );
            Err(Failure::new(Exit::Configuration, message))
        }
        Some(asked) => Ok(asked),
        None => Ok(most),
    }
}
