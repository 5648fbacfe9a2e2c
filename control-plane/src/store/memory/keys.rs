//! What the keys of roll-ups mean. A key that is committed never changes and keys are committed in the order of their ids, so
//! that only those behind the last one are read again; of callers by models there are tens of thousands.

use std::{
    collections::{HashMap, HashSet},
    sync::{PoisonError, RwLock},
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
/// The place of a key that is not asked for.
const NONE: u32 = u32::MAX;

/// The keys that were read.
#[derive(Default)]
pub struct KnownKeys(RwLock<KeyBook>);

#[derive(Default)]
struct KeyBook {
    /// The last one that was read, and its digest.
    last: Option<(i64, Vec<u8>)>,
    cubes: HashMap<Cube, KeyTable>,
}

/// The keys of a cube.
#[derive(Default)]
struct KeyTable {
    ids: Vec<i64>,
    /// One for each of its dimensions.
    columns: Vec<Column>,
}

/// The values of a dimension, each told once.
#[derive(Default)]
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
}

/// Which keys of a cube answer a question, and what they are told apart by.
pub struct Keys {
    /// The cube.
    pub cube: Cube,
    /// By the id of a key, the place of its values; `None`: all keys are asked for, and not told apart.
    places: Option<Vec<u32>>,
    values: Vec<Vec<String>>,
    few: Option<Vec<i64>>,
}

impl KnownKeys {
    /// The keys that answer a question.
    pub async fn of(&self, db: &mut AnyConnection, cube: Cube, asked: &KeysAsked<'_>) -> Result<Keys, StoreError> {
        let everything = asked.group_by.is_empty() && asked.filters.is_empty() && matches!(asked.visible, Visible::All);
        if everything {
            return Ok(Keys { cube, places: None, values: vec![Vec::new()], few: None });
        }
        self.read(db).await?;
        let book = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(book.cubes.get(&cube).map_or_else(|| Keys::none(cube), |it| it.keys(cube, asked)))
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
                self.cubes.entry(cube).or_default().add(id, values);
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

    fn keys(&self, cube: Cube, asked: &KeysAsked<'_>) -> Keys {
        let at = |dimension: Dimension| cube.dimensions().iter().position(|it| *it == dimension);
        let column = |dimension: Dimension| &self.columns[at(dimension).expect("the cube has what is asked for")];
        let mut demanded: Vec<(&Column, Vec<bool>)> = Vec::new();
        if let Visible::Projects(names) = asked.visible {
            let column = column(Dimension::Project);
            demanded.push((column, column.values.iter().map(|it| names.contains(&**it)).collect()));
        }
        for filter in asked.filters {
            let column = column(filter.dimension);
            demanded.push((column, column.values.iter().map(|it| filter.accepts(it)).collect()));
        }
        let told_by: Vec<&Column> = asked.group_by.iter().map(|it| column(*it)).collect();
        let only: Option<HashSet<Vec<u32>>> = asked.only.map(|only| {
            let places = |values: &Vec<String>| {
                told_by.iter().zip(values).map(|(it, value)| it.places.get(value.as_str()).copied()).collect()
            };
            only.iter().filter_map(places).collect()
        });
        let mut places = vec![NONE; self.ids.last().map_or(0, |last| *last as usize + 1)];
        let (mut known, mut matching) = (HashMap::<Vec<u32>, u32>::new(), Vec::new());
        for (at, id) in self.ids.iter().enumerate() {
            if demanded.iter().any(|(column, accepted)| !accepted[column.of[at] as usize]) {
                continue;
            }
            let values: Vec<u32> = told_by.iter().map(|it| it.of[at]).collect();
            if only.as_ref().is_none_or(|only| only.contains(&values)) {
                let next = known.len() as u32;
                places[*id as usize] = *known.entry(values).or_insert(next);
                matching.push(*id);
            }
        }
        let mut values = vec![Vec::new(); known.len()];
        for (it, place) in known {
            let text = |(column, at): (&&Column, u32)| String::from(&*column.values[at as usize]);
            values[place as usize] = told_by.iter().zip(it).map(text).collect();
        }
        let indexed = matches!(cube, Cube::Caller | Cube::CallerModel);
        Keys { cube, places: Some(places), values, few: (indexed && matching.len() <= FEW).then_some(matching) }
    }
}

impl Keys {
    const fn none(cube: Cube) -> Self {
        Self { cube, places: Some(Vec::new()), values: Vec::new(), few: None }
    }

    /// No key answers.
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values at a place.
    pub fn values(&self, place: usize) -> &[String] {
        &self.values[place]
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
