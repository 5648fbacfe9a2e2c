use std::collections::HashMap;

use control_plane_core::{
    insight::Buckets,
    permission::Action,
    report::{Query, Request, Subject},
    rollup::Measures,
};

use super::{address::month, reader::Reader, wrong::Wrong};
use crate::{
    http::App,
    store::report::{self, UsageQuestion},
};

/// What was used since this month began, by the values of some dimensions, as far as the reader may see that.
pub async fn this_month(
    app: &App,
    reader: &Reader,
    dimensions: &[&str],
    filters: &[String],
    now_ms: i64,
) -> Result<HashMap<Vec<String>, Measures>, Wrong> {
    let query = Query {
        since: month(now_ms),
        group_by: dimensions.iter().map(|it| (*it).to_owned()).collect(),
        filters: filters.to_vec(),
        ..Query::default()
    };
    let request = Request::parse(Subject::Requests, &query, now_ms)?;
    let visible = reader.admin.visible(Action::ReportRead);
    let buckets = Buckets::whole(request.since_ms, request.until_ms, false);
    let question = UsageQuestion {
        buckets: &buckets,
        group_by: &request.group_by,
        filters: &request.filters,
        visible: &visible,
        only: None,
        sketches: false,
    };
    let mut tx = app.control.store.read_consistent().await?;
    let mut found: HashMap<Vec<String>, Measures> = HashMap::new();
    for cell in report::cells(&mut tx, &question).await? {
        found.entry(cell.values).or_default().add(&cell.amounts.measures);
    }
    Ok(found)
}
