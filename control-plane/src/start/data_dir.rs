use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use super::StartError;

/// The data directory, claimed: private, and used by one control plane at a time. The kernel frees it when the process
/// ends, however it ends.
pub(crate) struct DataDir {
    _lock: File,
}

impl DataDir {
    /// Makes the directory if it is not there, and locks it.
    pub fn claim(path: &Path) -> Result<Self, StartError> {
        let wrap = |source: io::Error| StartError::DataDir { path: path.to_path_buf(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(wrap)?;
        let lock = path.join("control-plane.lock");
        let file = File::options().create(true).append(true).open(&lock).map_err(wrap)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _lock: file }),
            Err(TryLockError::WouldBlock) => Err(StartError::DataDirInUse { path: lock }),
            Err(TryLockError::Error(source)) => Err(wrap(source)),
        }
    }
}
