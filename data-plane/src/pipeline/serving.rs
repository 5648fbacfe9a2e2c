use std::sync::Arc;

use data_plane_core::config::Target;
use data_plane_core::decide::eligible::Observed;
use data_plane_core::decide::identify::Identified;
use data_plane_core::decide::limit::LimitReached;
use data_plane_core::decide::plan::Translate;
use data_plane_core::decide::{AskedBody, Continued, Step, Surroundings};
use data_plane_core::dialect::Operation;
use data_plane_core::error::Refusal;
use http::request::Parts;
use hyper::body::Incoming;

use super::collect::collect;
use super::observe::{continued, observe};
use super::settle::Settlement;
use crate::admission::Hold;
use crate::memory::to_translate;
use crate::responses_store::Keeping;
use crate::state::Router;

/// Decides in order to serve: takes places and tokens, and writes down how far the request comes.
pub(super) struct Serving<'a> {
    pub router: &'a Router,
    pub operation: Operation,
    pub head: &'a Parts,
    pub body: &'a mut Incoming,
    pub settlement: &'a mut Settlement,
}

impl Surroundings for Serving<'_> {
    type Hold = Hold;
    type Keeping = Keeping;

    fn note(&mut self, step: Step<'_>) {
        self.settlement.note(step);
    }

    async fn enter(&mut self, who: &Arc<Identified>) -> Result<Hold, Refusal> {
        let (entered, standings) = self.router.admission.enter(who);
        self.settlement.standings = standings;
        entered.map_err(|reached| self.refused(reached))
    }

    async fn body(&mut self) -> Result<AskedBody, Refusal> {
        let body = collect(self.router, self.head, self.body, &mut self.settlement.memory).await?;
        Ok(AskedBody { operation: self.operation, body })
    }

    async fn continued(&mut self, who: &Identified, asked: &AskedBody) -> Result<Continued<Keeping>, Refusal> {
        continued(self.router, who, asked).await
    }

    async fn admit(&mut self, hold: &mut Hold, tokens: u64) -> Result<(), Refusal> {
        let (reserved, standings) = hold.reserve(tokens);
        self.settlement.standings = standings;
        reserved.map_err(|reached| self.refused(reached))?;
        self.router.metrics.admitted();
        Ok(())
    }

    fn translating(&mut self, body: &[u8]) -> Result<(), Refusal> {
        self.settlement.memory.at_least(self.settlement.memory.held() + to_translate(body))
    }

    fn observe(&self, target: &Target) -> Observed {
        observe(self.router, target)
    }

    fn translate(&self) -> Translate {
        Translate::First
    }
}

impl Serving<'_> {
    fn refused(&self, reached: LimitReached) -> Refusal {
        self.router.metrics.refused(reached.refused.limit);
        reached.into()
    }
}
