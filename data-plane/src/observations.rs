//! How each target has done lately, as this router has seen it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use data_plane_core::decide::FailureClass;
use data_plane_core::decide::statistics::{Lately, Statistics};

/// Every target that was asked since the router started, by its id. Locks are held for the arithmetic alone.
pub(crate) struct Observations {
    targets: RwLock<HashMap<String, Mutex<Lately>>>,
    started: Instant,
}

impl Default for Observations {
    fn default() -> Self {
        Self { targets: RwLock::default(), started: Instant::now() }
    }
}

impl Observations {
    /// An attempt came to an end.
    pub fn add(&self, target: &str, failure: Option<FailureClass>, first_byte: Option<Duration>) {
        self.update(target, |lately, now| lately.add(failure, first_byte, now));
    }

    /// An attempt was left by its caller after so long; `answered`: after the head of its answer.
    pub fn abandon(&self, target: &str, waited: Duration, answered: bool) {
        self.update(target, |lately, now| lately.abandon(waited, answered, now));
    }

    fn update(&self, target: &str, update: impl Fn(&mut Lately, Duration)) {
        let now = self.started.elapsed();
        let add = |lately: &Mutex<Lately>| {
            update(&mut lately.lock().unwrap_or_else(PoisonError::into_inner), now);
        };
        if let Some(lately) = self.targets.read().unwrap_or_else(PoisonError::into_inner).get(target) {
            return add(lately);
        }
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        add(targets.entry(target.to_owned()).or_default());
    }

    /// How the target has done until now.
    pub fn of(&self, target: &str) -> Statistics {
        let now = self.started.elapsed();
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        let lately = targets.get(target).map(|it| *it.lock().unwrap_or_else(PoisonError::into_inner));
        lately.map(|it| it.statistics(now)).unwrap_or_default()
    }
}
