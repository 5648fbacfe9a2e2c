//! What is changed in a request that is forwarded.

use std::ops::Range;

use bytes::Bytes;

use super::neutral::Warnings;
use super::splice::Splice;
use crate::facts::Realm;
use crate::facts::provenance::{Provenance, Slot};

/// What is changed in a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestEdits {
    /// In ascending order.
    pub splices: Vec<Splice>,
    /// What the target does not get as the caller wrote it.
    pub warnings: Warnings,
}

/// What a target gets back of earlier answers, while that is found out.
pub struct Returned<'f> {
    /// What the request holds of them.
    pub found: &'f Provenance,
    /// Whose target it is.
    pub home: Realm,
    /// The group's targets belong to more than one provider.
    pub several_realms: bool,
    /// Of each artefact, whether it is cut out.
    pub cut: &'f [bool],
    /// The entries of lists that are cut out.
    pub slots: Vec<&'f Slot>,
    /// What is changed beside, in no order.
    pub edits: &'f mut RequestEdits,
}

impl Returned<'_> {
    /// Takes something out.
    pub fn remove(&mut self, range: Range<usize>) {
        self.replace(range, Bytes::new());
    }

    /// Puts something else there.
    pub fn replace(&mut self, range: Range<usize>, with: Bytes) {
        self.edits.splices.push(Splice { range, with });
    }
}
