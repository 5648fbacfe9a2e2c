//! Whom a change touches: what the database knows of the use of a configuration, for the pure function that judges it.

use std::{cmp::Reverse, collections::BTreeMap};

use control_plane_core::{
    Document,
    effect::{Effects, Facts, effects},
    node::NodeStatus,
    permission::Visible,
    report::{Query, Request, Subject},
    token::{TokenRecord, TokenState},
};

use super::{
    Control, ManageError, node,
    outside::{self, Found},
};
use crate::{
    clock::now_ms,
    store::{ReadTx, StoreError, node::Node, report, token},
};

/// Whom the change from one document to another touches, of the projects that somebody sees, given what was found of the secrets that
/// the other names.
pub async fn of_change(
    control: &Control,
    sees: &Visible,
    before: Document,
    after: Document,
    found: &[Found],
) -> Result<Effects, ManageError> {
    let facts = facts(control, sees, found).await?;
    control.aside(move || effects(&before, &after, &facts)).await
}

async fn facts(control: &Control, sees: &Visible, found: &[Found]) -> Result<Facts, ManageError> {
    let nodes = node::list(control).await?;
    let serves = |status: &NodeStatus| !matches!(status, NodeStatus::Away | NodeStatus::Revoked);
    let nodes = nodes.iter().filter(|(_, status)| serves(status)).count() as u64;
    let mut tx = control.store.read_consistent().await?;
    let mut tokens = BTreeMap::new();
    for record in token::all(tx.connection()).await? {
        if record.state == TokenState::Active && !record.has_expired(now_ms()) {
            *tokens.entry(record.caller).or_insert(0) += 1;
        }
    }
    let without_key = outside::without_key(tx.connection(), control, found).await?;
    Ok(Facts {
        tokens,
        nodes,
        by_caller: requests(&mut tx, "caller", &[], sees).await?,
        by_group: requests(&mut tx, "group", &[], sees).await?,
        by_target: requests(&mut tx, "model", &[], sees).await?,
        without_key,
    })
}

/// How many requests there were in the last day, by a dimension.
pub(super) async fn requests(
    tx: &mut ReadTx,
    dimension: &str,
    filters: &[String],
    visible: &Visible,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let query = Query {
        since: "24h".to_owned(),
        group_by: vec![dimension.to_owned()],
        filters: filters.to_vec(),
        ..Query::default()
    };
    let request = Request::parse(Subject::Requests, &query, now_ms()).expect("a query of known words");
    let rows = report::rows(tx, &request, visible).await?;
    let named = rows.into_iter().filter_map(|row| Some((row.values.into_iter().next()?, row.measures.requests)));
    Ok(named.filter(|(_, requests)| *requests > 0).collect())
}

/// What would miss a token.
pub struct TokenUse {
    /// The token.
    pub record: TokenRecord,
    /// Its requests of the last day by the program that sent them, most first.
    pub clients: Vec<(String, u64)>,
    /// The same by group.
    pub groups: Vec<(String, u64)>,
    /// Other tokens of its caller that are open.
    pub other_open_tokens: u64,
}

/// What would miss a token that is suspended or revoked, of the requests that are shown to whoever asks.
pub async fn of_token(control: &Control, visible: &Visible, id: &str) -> Result<TokenUse, ManageError> {
    let mut tx = control.store.read_consistent().await?;
    let record = token::by_id(tx.connection(), id).await?;
    let record = record.ok_or_else(|| ManageError::NotFound { kind: "token", id: id.to_owned() })?;
    let now = now_ms();
    let all = token::all(tx.connection()).await?.into_iter();
    let others = all.filter(|it| it.caller == record.caller && it.id != record.id);
    let open = others.filter(|it| it.state == TokenState::Active && !it.has_expired(now)).count();
    let of_it = [format!("token={id}")];
    let clients = most_first(requests(&mut tx, "client", &of_it, visible).await?);
    let groups = most_first(requests(&mut tx, "group", &of_it, visible).await?);
    Ok(TokenUse { record, clients, groups, other_open_tokens: open as u64 })
}

/// What would miss a router.
pub struct NodeUse {
    /// Its requests of the last day by caller, most first.
    pub callers: Vec<(String, u64)>,
    /// Other routers that are connected.
    pub others: usize,
}

/// What would miss a router that is drained or revoked.
pub async fn of_node(control: &Control, id: &str) -> Result<NodeUse, ManageError> {
    let serves = |(it, status): &(Node, NodeStatus)| {
        it.id != id && !it.drained && !matches!(status, NodeStatus::Away | NodeStatus::Revoked)
    };
    let others = node::list(control).await?.iter().filter(|it| serves(it)).count();
    let mut tx = control.store.read_consistent().await?;
    let callers = most_first(requests(&mut tx, "caller", &[format!("node={id}")], &Visible::All).await?);
    Ok(NodeUse { callers, others })
}

fn most_first(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|it| Reverse(it.1));
    counts
}
