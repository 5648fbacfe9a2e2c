//! Files that commands read; `-` is standard input.

use std::io::Read;
use std::path::Path;

use crate::exit::{Exit, Failure};

/// Reads a file, or standard input where it is called `-`.
pub fn bytes(file: &Path, exit: Exit) -> Result<Vec<u8>, Failure> {
    let mut read = Vec::new();
    let outcome = if is_standard(file) {
        std::io::stdin().read_to_end(&mut read).map(drop)
    } else {
        std::fs::read(file).map(|bytes| read = bytes)
    };
    outcome.map_err(|error| Failure::new(exit, format!("cannot read {}: {error}", name(file))))?;
    Ok(read)
}

/// The same of a text.
pub fn text(file: &Path, exit: Exit) -> Result<String, Failure> {
    String::from_utf8(bytes(file, exit)?).map_err(|_| Failure::new(exit, format!("{} is not UTF-8", name(file))))
}

/// What messages call it.
pub fn name(file: &Path) -> String {
    if is_standard(file) { "<stdin>".to_owned() } else { file.display().to_string() }
}

/// Whether standard input is meant.
pub fn is_standard(file: &Path) -> bool {
    file == Path::new("-")
}
