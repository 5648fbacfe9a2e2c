use std::sync::Arc;

use data_plane_core::config::Target;
use data_plane_core::dialect::neutral::Realm;
use data_plane_core::dialect::translate::{Reply, ToolNames, Warnings, Written};
use data_plane_core::dialect::{Dialect, InvalidBody, Operation, compact};

use super::authorise::Authorised;
use crate::clock;

/// A target that is tried, and how it is asked.
pub(super) struct Call {
    pub target: Arc<Target>,
    /// The dialect in which it is asked.
    pub dialect: Dialect,
    /// What it is sent. `None`: the caller's own bytes, but for what named rules splice.
    pub written: Option<Written>,
}

impl Call {
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
            request: request.body.clone(),
            names: Arc::clone(&written.names),
        })
    }

    /// The same target, asked for a summary where it does not offer to compact.
    pub fn for_summary(self, request: &Authorised) -> Result<Self, InvalidBody> {
        let body = compact::summary_request(&request.body, Some(&self.target.model))?;
        let (names, warnings) = (Arc::new(ToolNames::default()), Warnings::default());
        let written = Written { dialect: self.dialect, body: body.into(), names, warnings };
        Ok(Self { written: Some(written), ..self })
    }
}
