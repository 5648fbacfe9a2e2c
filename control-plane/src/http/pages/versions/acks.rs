use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::node::NodeStatus;
use web::{
    Screen, Tag, Tone,
    show::{Count, Moment},
    versions::{AckRow, Acks},
};

use super::{Reader, Wrong};
use crate::{
    clock::now_ms,
    http::{App, input::InPath},
    manage::version::{self, VersionStanding},
    store::node::Node,
};

/// How routers take a version: a part of its page, which asks for it again.
pub async fn acks(State(app): State<App>, reader: Reader, InPath(version): InPath<u64>) -> Result<Response, Wrong> {
    let view = view(version, version::standing(&app.control, version).await?);
    Ok(reader.shows(Screen::Versions, &view).into_response())
}

/// How routers take a version. It is asked for again until all have it: often while one is on its way, now and then while one is away
/// or refuses it.
pub fn view(version: u64, standing: VersionStanding) -> Acks {
    let now = now_ms();
    let VersionStanding { holding, not_yet } = standing;
    let moves = not_yet.iter().any(|(_, status)| matches!(status, NodeStatus::Behind | NodeStatus::Current));
    let (taken, of) = (holding.len(), holding.len() + not_yet.len());
    let held = holding.into_iter().map(|it| (true, it));
    let mut all: Vec<_> = held.chain(not_yet.into_iter().map(|it| (false, it))).collect();
    all.sort_by(|(_, (a, _)), (_, (b, _))| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Acks {
        poll_href: if of > taken { format!("/versions/{version}/acks") } else { String::new() },
        every: if moves { "1s" } else { "5s" },
        here_href: format!("/versions/{version}"),
        taken: Count(taken as u64),
        of: Count(of as u64),
        rows: all.into_iter().map(|(has_it, (node, status))| row(has_it, node, status, now)).collect(),
    }
}

fn row(has_it: bool, node: Node, status: NodeStatus, now_ms: i64) -> AckRow {
    let (state, why) = match status {
        NodeStatus::Partial if has_it => {
            let gaps: Vec<String> = node.gaps.iter().map(|it| format!("{}: {}", it.resource, it.message)).collect();
            (Tag::new(Tone::Warning, "in force in part"), gaps.join("; "))
        }
        NodeStatus::Away if has_it => (Tag::plain("had it"), "It is not connected now.".to_owned()),
        _ if has_it => (Tag::new(Tone::Good, "in force"), String::new()),
        NodeStatus::Rejecting => (Tag::new(Tone::Bad, "refused"), refusal(&node)),
        NodeStatus::Away => (Tag::plain("away"), "It is not connected, and may be serving what it holds.".to_owned()),
        NodeStatus::Ahead => {
            (Tag::new(Tone::Bad, "ahead"), "It holds versions that this database does not know.".to_owned())
        }
        _ => (Tag::new(Tone::Note, "waiting"), String::new()),
    };
    AckRow {
        href: format!("/nodes/{}", node.id),
        state,
        held: if node.held_version == 0 { "none".to_owned() } else { node.held_version.to_string() },
        why,
        seen: Moment { at_ms: node.last_seen_ms.unwrap_or(node.created_ms), now_ms },
        node: node.name,
    }
}

/// Why a router refuses the newest version, in its own words.
pub fn refusal(node: &Node) -> String {
    let errors = node.rejection.iter().flat_map(|it| &it.errors);
    let told: Vec<String> = errors
        .map(|it| if it.resource.is_empty() { it.message.clone() } else { format!("{}: {}", it.resource, it.message) })
        .collect();
    told.join("; ")
}
