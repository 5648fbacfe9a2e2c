//! What the keys of roll-ups mean. A key that is committed never changes and keys are committed in the order of their ids, so
//! that only those behind the last one are read again; of callers by models there are tens of thousands.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use control_plane_core::{
    permission::Visible,
    report::{Dimension, Filter},
    rollup::Cube,
};
use futures_util::TryStreamExt;
use sqlx::{AnyConnection, any::AnyRow};

use crate::store::{StoreError, codec, dimension::column};

/// Up to so many keys are looked up one by one, where there is an index for it.
const FEW: usize = 300;
/// The same of callers by models, where how long requests took is asked for: of all of them that is much to read.
const FEW_OF_MANY: usize = 2_500;
/// The place of a key that is not asked for.
const NONE: u32 = u32::MAX;

/// The keys that were read.
#[derive(Default)]
pub struct KnownKeys(RwLock<KeyBook>);

#[derive(Default)]
struct KeyBook {
    /// The last one that was read, and its digest.
    last: Option<(i64, Vec<u8>)>,
    cubes: HashMap<Cube, Arc<KeyTable>>,
}

/// The keys of a cube.
#[derive(Clone, Default)]
struct KeyTable {
    ids: Vec<i64>,
    /// One for each of its dimensions.
    columns: Vec<Column>,
}

/// The values of a dimension, each told once.
#[derive(Clone, Default)]
struct Column {
    values: Vec<Box<str>>,
    places: HashMap<Box<str>, u32>,
    /// The place of each key's value.
    of: Vec<u32>,
}

/// What is asked of keys.
pub struct KeysAsked<'a> {
    /// What they are told apart by.
    pub group_by: &'a [Dimension],
    /// What they must be.
    pub filters: &'a [Filter],
    /// Of which projects.
    pub visible: &'a Visible,
    /// Only these values of what they are told apart by; `None`: all.
    pub only: Option<&'a [Vec<String>]>,
    /// How long requests took is read of them, too.
    pub sketches: bool,
}

/// Which keys of a cube answer a question, and what they are told apart by.
pub struct Keys {
    /// The cube.
    pub cube: Cube,
    /// By the id of a key, the place of its values; `None`: all keys are asked for, and not told apart.
    places: Option<Vec<u32>>,
    /// Of each place, the number of a key that has its values. Values become texts where somebody reads them: of callers by
    /// models most are added up, and never told.
    one_of: Vec<u32>,
    table: Arc<KeyTable>,
    told_by: Vec<usize>,
    few: Option<Vec<i64>>,
}

impl KnownKeys {
    /// The keys that answer a question.
    pub async fn of(&self, db: &mut AnyConnection, cube: Cube, asked: &KeysAsked<'_>) -> Result<Keys, StoreError> {
        let everything = asked.group_by.is_empty() && asked.filters.is_empty() && matches!(asked.visible, Visible::All);
        if everything {
            return Ok(Keys { places: None, one_of: vec![0], ..Keys::none(cube) });
        }
        self.read(db).await?;
        let book = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(book.cubes.get(&cube).map_or_else(|| Keys::none(cube), |it| KeyTable::keys(it, cube, asked)))
    }

    /// Reads those that are new.
    async fn read(&self, db: &mut AnyConnection) -> Result<(), StoreError> {
        let last = self.0.read().unwrap_or_else(PoisonError::into_inner).last.clone();
        let mut rows = read_from(db, last.as_ref().map_or(0, |it| it.0)).await?;
        let is_known = |row: &KeyRow| last.as_ref().is_some_and(|it| *it == (row.id, row.digest.clone()));
        let continues = rows.first().is_some_and(is_known);
        if last.is_some() && !continues {
            // The database is another one.
            rows = read_from(db, 0).await?;
        }
        if rows.len() > usize::from(continues) {
            let mut book = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if !continues {
                *book = KeyBook::default();
            }
            book.add(rows);
        }
        Ok(())
    }
}

struct KeyRow {
    id: i64,
    digest: Vec<u8>,
    /// `None`: a cube that this build does not have.
    cube: Option<Cube>,
    values: Vec<Box<str>>,
}

impl KeyRow {
    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        let name = codec::text(row, "cube")?;
        let cube = Cube::ALL.into_iter().find(|it| it.as_str() == name);
        let dimensions = cube.map_or(&[][..], Cube::dimensions);
        let values = dimensions.iter().map(|it| Ok(codec::text(row, column(*it))?.into_boxed_str()));
        Ok(Self {
            id: codec::bigint(row, "id")?,
            digest: codec::bytes(row, "digest")?,
            cube,
            values: values.collect::<Result<_, StoreError>>()?,
        })
    }
}

async fn read_from(db: &mut AnyConnection, first: i64) -> Result<Vec<KeyRow>, StoreError> {
    let sql = "select * from usage_rollup_keys where id >= $1 order by id";
    let mut rows = sqlx::query(sql).bind(first).fetch(db);
    let mut keys = Vec::new();
    while let Some(row) = rows.try_next().await? {
        keys.push(KeyRow::of(&row)?);
    }
    Ok(keys)
}

impl KeyBook {
    fn add(&mut self, keys: Vec<KeyRow>) {
        for KeyRow { id, digest, cube, values } in keys {
            // Somebody else may have read it meanwhile.
            if self.last.as_ref().is_some_and(|it| it.0 >= id) {
                continue;
            }
            if let Some(cube) = cube {
                Arc::make_mut(self.cubes.entry(cube).or_default()).add(id, values);
            }
            self.last = Some((id, digest));
        }
    }
}

impl KeyTable {
    fn add(&mut self, id: i64, values: Vec<Box<str>>) {
        self.ids.push(id);
        self.columns.resize_with(values.len(), Column::default);
        for (column, value) in self.columns.iter_mut().zip(values) {
            let next = column.values.len() as u32;
            let place = *column.places.entry(value.clone()).or_insert(next);
            if place == next {
                column.values.push(value);
            }
            column.of.push(place);
        }
    }

    fn keys(self: &Arc<Self>, cube: Cube, asked: &KeysAsked<'_>) -> Keys {
        let at =
            |it: Dimension| cube.dimensions().iter().position(|of| *of == it).expect("the cube has what is asked for");
        let told_by: Vec<usize> = asked.group_by.iter().map(|it| at(*it)).collect();
        let mut demanded: Vec<(&Column, Vec<bool>)> = Vec::new();
        let mut demand = |at: usize, accepts: &dyn Fn(&str) -> bool| {
            let column = &self.columns[at];
            demanded.push((column, column.values.iter().map(|it| accepts(it)).collect()));
        };
        if let Visible::Projects(names) = asked.visible {
            demand(at(Dimension::Project), &|it| names.contains(it));
        }
        for filter in asked.filters {
            demand(at(filter.dimension), &|it| filter.accepts(it));
        }
        for (number, column) in told_by.iter().enumerate() {
            let Some(only) = asked.only else { break };
            let only: HashSet<&str> = only.iter().map(|it| it[number].as_str()).collect();
            demand(*column, &|it| only.contains(it));
        }
        let matching: Vec<u32> = (0..self.ids.len() as u32)
            .filter(|at| demanded.iter().all(|(column, accepted)| accepted[column.of[*at as usize] as usize]))
            .collect();
        self.told_apart(cube, told_by, matching, asked)
    }

    /// The places of some keys, those of the same values the same.
    fn told_apart(
        self: &Arc<Self>,
        cube: Cube,
        told_by: Vec<usize>,
        mut matching: Vec<u32>,
        asked: &KeysAsked<'_>,
    ) -> Keys {
        if let Some(only) = asked.only {
            let only: HashSet<&[String]> = only.iter().map(Vec::as_slice).collect();
            matching.retain(|at| only.contains(self.values(&told_by, *at).as_slice()));
        }
        let mut of: Vec<u32> = vec![0; matching.len()];
        let mut one_of: Vec<u32> = matching.first().copied().into_iter().collect();
        for column in &told_by {
            // A place so far and a value make a place.
            let mut known: HashMap<(u32, u32), u32> = HashMap::with_capacity(one_of.len());
            one_of.clear();
            for (place, at) in of.iter_mut().zip(&matching) {
                let next = one_of.len() as u32;
                *place = *known.entry((*place, self.columns[*column].of[*at as usize])).or_insert(next);
                if *place == next {
                    one_of.push(*at);
                }
            }
        }
        let mut places = vec![NONE; self.ids.last().map_or(0, |last| *last as usize + 1)];
        for (place, at) in of.into_iter().zip(&matching) {
            places[self.ids[*at as usize] as usize] = place;
        }
        let most = match cube {
            Cube::CallerModel if asked.sketches => FEW_OF_MANY,
            Cube::Caller | Cube::CallerModel => FEW,
            _ => 0,
        };
        let few = (matching.len() <= most).then(|| matching.iter().map(|at| self.ids[*at as usize]).collect());
        Keys { cube, places: Some(places), one_of, table: Arc::clone(self), told_by, few }
    }

    /// What the key of that number has in some columns.
    fn values(&self, columns: &[usize], at: u32) -> Vec<String> {
        columns.iter().map(|it| String::from(self.columns[*it].value(at))).collect()
    }
}

impl Column {
    /// Of the key of that number.
    fn value(&self, at: u32) -> &str {
        &self.values[self.of[at as usize] as usize]
    }
}

impl Keys {
    fn none(cube: Cube) -> Self {
        Self {
            cube,
            places: Some(Vec::new()),
            one_of: Vec::new(),
            table: Arc::default(),
            told_by: Vec::new(),
            few: None,
        }
    }

    /// How many places there are.
    pub const fn count(&self) -> usize {
        self.one_of.len()
    }

    /// The values at a place.
    pub fn values(&self, place: usize) -> Vec<String> {
        self.table.values(&self.told_by, self.one_of[place])
    }

    /// The order of two places by their values.
    pub fn order(&self, a: usize, b: usize) -> Ordering {
        let compared = self.told_by.iter().map(|it| {
            let column = &self.table.columns[*it];
            column.value(self.one_of[a]).cmp(column.value(self.one_of[b]))
        });
        compared.fold(Ordering::Equal, Ordering::then)
    }

    /// Few keys of many: they are looked up instead of passed over.
    pub fn few(&self) -> Option<&[i64]> {
        self.few.as_deref()
    }

    /// The place of a key's values; `None`: it is not asked for.
    pub fn place(&self, key: i64) -> Option<usize> {
        let Some(places) = &self.places else { return Some(0) };
        let place = *places.get(usize::try_from(key).ok()?)?;
        (place != NONE).then_some(place as usize)
    }
}
