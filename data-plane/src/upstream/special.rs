use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_plane_core::config::Egress;
use http::Uri;
use hyper_rustls::ConfigBuilderExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::task::spawn_blocking;

use super::connect::{Connector, tls};

/// Files are read again for connections that are made later.
const FRESH_FOR: Duration = Duration::from_secs(30);

type Unreachable = Box<dyn Error + Send + Sync>;

/// Connectors for providers that are reached through a proxy, or with certificates of their own.
#[derive(Default)]
pub(super) struct Special {
    made: Mutex<HashMap<Way, (Instant, Connector)>>,
}

/// Whether private addresses may be reached, and how.
type Way = (bool, Arc<Egress>);

impl Special {
    /// A connector that is as fresh as its files. What is not used any more is forgotten.
    pub async fn connector(&self, private: bool, egress: &Arc<Egress>) -> Result<Connector, Unreachable> {
        let key = (private, Arc::clone(egress));
        {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.retain(|_, (since, _)| since.elapsed() < FRESH_FOR);
            if let Some((_, connector)) = made.get(&key) {
                return Ok(connector.clone());
            }
        }
        let wanted = Arc::clone(egress);
        let connector = spawn_blocking(move || make(private, &wanted)).await??;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(key, (Instant::now(), connector.clone()));
        Ok(connector)
    }
}

fn make(private: bool, egress: &Egress) -> Result<Connector, Unreachable> {
    let proxy = egress.proxy.as_deref().map(str::parse::<Uri>).transpose()?;
    let usual = egress.ca_file.is_none() && egress.client.is_none();
    Ok(Connector::new(private, proxy, if usual { tls()? } else { own_tls(egress)? }))
}

fn own_tls(egress: &Egress) -> Result<ClientConfig, Unreachable> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut roots = RootCertStore::empty();
    if let Some(file) = &egress.ca_file {
        for certificate in chain(file)? {
            roots.add(certificate).map_err(|error| format!("cannot use {file}: {error}"))?;
        }
    }
    let builder = match egress.ca_file {
        Some(_) => builder.with_root_certificates(roots),
        None => builder.with_native_roots()?,
    };
    let Some((certificate, key)) = &egress.client else { return Ok(builder.with_no_client_auth()) };
    let wrong = |error: &dyn std::fmt::Display| format!("cannot use {certificate} with {key}: {error}");
    let private = PrivateKeyDer::from_pem_file(Path::new(key)).map_err(|error| wrong(&error))?;
    Ok(builder.with_client_auth_cert(chain(certificate)?, private).map_err(|error| wrong(&error))?)
}

fn chain(file: &str) -> Result<Vec<CertificateDer<'static>>, Unreachable> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(|error| format!("cannot use {file}: {error}"))?;
    if chain.is_empty() { Err(format!("cannot use {file}: it holds no certificate").into()) } else { Ok(chain) }
}
