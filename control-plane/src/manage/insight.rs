//! Usage as charts and tiles show it: the admin API and the pages call the same functions.

use control_plane_core::insight::{
    Amounts, Buckets, Cell, Series, SeriesLines, SeriesRequest, Totals, TotalsRequest, Visible,
};

use crate::store::{
    ReadTx, Store, StoreError,
    report::{self, UsageQuestion},
};

/// A chart of the projects that somebody may see. Its lines are of one state of the database.
pub async fn series(store: &Store, visible: &Visible, request: SeriesRequest) -> Result<Series, StoreError> {
    let mut tx = store.read_consistent().await?;
    let chart = Chart { request: &request, visible };
    let (top, groups) = if request.group_by.is_empty() { (vec![Vec::new()], 1) } else { chart.top(&mut tx).await? };
    let now = chart.lines(&mut tx, &request.buckets, &top, groups).await?;
    let before = match &request.before {
        // How many there were before is not known: it is asked for those alone, and for everything.
        Some(buckets) => Some(chart.lines(&mut tx, buckets, &top, usize::MAX).await?),
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
#[derive(Clone, Copy)]
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
    /// The values at the top of a whole period, and of how many they are: this takes no more than the first metric.
    async fn top(&self, tx: &mut ReadTx) -> Result<(Vec<Vec<String>>, usize), StoreError> {
        let (metric, period) = (self.request.metrics[0], &self.request.buckets);
        let whole = Buckets::whole(period.since_ms(), period.until_ms(), period.is_open());
        let question = self.question(&whole, Lined::All, metric.needs_sketches());
        report::top(tx, &question, (metric, self.request.top)).await
    }

    /// What lines are told apart by, all of them or only some.
    async fn cells(&self, tx: &mut ReadTx, buckets: &Buckets, values: Lined<'_>) -> Result<Vec<Cell>, StoreError> {
        let question = self.question(buckets, values, self.request.needs_sketches());
        report::cells(tx, &question).await
    }

    fn question<'a>(&'a self, buckets: &'a Buckets, values: Lined<'a>, sketches: bool) -> UsageQuestion<'a> {
        let SeriesRequest { group_by, filters, .. } = self.request;
        let (group_by, only) = match values {
            Lined::Together => (&[][..], None),
            Lined::All => (&group_by[..], None),
            Lined::Only(values) => (&group_by[..], Some(values)),
        };
        UsageQuestion { buckets, group_by, filters, visible: self.visible, only, sketches }
    }

    /// The lines at the top, of as many groups as there are.
    async fn lines(
        &self,
        tx: &mut ReadTx,
        buckets: &Buckets,
        top: &[Vec<String>],
        groups: usize,
    ) -> Result<SeriesLines, StoreError> {
        if groups <= top.len() || self.request.group_by.is_empty() {
            let cells = self.cells(tx, buckets, Lined::All).await?;
            return Ok(SeriesLines::new(self.request, top, cells, None));
        }
        let all = self.cells(tx, buckets, Lined::Together).await?;
        let cells = if top.is_empty() { Vec::new() } else { self.cells(tx, buckets, Lined::Only(top)).await? };
        Ok(SeriesLines::new(self.request, top, cells, Some(all)))
    }
}
