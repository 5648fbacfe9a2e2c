use std::collections::{BTreeSet, HashMap};

use control_plane_core::{
    rollup::{Amounts, Cube, KEPT_MINUTES_MS, Period, value},
    usage::UsageRecord,
};

use crate::{
    clock,
    store::{
        StoreError, Tx,
        usage::{self, Additions, RollupKeys, StoredEvent},
    },
};

/// What a group of events adds to the roll-ups, added up in memory first: a row per combination of values instead of one per
/// event.
pub(super) struct Rollups<'a> {
    cubes: Vec<Sums<'a>>,
}

/// What is added to one cube.
struct Sums<'a> {
    cube: Cube,
    places: HashMap<Vec<std::borrow::Cow<'a, str>>, usize>,
    /// By the start of the shortest period and the place of the values.
    amounts: HashMap<(i64, usize), Amounts>,
}

impl<'a> Rollups<'a> {
    /// Adds events up.
    pub fn of(events: &'a [StoredEvent]) -> Self {
        let mut cubes: Vec<Sums<'a>> =
            Cube::ALL.into_iter().map(|cube| Sums { cube, places: HashMap::new(), amounts: HashMap::new() }).collect();
        for StoredEvent { node, record, .. } in events {
            let mut one = Amounts::default();
            one.count(record);
            for sums in &mut cubes {
                sums.add(node, record, &one);
            }
        }
        Self { cubes }
    }

    /// Adds everything to the tables.
    pub async fn write(self, tx: &mut Tx, keys: &mut RollupKeys) -> Result<(), StoreError> {
        usage::lock_rollups(tx).await?;
        let kept_ms = clock::now_ms() - KEPT_MINUTES_MS;
        let mut days = BTreeSet::new();
        for Sums { cube, places, amounts } in self.cubes {
            let mut combinations: Vec<(Vec<&str>, usize)> =
                places.iter().map(|(values, at)| (values.iter().map(|it| &**it).collect(), *at)).collect();
            combinations.sort_unstable_by_key(|it| it.1);
            let combinations: Vec<Vec<&str>> = combinations.into_iter().map(|it| it.0).collect();
            let ids = usage::rollup_keys(tx, keys, cube, &combinations).await?;
            let mut finer: Additions =
                amounts.into_iter().map(|((start_ms, at), it)| ((start_ms, ids[at]), it)).collect();
            let (periods, last) = cube.periods().split_at(cube.periods().len() - 1);
            for (at, period) in periods.iter().enumerate() {
                let next = cube.periods()[at + 1];
                let coarser = coarser(&finer, next);
                if *period == Period::Minute {
                    finer.retain(|(start_ms, _), _| *start_ms >= kept_ms);
                }
                usage::add_rollups(tx, cube, *period, finer).await?;
                finer = coarser;
            }
            days.extend(finer.keys().map(|(start_ms, _)| *start_ms));
            usage::add_rollups(tx, cube, last[0], finer).await?;
        }
        usage::change_days(tx, &days).await
    }
}

impl<'a> Sums<'a> {
    fn add(&mut self, node: &'a str, record: &'a UsageRecord, one: &Amounts) {
        let values: Vec<_> = self.cube.dimensions().iter().map(|it| value(*it, node, record)).collect();
        let next = self.places.len();
        let place = *self.places.entry(values).or_insert(next);
        let start_ms = self.cube.periods()[0].start_ms(record.started_ms);
        self.amounts.entry((start_ms, place)).or_default().add(one);
    }
}

fn coarser(finer: &Additions, period: Period) -> Additions {
    let mut sums = Additions::new();
    for ((start_ms, key), amounts) in finer {
        sums.entry((period.start_ms(*start_ms), *key)).or_default().add(amounts);
    }
    sums
}
