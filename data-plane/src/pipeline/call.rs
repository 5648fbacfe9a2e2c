use std::sync::Arc;

use data_plane_core::config::Target;
use data_plane_core::decide::eligible::{Rejection, Translation, source};
use data_plane_core::decide::plan::Able;
use data_plane_core::decide::provenance::marks;
use data_plane_core::dialect::neutral::Realm;
use data_plane_core::dialect::request::{RequestEdits, edits_without_reasoning, request_edits};
use data_plane_core::dialect::translate::{Reply, Written};
use data_plane_core::dialect::{Dialect, InvalidBody, Operation, compact, splice};

use super::Authorised;
use crate::clock;

/// A target that is tried, and how it is asked.
pub(super) struct Call {
    pub target: Arc<Target>,
    /// The dialect in which it is asked.
    pub dialect: Dialect,
    /// What it is sent, once it is [prepared](Self::prepare). `None`: the caller's own bytes, but for what named rules splice.
    pub written: Option<Written>,
    /// It is sent nothing of what earlier turns thought.
    pub without_reasoning: bool,
}

impl Call {
    /// As the plan says.
    pub fn new((target, able): (Arc<Target>, Able)) -> Self {
        let Able { dialect, written } = able;
        Self { target, dialect, written, without_reasoning: false }
    }

    /// Writes the request in the target's dialect, if that is another one and it was not done yet.
    pub fn prepare(&mut self, request: &Authorised) -> Result<(), Rejection> {
        if self.written.is_none() {
            let source = source(&request.facts, &request.body);
            let translation = Translation::new(request.facts.operation, &source);
            self.written = translation.write(&request.group, &self.target, self.dialect)?;
        }
        Ok(())
    }

    /// What it is asked to do.
    pub fn operation(&self, asked: Operation) -> Operation {
        if self.written.is_some() { self.dialect.operation() } else { asked }
    }

    /// What has to be known to answer the caller in its own dialect; `None`: the answer is in it.
    pub fn reply(&self, request: &Authorised, request_id: &str) -> Option<Reply> {
        let written = self.written.as_ref()?;
        let facts = &request.facts;
        let model = if request.group.reveal.target { &self.target.model } else { &facts.model };
        Some(Reply {
            request_id: request_id.trim_start_matches("req_").to_owned(),
            model: model.clone(),
            created: clock::now_ms() / 1000,
            estimated_input: facts.estimated_input_tokens,
            realm: Realm::of(&self.target.provider.id),
            include_usage: facts.include_usage,
            request: request.said.clone(),
            names: Arc::clone(&written.names),
        })
    }

    /// What is changed in the caller's bytes for the target.
    pub fn edits(&self, request: &Authorised) -> RequestEdits {
        let edit = if self.without_reasoning { edits_without_reasoning } else { request_edits };
        edit(&request.facts, &self.target, marks(&request.group, &self.target, &request.facts.provenance))
    }

    /// The same target, asked without what it refuses; `None`: there is nothing that could be left out.
    pub fn with_no_reasoning(self, request: &Authorised) -> Option<Self> {
        let may = self.written.is_none() && !self.without_reasoning && request.facts.provenance.has_reasoning();
        may.then_some(Self { without_reasoning: true, ..self })
    }

    /// The same target, asked for a summary where it does not offer to compact.
    pub fn for_summary(self, request: &Authorised) -> Result<Self, InvalidBody> {
        let RequestEdits { splices, mut warnings } = self.edits(request);
        let body = compact::summary_request(&splice::apply(&request.body, &splices).concat())?.into();
        warnings.approximated(compact::APPROXIMATED);
        let written = Written { dialect: self.dialect, body, names: Arc::default(), warnings };
        Ok(Self { written: Some(written), ..self })
    }
}
