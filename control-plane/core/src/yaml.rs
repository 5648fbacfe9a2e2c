//! YAML 1.2 as far as a configuration needs it: reading with positions, and writing what reads back the same.

mod read;
mod scalar;
mod write;

pub(crate) use read::{Mark, Read, YamlKind, YamlNode, read};
pub(crate) use scalar::resolve;
pub(crate) use write::write;
