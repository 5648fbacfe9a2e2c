use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    compile::{Compiled, Compiler},
    error::CompileError,
    number,
    published::Published,
};
use crate::{
    clock,
    manage::{Control, outside::Lack},
    store::revision,
};

/// How often the number of the newest version is looked at, for those that other replicas make.
const POLL: Duration = Duration::from_millis(200);
/// How often keys that variables and files hold are looked at. A version that could not be compiled is tried again
/// then, too: the reason may lie outside the database.
const RELOAD: Duration = Duration::from_secs(10);
/// Snapshots that routers may still hold, for deltas.
const REMEMBERED: usize = 8;

/// Where the newest snapshot is found. Cloning shares it.
#[derive(Clone)]
pub struct Publisher {
    newest: watch::Receiver<Option<Arc<Published>>>,
    standing: watch::Receiver<Standing>,
}

/// How publishing goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The version that routers are sent; 0: none yet.
    pub version: u64,
    /// Why a newer one is not; `None`: all is well.
    pub failure: Option<String>,
    /// What the configuration names and this control plane does not have as it should.
    pub lacks: Vec<Lack>,
}

impl Standing {
    /// There is a configuration, and nothing can be published: routers get nothing here.
    pub fn publishes_nothing(&self) -> bool {
        self.version == 0 && self.failure.is_some()
    }
}

impl Publisher {
    /// Looks for changes until `stop`. The last good snapshot stays while the database is away or a newer state cannot be
    /// compiled.
    pub fn start(control: Control, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (newest, newest_receiver) = watch::channel(None);
        let (standing, standing_receiver) = watch::channel(Standing::default());
        let mut work = Work {
            control,
            newest,
            standing,
            recent: VecDeque::new(),
            tried: None,
            compiler: Compiler::default(),
            disputed: None,
        };
        let mut own_versions = work.control.store.versions();
        let task = tokio::spawn(async move {
            while stop.run_until_cancelled(work.step()).await.is_some() {
                let wait = tokio::time::timeout(POLL, own_versions.changed());
                if stop.run_until_cancelled(wait).await.is_none() {
                    return;
                }
            }
        });
        (Self { newest: newest_receiver, standing: standing_receiver }, task)
    }

    /// Publishes what another build would, for the test of upgrades.
    #[cfg(feature = "skew")]
    pub fn of_another_build(newest: watch::Receiver<Option<Arc<Published>>>) -> Self {
        Self { newest, standing: watch::channel(Standing::default()).1 }
    }

    /// The newest snapshot, and every one that follows; `None` until there is one.
    pub fn subscribe(&self) -> watch::Receiver<Option<Arc<Published>>> {
        self.newest.clone()
    }

    /// How publishing goes.
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }
}

struct Work {
    control: Control,
    newest: watch::Sender<Option<Arc<Published>>>,
    standing: watch::Sender<Standing>,
    /// The newest first.
    recent: VecDeque<Arc<Published>>,
    /// The version that was compiled last, well or not, and when.
    tried: Option<(u64, Instant)>,
    compiler: Compiler,
    /// A version that another control plane has published with other content.
    disputed: Option<u64>,
}

impl Work {
    /// Looks once.
    async fn step(&mut self) {
        match revision::current(self.control.store.read()).await {
            Ok(newest) => {
                let settled = self.tried.is_some_and(|(version, at)| version == newest && at.elapsed() < RELOAD);
                if !settled {
                    let outcome = self.publish().await;
                    // While the database is away, every look is a new try.
                    let tried = !matches!(outcome, Err(CompileError::Store(_)));
                    self.tried = tried.then(|| (newest, Instant::now()));
                    self.note(outcome.err());
                }
            }
            Err(error) => self.note(Some(error.into())),
        }
    }

    async fn publish(&mut self) -> Result<(), CompileError> {
        let Some(Compiled { version, resources, mut lacks, other_master_key }) =
            self.compiler.compile(&self.control).await?
        else {
            return Ok(());
        };
        let known = lacks.is_empty();
        lacks.extend(self.disputed.filter(|it| *it == version).map(disputed));
        self.note_lacks(&lacks);
        let published = Published::new(version, clock::now_ms(), resources, &self.recent);
        let last = self.recent.front();
        if last.is_some_and(|last| last.version() == version && last.hash() == published.hash()) {
            return Ok(());
        }
        let first = number::record(&self.control.store, version, published.hash()).await?;
        if first != published.hash() {
            if other_master_key {
                return Err(CompileError::OtherMasterKey);
            }
            let changed = last.is_none_or(|last| last.version() == version);
            if changed && known {
                // The next look finds the new number.
                return Ok(number::renew(&self.control.store, version).await?);
            }
            self.disputed = Some(version);
            lacks.push(disputed(version));
            self.note_lacks(&lacks);
        }
        self.send(published);
        Ok(())
    }

    /// Keeps what is lacking where it can be asked for, and logs it once.
    fn note_lacks(&self, lacks: &[Lack]) {
        if self.standing.borrow().lacks == lacks {
            return;
        }
        for Lack { what, why } in lacks {
            tracing::warn!(what, why, "this control plane lacks something that it should have");
        }
        self.standing.send_modify(|standing| standing.lacks = lacks.to_vec());
    }

    fn send(&mut self, published: Published) {
        let (version, published) = (published.version(), Arc::new(published));
        tracing::info!(version, "publishing a configuration");
        self.recent.push_front(Arc::clone(&published));
        self.recent.truncate(REMEMBERED);
        self.newest.send_replace(Some(published));
        self.standing.send_modify(|standing| standing.version = version);
    }

    /// Keeps the reason where it can be asked for, and logs it once.
    fn note(&self, failure: Option<CompileError>) {
        let failure = failure.map(|failure| failure.to_string());
        let changed = self.standing.borrow().failure != failure;
        if changed {
            if let Some(reason) = &failure {
                tracing::error!(%reason, "no newer configuration can be published; the last one stays");
            } else {
                tracing::info!("configurations are published again");
            }
            self.standing.send_modify(|standing| standing.failure = failure);
        }
    }
}

/// What is told of a version that control planes do not agree on, which routers hold as it was sent by the one that they ask.
fn disputed(version: u64) -> Lack {
    let why =
        "another control plane has published it with other content: give all of them the same build, options and files";
    Lack { what: format!("version {version}"), why: why.to_owned() }
}
