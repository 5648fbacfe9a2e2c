use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use listener::{Caps, Tls};

use crate::access_log::AccessLogOptions;
use crate::state::{Capacity, RouterSettings};
use crate::sync::SyncOptions;
use crate::usage_log::{Disk, FileSystem, LogOptions};

/// What a router is started with.
pub struct Options {
    /// Where callers connect; port 0: any free one.
    pub listen: SocketAddr,
    /// Where that has been opened already.
    pub listener: Option<TcpListener>,
    /// Where its configuration comes from, and who it is.
    pub sync: SyncOptions,
    /// Its usage log.
    pub usage_log: LogOptions,
    /// What the usage log is kept on.
    pub disk: Arc<dyn Disk>,
    /// Where requests are written down for whoever collects logs.
    pub access_log: AccessLogOptions,
    /// Limits and paces of its own.
    pub settings: RouterSettings,
    /// TLS towards callers; `None`: clear text.
    pub tls: Option<Tls>,
    /// How many connections of callers it takes.
    pub caps: Caps,
    /// How much it carries at a time.
    pub capacity: Capacity,
    /// How long it goes on serving after `/readyz` has begun to send callers elsewhere.
    pub drain_delay: Duration,
    /// How long requests under way may take to end when the router stops.
    pub drain_timeout: Duration,
}

impl Options {
    /// A router with the default limits, for the control plane that `sync` names.
    pub fn new(listen: SocketAddr, sync: SyncOptions) -> Self {
        Self {
            listen,
            listener: None,
            usage_log: LogOptions::new(&sync.data_dir),
            disk: Arc::new(FileSystem),
            access_log: AccessLogOptions::default(),
            settings: RouterSettings { region: sync.region.clone(), ..RouterSettings::default() },
            sync,
            tls: None,
            caps: Caps::of(4096),
            capacity: Capacity::default(),
            drain_delay: Duration::ZERO,
            drain_timeout: Duration::from_secs(20),
        }
    }
}
