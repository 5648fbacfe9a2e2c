//! Breaks a stage on purpose, so that a test sees who goes through it. Compiled for tests alone.

use std::sync::{Mutex, PoisonError};

use super::Stage;
use crate::error::{Code, Refusal};

static BROKEN: Mutex<Option<Stage>> = Mutex::new(None);

/// From now on every request that comes to this stage fails there, in the whole process; `None`: all stages work.
pub fn break_stage(stage: Option<Stage>) {
    *BROKEN.lock().unwrap_or_else(PoisonError::into_inner) = stage;
}

pub(super) fn strike(stage: Stage) -> Result<(), Refusal> {
    if *BROKEN.lock().unwrap_or_else(PoisonError::into_inner) != Some(stage) {
        return Ok(());
    }
    Err(Refusal::new(Code::Internal, format!("the stage `{}` is broken on purpose", stage.as_str())))
}
