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
    let mut report = summed(tx, document, request, baseline, visible).await?;
    report::tell_durations(tx, &report.request, visible, &mut report.rows, true).await?;
    Ok(report)
}

/// The same, of whose rows is not told how long requests took: that is read of those that are shown.
pub async fn summed(
    tx: &mut ReadTx,
    document: &Document,
    request: Request,
    baseline: Option<ReportBaseline>,
    visible: &Visible,
) -> Result<Report, StoreError> {
    let rows = report::sums(tx, &request, visible).await?;
    let unpriced = match request.of_models(&unpriced_models(document)) {
        Some(request) => report::sums(tx, &request, visible).await?,
        None => Vec::new(),
    };
    let whole = Request { group_by: Vec::new(), ..request.clone() };
    let mut report = Report::new(request, rows, baseline);
    report.tell_unpriced(unpriced);
    report::tell_durations(tx, &whole, visible, std::slice::from_mut(&mut report.total), true).await?;
    Ok(report)
}

/// The ids of targets that have no price at all.
fn unpriced_models(document: &Document) -> Vec<String> {
    let models = document.providers.iter().flat_map(|(provider, it)| it.models.iter().map(move |it| (provider, it)));
    let unpriced = models.filter(|(_, (_, model))| model.prices.is_empty());
    unpriced.map(|(provider, (name, _))| format!("{provider}/{name}")).collect()
}
