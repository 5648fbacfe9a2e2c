use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::config::{Scope, Target};
use data_plane_core::decide::eligible::Observed;
use data_plane_core::decide::identify::Identified;
use data_plane_core::decide::plan::Translate;
use data_plane_core::decide::{AskedBody, Continued, Step, Surroundings};
use data_plane_core::error::Refusal;
use http::request::Parts;
use hyper::body::Incoming;

use crate::memory::{MemoryHold, to_translate};
use crate::pipeline::{collect, continued, observe};
use crate::responses_store::Keeping;
use crate::state::Router;

/// Decides in order to explain: looks at everything and takes nothing. What would refuse the request at its head, a scope that
/// its token lacks or a limit, is remembered, and the rest is shown all the same.
pub(super) struct DryRun<'a> {
    pub router: &'a Router,
    pub head: &'a Parts,
    pub body: &'a mut Incoming,
    /// Finds the request in the body.
    pub unwrap: fn(Option<&str>, &Bytes) -> Result<AskedBody, Refusal>,
    /// What it takes of the router's memory.
    pub memory: MemoryHold,
    /// What would refuse the request first.
    pub refused: Option<Refusal>,
}

impl Surroundings for DryRun<'_> {
    /// Only whose places and tokens are looked at.
    type Hold = Arc<Identified>;
    type Keeping = Keeping;

    fn note(&mut self, _: Step<'_>) {}

    async fn enter(&mut self, who: &Arc<Identified>) -> Result<Arc<Identified>, Refusal> {
        let entry = || self.router.admission.refuses_entry(who).map(Refusal::from);
        self.memory.of_caller(&who.caller.id);
        self.refused = who.demand(Scope::Inference).err().or_else(entry);
        Ok(Arc::clone(who))
    }

    async fn body(&mut self) -> Result<AskedBody, Refusal> {
        let body = collect(self.router, self.head, self.body, &mut self.memory).await?;
        (self.unwrap)(self.head.uri.query(), &body)
    }

    async fn continued(&mut self, who: &Identified, asked: &AskedBody) -> Result<Continued<Keeping>, Refusal> {
        continued(self.router, who, asked).await
    }

    async fn admit(&mut self, who: &mut Arc<Identified>, tokens: u64) -> Result<(), Refusal> {
        let reached = || self.router.admission.refuses_tokens(who, tokens).map(Refusal::from);
        self.refused = self.refused.take().or_else(reached);
        Ok(())
    }

    fn translating(&mut self, body: &[u8]) -> Result<(), Refusal> {
        self.memory.at_least(self.memory.held() + to_translate(body))
    }

    fn observe(&self, target: &Target) -> Observed {
        observe(self.router, target)
    }

    fn translate(&self) -> Translate {
        Translate::All
    }
}
