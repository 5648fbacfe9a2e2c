//! What must be true of an installation that is well.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::installation::Installation;
use super::member::Member;

const ANSWER: Duration = Duration::from_secs(3);
const OFTEN: Duration = Duration::from_millis(15);
/// How long a revocation may take while all links hold, and what is added for a machine of two busy cores.
pub const REVOCATION: Duration = Duration::from_secs(1);
pub const MACHINE: Duration = Duration::from_secs(1);

/// What is still wrong; empty when all is well.
pub async fn wrong(installation: &Installation, revoked: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    for member in installation.members() {
        if !member.is_ready().await {
            wrong.push(format!("{} is not ready", member.name));
        }
    }
    for router in &installation.routers {
        match status(router, &installation.token).await {
            200 => {}
            other => wrong.push(format!("{} answers {other}", router.name)),
        }
        if let Some(token) = revoked
            && takes(router, token).await
        {
            wrong.push(format!("{} serves a revoked token", router.name));
        }
    }
    for member in &installation.control_planes {
        match installation.nodes_of(member).await {
            Ok(nodes) => wrong.extend(installation.routers.iter().filter_map(|it| unlisted(&nodes, it, member))),
            Err(error) => wrong.push(format!("no list of routers: {error}")),
        }
    }
    wrong
}

/// What a control plane says of a router, unless it calls it current. One whose clock is off may leave a router out.
fn unlisted(nodes: &[Value], router: &Member, control_plane: &Member) -> Option<String> {
    let status = nodes.iter().find(|node| node["name"] == router.name.as_str()).map(|node| &node["status"]);
    match status {
        Some(status) if status == "current" => None,
        Some(status) => Some(format!("{}: {} is {status}", control_plane.name, router.name)),
        None => Some(format!("{} does not list {}", control_plane.name, router.name)),
    }
}

/// What a request without an id of the ledger gets; 0 for no answer.
pub async fn status(router: &Member, token: &str) -> u16 {
    let body = json!({"model": "native", "messages": [{"role": "user", "content": "hello"}]});
    let client = crate::support::client();
    let request = client.post(router.url("/v1/chat/completions")).bearer_auth(token).timeout(ANSWER).json(&body);
    request.send().await.map_or(0, |response| response.status().as_u16())
}

/// Whether it takes the token; whoever does not answer does. Asks for the list of models, which needs no upstream.
async fn takes(router: &Member, token: &str) -> bool {
    ![401, 403].contains(&listing(router, token).await)
}

async fn listing(router: &Member, token: &str) -> u16 {
    let client = crate::support::client();
    let request = client.get(router.url("/v1/models")).bearer_auth(token).timeout(ANSWER);
    request.send().await.map_or(0, |response| response.status().as_u16())
}

/// How long a new token that is revoked goes on working on any of the routers, counted from the command's end.
pub async fn revocation(installation: &Installation) -> Result<Duration, String> {
    let token = installation.new_token().await?;
    let ready = Instant::now();
    for router in &installation.routers {
        while listing(router, &token).await != 200 {
            if ready.elapsed() > Duration::from_secs(20) {
                return Err(format!("{} does not learn of a new token", router.name));
            }
            tokio::time::sleep(OFTEN).await;
        }
    }
    installation.revoke(&token).await?;
    let revoked = Instant::now();
    for router in &installation.routers {
        while takes(router, &token).await {
            if revoked.elapsed() > Duration::from_secs(20) {
                return Err(format!("{} goes on serving a revoked token", router.name));
            }
            tokio::time::sleep(OFTEN).await;
        }
    }
    Ok(revoked.elapsed())
}

/// At the end no router takes a token that was revoked in any round.
pub async fn revoked_stay_revoked(installation: &Installation) -> Vec<String> {
    let mut wrong = Vec::new();
    for router in &installation.routers {
        for token in &installation.revoked {
            if takes(router, token).await {
                wrong.push(format!("{} takes a token that was revoked", router.name));
            }
        }
    }
    wrong
}
