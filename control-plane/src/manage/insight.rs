//! Usage as charts and tiles show it: the admin API and the pages call the same functions.

use control_plane_core::insight::{
    Amounts, Buckets, Cell, Series, SeriesLines, SeriesRequest, Totals, TotalsRequest, Visible, ranking,
};

use crate::store::{
    ReadTx, Store, StoreError,
    report::{self, UsageQuestion},
};

/// A chart of the projects that somebody may see. Its lines are of one state of the database.
pub async fn series(store: &Store, visible: &Visible, request: SeriesRequest) -> Result<Series, StoreError> {
    let mut tx = store.read_consistent().await?;
    let chart = Chart { request: &request, visible };
    let (top, groups, known) = if request.group_by.is_empty() {
        (vec![Vec::new()], 1, None)
    } else {
        let whole = Buckets::whole(request.buckets.since_ms(), request.buckets.until_ms(), request.buckets.is_open());
        let totals = chart.cells(&mut tx, &whole, Lined::All).await?;
        let (top, groups) = ranking(&totals, request.metrics[0], request.top);
        (top, groups, (request.buckets.count() == 1).then_some(totals))
    };
    let now = chart.lines(&mut tx, &request.buckets, &top, groups, known).await?;
    let before = match &request.before {
        // How many there were before is not known: it is asked for those alone, and for everything.
        Some(buckets) => Some(chart.lines(&mut tx, buckets, &top, usize::MAX, None).await?),
        None => None,
    };
    Ok(Series { groups, now, before, request })
}

/// What tiles show, of the projects that somebody may see.
pub async fn totals(store: &Store, visible: &Visible, request: TotalsRequest) -> Result<Totals, StoreError> {
    let mut tx = store.read_consistent().await?;
    let mut amounts = [Amounts::default(), Amounts::default()];
    for (sum, buckets) in amounts.iter_mut().zip([&request.period, &request.before]) {
        let filters = &request.filters;
        let question = UsageQuestion { buckets, group_by: &[], filters, visible, only: None, sketches: true };
        *sum = Amounts::sum(report::cells(&mut tx, &question).await?.iter().map(|it| &it.amounts));
    }
    let [now, before] = amounts;
    Ok(Totals { request, now, before })
}

/// Which lines are asked for.
enum Lined<'a> {
    /// One, of everything.
    Together,
    /// One for each combination of values.
    All,
    /// Those of these values.
    Only(&'a [Vec<String>]),
}

struct Chart<'a> {
    request: &'a SeriesRequest,
    visible: &'a Visible,
}

impl Chart<'_> {
    /// What lines are told apart by, all of them or only some.
    async fn cells(&self, tx: &mut ReadTx, buckets: &Buckets, values: Lined<'_>) -> Result<Vec<Cell>, StoreError> {
        let SeriesRequest { group_by, filters, metrics, .. } = self.request;
        let (group_by, only) = match values {
            Lined::Together => (&[][..], None),
            Lined::All => (&group_by[..], None),
            Lined::Only(values) => (&group_by[..], Some(values)),
        };
        // The rank of lines takes no more than the first metric.
        let ranked = buckets.count() == 1 && self.request.buckets.count() > 1;
        let sketches = if ranked { metrics[0].needs_sketches() } else { self.request.needs_sketches() };
        let question = UsageQuestion { buckets, group_by, filters, visible: self.visible, only, sketches };
        report::cells(tx, &question).await
    }

    /// The lines at the top, of as many groups as there are. `known`: what the only bucket has.
    async fn lines(
        &self,
        tx: &mut ReadTx,
        buckets: &Buckets,
        top: &[Vec<String>],
        groups: usize,
        known: Option<Vec<Cell>>,
    ) -> Result<SeriesLines, StoreError> {
        if let Some(cells) = known {
            return Ok(SeriesLines::new(self.request, top, cells, None));
        }
        if groups <= top.len() || self.request.group_by.is_empty() {
            let cells = self.cells(tx, buckets, Lined::All).await?;
            return Ok(SeriesLines::new(self.request, top, cells, None));
        }
        let all = self.cells(tx, buckets, Lined::Together).await?;
        let cells = if top.is_empty() { Vec::new() } else { self.cells(tx, buckets, Lined::Only(top)).await? };
        Ok(SeriesLines::new(self.request, top, cells, Some(all)))
    }
}
