//! Reports of usage: the admin API, schedules and pages call the same function.

use control_plane_core::{
    Document,
    permission::Visible,
    report::{Report, ReportBaseline, Request},
};

use crate::store::{ReadTx, StoreError, report};

/// Adds up what was used, of the projects that somebody may see, as a configuration's prices have it.
pub async fn usage(
    tx: &mut ReadTx,
    document: &Document,
    request: Request,
    baseline: Option<ReportBaseline>,
    visible: &Visible,
) -> Result<Report, StoreError> {
    let rows = report::rows(tx, &request, visible).await?;
    let unpriced = match request.of_models(&unpriced_models(document)) {
        Some(request) => report::sums(tx, &request, visible).await?,
        None => Vec::new(),
    };
    let mut report = Report::new(request, rows, baseline);
    report.tell_unpriced(unpriced);
    Ok(report)
}

/// The ids of targets that have no price at all.
fn unpriced_models(document: &Document) -> Vec<String> {
    let models = document.providers.iter().flat_map(|(provider, it)| it.models.iter().map(move |it| (provider, it)));
    let unpriced = models.filter(|(_, (_, model))| model.prices.is_empty());
    unpriced.map(|(provider, (name, _))| format!("{provider}/{name}")).collect()
}
