//! What deciding looks at on this router, whether to serve or to explain.

use data_plane_core::config::Target;
use data_plane_core::decide::eligible::{Observed, Rejection};
use data_plane_core::decide::identify::Named;
use data_plane_core::decide::{AskedBody, Continued};
use data_plane_core::error::Refusal;

use crate::responses_store::{self, Keeping};
use crate::state::Router;

/// What this router knows of a target.
pub(crate) fn observe(router: &Router, target: &Target) -> Observed {
    let credential = target.provider.credential.as_ref();
    let missing = credential.is_some_and(|it| !router.credentials.has(it));
    let away = missing.then_some(Rejection::CredentialMissing);
    Observed { away, statistics: router.observations.of(&target.id) }
}

/// The request with the stored conversation that it continues.
pub(crate) async fn continued(router: &Router, who: &Named, asked: &AskedBody) -> Result<Continued<Keeping>, Refusal> {
    let limit = router.settings.body_limit;
    responses_store::continued(&router.responses, &who.snapshot.settings, &who.caller, asked, limit).await
}
