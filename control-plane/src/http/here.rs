//! How browsers reach these pages.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{header, request::Parts, uri::Authority},
};

use crate::{
    login::{NotHere, PublicUrl, Site},
    options::RouterAddress,
};

/// How this control plane was started, as far as browsers see it.
#[derive(Clone)]
pub struct Here {
    /// What the pages are called, if the operator says so.
    pub public_url: Option<PublicUrl>,
    /// Where callers reach routers.
    pub routers: RouterAddress,
    /// The listener itself has TLS.
    pub tls: bool,
    /// The port where routers connect.
    pub grpc_port: u16,
    /// They do with TLS.
    pub grpc_tls: bool,
}

impl Here {
    /// These pages, as whoever sent a request calls them.
    pub fn site(&self, parts: &Parts) -> Result<Site, NotHere> {
        // HTTP/2 has it in the address.
        let named = parts.headers.get(header::HOST).and_then(|it| it.to_str().ok());
        let host = named.or_else(|| parts.uri.authority().map(Authority::as_str));
        Site::of(self.public_url.as_ref(), self.tls, peer(parts), host)
    }
}

/// Who sent a request.
pub fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip())
}
