//! The connection to the control plane.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use data_plane_core::config::Secret;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity, Uri};
use tonic::{Request, Status};
use zeroize::Zeroizing;

use super::options::{ClientCertificate, SyncError, SyncOptions};
use super::proof::Prover;
use crate::clock;

const DIAL_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that died without a word is noticed after both together.
const PING_EVERY: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// What a router is enrolled as, and how it reaches its control plane.
#[derive(Clone)]
pub struct EnrolledNode {
    /// Given at enrolment.
    pub id: String,
    /// Connects when it is used, and again after it broke.
    pub channel: Channel,
    /// Authenticates every call.
    pub bearer: Bearer,
}

/// Sends a node credential with every call, and proves that it is this router's. It cannot be printed. Clones show the same.
#[derive(Clone)]
pub struct Bearer(Arc<Calls>);

struct Calls {
    shown: ArcSwap<Shown>,
    /// Tells this process from another one with a copy of its files.
    instance: MetadataValue<Ascii>,
}

struct Shown {
    credential: MetadataValue<Ascii>,
    /// `None`: it joined before there were keys.
    prover: Option<Prover>,
}

impl Shown {
    /// `None` when the credential contains what no header can carry.
    fn new(credential: &Secret, prover: Option<Prover>) -> Option<Arc<Self>> {
        let mut credential: MetadataValue<Ascii> = format!("Bearer {}", credential.expose()).parse().ok()?;
        credential.set_sensitive(true);
        Some(Arc::new(Self { credential, prover }))
    }
}

impl Bearer {
    /// `None` when the credential contains what no header can carry.
    pub(super) fn new(credential: &Secret, prover: Option<Prover>) -> Option<Self> {
        let shown = Shown::new(credential, prover)?;
        let instance = format!("{:032x}", clock::random_bits()).parse().expect("digits are ASCII");
        Some(Self(Arc::new(Calls { shown: ArcSwap::new(shown), instance })))
    }

    /// Shows another credential from now on. `false`: no header can carry it, and nothing changes.
    pub(super) fn show(&self, credential: &Secret, prover: Option<Prover>) -> bool {
        let shown = Shown::new(credential, prover);
        shown.map(|it| self.0.shown.store(it)).is_some()
    }

    /// What is to be said of the two clocks, as far as is known.
    pub(crate) fn clock_problem(&self) -> Option<String> {
        self.0.shown.load().prover.as_ref()?.clock_problem()
    }

    /// Learns from a refusal that the clocks differ. `false`: it was for something else.
    pub(super) fn learn(&self, refusal: &Status) -> bool {
        let told = refusal.metadata().get("x-node-time").and_then(|it| it.to_str().ok()?.parse().ok());
        let (shown, told): (_, Option<i64>) = (self.0.shown.load(), told);
        let learnt = shown.prover.as_ref().zip(told).map(|(prover, time)| prover.learn(time));
        learnt.is_some()
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let (metadata, shown) = (request.metadata_mut(), self.0.shown.load());
        metadata.insert("authorization", shown.credential.clone());
        metadata.insert("x-node-instance", self.0.instance.clone());
        if let Some(prover) = &shown.prover {
            let mut proof: MetadataValue<Ascii> = prover.prove().parse().expect("digits and base64 are ASCII");
            proof.set_sensitive(true);
            metadata.insert("x-node-proof", proof);
        }
        Ok(request)
    }
}

/// A channel to the control plane, not connected yet. `https` is verified against the CA that is named, or against what the
/// system trusts. The files are read once: another channel reads them again.
pub(super) fn open(options: &SyncOptions) -> Result<Channel, SyncError> {
    let (url, build) = (&options.control_plane, &options.build);
    let wrong = |why: String| SyncError::Url { url: url.clone(), why };
    let uri: Uri = url.parse().map_err(|error| wrong(format!("{error}")))?;
    let host = uri.host().ok_or_else(|| wrong("it has no host".to_owned()))?.to_owned();
    let scheme = uri.scheme_str().unwrap_or_default().to_owned();
    let endpoint = Endpoint::from(uri)
        .user_agent(format!("smart-router/{build}"))
        .map_err(|error| wrong(error.to_string()))?
        .connect_timeout(DIAL_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .keep_alive_while_idle(true);
    match scheme.as_str() {
        "https" => Ok(tls(endpoint, options)?.connect_lazy()),
        "http" => {
            if !["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str()) {
                tracing::warn!(host, "the control plane is reached without TLS: credentials can be read on the way");
            }
            Ok(endpoint.connect_lazy())
        }
        _ => Err(wrong("it starts with neither http:// nor https://".to_owned())),
    }
}

fn tls(endpoint: Endpoint, options: &SyncOptions) -> Result<Endpoint, SyncError> {
    let read = |path: &Path| fs::read(path).map_err(SyncError::io("read", path));
    let (mut config, mut place) = (ClientTlsConfig::new(), None);
    config = match &options.ca_file {
        None => config.with_native_roots(),
        Some(ca) => {
            place = Some(ca);
            config.ca_certificate(Certificate::from_pem(read(ca)?))
        }
    };
    if let Some(ClientCertificate { certificate, key }) = &options.client {
        place = Some(certificate);
        let key = Zeroizing::new(read(key)?);
        config = config.identity(Identity::from_pem(read(certificate)?, &*key));
    }
    let uri = endpoint.uri().to_string();
    endpoint.tls_config(config).map_err(|error| match place {
        None => SyncError::Url { url: uri, why: format!("TLS cannot be set up: {error}") },
        Some(path) => SyncError::Certificates { path: path.clone(), why: error.to_string() },
    })
}
