//! How the rows of a search are reached: by an index that has them in their order, so that a page reads little more than it
//! shows. Conditions that the index does not know are checked row by row.

use control_plane_core::{
    permission::Visible,
    search::{Condition, FlagField, Search, TextField},
};

/// The most values that are each followed in the index. Of more than these, rows are read by time.
const MOST_VALUES: usize = 8;

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// All requests by time.
    Time,
    /// Requests with one of some values, by time.
    Values { column: &'static str, values: Vec<String> },
    /// What failed, by time.
    Failed,
    /// What failed with one of some values.
    FailedValues { column: &'static str, values: Vec<String> },
    /// Whatever has an id: its own, its caller's, its session's, or that of a token, whose caller is told with it.
    Id { id: String, token_caller: Option<String> },
}

/// A path, and whether it leads to nothing but what is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub path: Path,
    /// What is still to be checked, as places in the search's conditions.
    pub rest: Vec<usize>,
    /// Whether it is still to be checked that a request may be seen.
    pub check_visible: bool,
}

/// The fields with an index, the one that fits fewest rows first.
const INDEXED: [(TextField, &str); 7] = [
    (TextField::Request, "request_id"),
    (TextField::ClientRequest, "client_request_id"),
    (TextField::Session, "session"),
    (TextField::Caller, "caller"),
    (TextField::Model, "model"),
    (TextField::Project, "project"),
    (TextField::Group, "group_name"),
];
const INDEXED_OF_FAILED: [(TextField, &str); 3] =
    [(TextField::Caller, "caller"), (TextField::Code, "code"), (TextField::Project, "project")];

/// The path to what a search asks for. `token_callers`: whose the tokens are that it names.
pub(super) fn choose(search: &Search, token_callers: Option<Vec<String>>) -> Chosen {
    let check_visible = search.visible != Visible::All;
    let rest: Vec<usize> = (0..search.conditions.len()).collect();
    if let Some(id) = &search.id {
        let token_caller = token_callers.and_then(|it| it.into_iter().next());
        return Chosen { path: Path::Id { id: id.clone(), token_caller }, rest, check_visible };
    }
    let failed = search.conditions.iter().any(only_failed);
    let indexed: &[_] = if failed { &INDEXED_OF_FAILED } else { &INDEXED };
    for &(field, column) in indexed {
        let at = search.conditions.iter().position(|it| values_of(it, field).is_some());
        let found = at.and_then(|at| Some((at, values_of(&search.conditions[at], field)?)));
        if let Some((at, values)) = found {
            let values = values.to_vec();
            let path = if failed { Path::FailedValues { column, values } } else { Path::Values { column, values } };
            // That they failed is known, too.
            let rest = rest.into_iter().filter(|it| *it != at && !(failed && says_failed(&search.conditions[*it])));
            return Chosen { path, rest: rest.collect(), check_visible };
        }
        if let (TextField::Caller, Some(values)) = (field, &token_callers) {
            let values = values.clone();
            let path = if failed { Path::FailedValues { column, values } } else { Path::Values { column, values } };
            return Chosen { path, rest, check_visible };
        }
    }
    unnamed(search, rest, failed)
}

/// The path where nothing that is named has an index.
fn unnamed(search: &Search, rest: Vec<usize>, failed: bool) -> Chosen {
    if let Visible::Projects(projects) = &search.visible
        && projects.len() <= MOST_VALUES
    {
        let (column, values) = ("project", projects.iter().cloned().collect());
        let path = if failed { Path::FailedValues { column, values } } else { Path::Values { column, values } };
        return Chosen { path, rest, check_visible: false };
    }
    let rest = rest.into_iter().filter(|it| !(failed && says_failed(&search.conditions[*it]))).collect();
    let path = if failed { Path::Failed } else { Path::Time };
    Chosen { path, rest, check_visible: search.visible != Visible::All }
}

/// The values that a condition demands of a field, if they can be followed.
fn values_of(condition: &Condition, field: TextField) -> Option<&[String]> {
    match condition {
        Condition::Text { field: of, negated: false, values } if *of == field && values.len() <= MOST_VALUES => {
            // What has none is not in the index.
            let sparse = matches!(field, TextField::Session | TextField::ClientRequest);
            (!sparse || values.iter().all(|it| !it.is_empty())).then_some(values)
        }
        _ => None,
    }
}

/// The tokens that a search demands; empty: any.
pub(super) fn tokens(search: &Search) -> &[String] {
    search.conditions.iter().find_map(|it| values_of(it, TextField::Token)).unwrap_or_default()
}

/// Whether a condition leaves only what failed.
fn only_failed(condition: &Condition) -> bool {
    match condition {
        Condition::Text { field: TextField::Code, negated: false, values } => values.iter().all(|it| it != "ok"),
        other => {
            says_failed(other)
                || matches!(other, Condition::Text { field: TextField::Code, negated: true, values } if values.iter().any(|it| it == "ok"))
        }
    }
}

/// Whether a condition says that it failed, and nothing else.
fn says_failed(condition: &Condition) -> bool {
    match condition {
        Condition::Flag { field: FlagField::Failed, is } => *is,
        Condition::Text { field: TextField::Code, negated: true, values } => *values == ["ok"],
        _ => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use control_plane_core::search::SearchQuery;

    use super::*;

    fn chosen(visible: &Visible, filters: &[&str], token_callers: Option<&[&str]>) -> Chosen {
        let filters = filters.iter().map(|it| (*it).to_owned()).collect();
        let search =
            Search::parse(visible.clone(), &SearchQuery { filters, ..SearchQuery::default() }, 86_400_000).unwrap();
        choose(&search, token_callers.map(|it| it.iter().map(|it| (*it).to_owned()).collect()))
    }

    fn values(column: &'static str, values: &[&str]) -> Path {
        Path::Values { column, values: values.iter().map(|it| (*it).to_owned()).collect() }
    }

    #[test]
    fn the_index_that_fits_fewest_rows_is_followed_and_the_rest_is_checked() {
        let all = |filters: &[&str]| chosen(&Visible::All, filters, None);
        for (filters, path, rest) in [
            (&[][..], Path::Time, &[][..]),
            (&["stream=yes"], Path::Time, &[0]),
            (&["group=fast", "caller=ana", "caller=bo"], values("caller", &["ana", "bo"]), &[0]),
            (&["group!=fast"], Path::Time, &[0]),
            (&["session="], Path::Time, &[0]),
            (&["session=s", "caller=ana"], values("session", &["s"]), &[1]),
            (&["code!=ok"], Path::Failed, &[]),
            (&["failed=yes", "stream=no"], Path::Failed, &[1]),
            (&["code!=ok", "code!=interrupted"], Path::Failed, &[0]),
            (&["code=ok"], Path::Time, &[0]),
            (&["failed=no"], Path::Time, &[0]),
            (
                &["code=internal", "group=fast"],
                Path::FailedValues { column: "code", values: vec!["internal".into()] },
                &[1],
            ),
            (
                &["code!=ok", "caller=ana", "group=fast"],
                Path::FailedValues { column: "caller", values: vec!["ana".into()] },
                &[2],
            ),
        ] {
            let found = all(filters);
            assert_eq!((found.path, found.rest.as_slice(), found.check_visible), (path, rest, false), "{filters:?}");
        }
        let many: Vec<String> = (0..9).map(|it| format!("caller=c{it}")).collect();
        assert_eq!(all(&many.iter().map(String::as_str).collect::<Vec<_>>()).path, Path::Time);
    }

    #[test]
    fn what_may_be_seen_is_followed_or_checked() {
        let mine = Visible::Projects(["search".to_owned()].into());
        let found = chosen(&mine, &["stream=yes"], None);
        assert_eq!((found.path, found.rest, found.check_visible), (values("project", &["search"]), vec![0], false));
        let found = chosen(&mine, &["caller=ana"], None);
        assert_eq!((found.path, found.check_visible), (values("caller", &["ana"]), true));
        assert!(chosen(&mine, &["project=other"], None).check_visible, "another project's is none of theirs");
        let many = Visible::Projects((0..9).map(|it| format!("p{it}")).collect());
        let found = chosen(&many, &[], None);
        assert_eq!((found.path, found.check_visible), (Path::Time, true));
    }

    #[test]
    fn a_token_is_found_by_its_caller() {
        let found = chosen(&Visible::All, &["token=t1"], Some(&["ana"]));
        assert_eq!((found.path, found.rest), (values("caller", &["ana"]), vec![0]));
        assert_eq!(chosen(&Visible::All, &["token=t1"], None).path, Path::Time);
    }
}
