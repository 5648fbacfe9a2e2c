//! A conversation may move between targets of any dialect and any provider, in the middle of a tool call and back: no
//! upstream refuses what it is sent, and the caller is told what was left out.

use crate::support::cluster::Sandbox;
use crate::support::one_dialect::{World, configuration};

/// Codex keeps its reasoning encrypted, and gives it back to whoever it is resumed at.
#[tokio::test]
async fn codex_resumes_a_session_at_another_provider_and_at_home_again() {
    let sandbox = Sandbox::start().await;
    let world = World::start(&configuration(sandbox.address, &PROVIDERS, &[("talk", "")])).await;
    let elsewhere = [("ELSEWHERE", "responses-two-talk")];
    world.clients(&["codex_resume"], "responses-talk", &elsewhere).unwrap_or_else(|failures| panic!("{failures}"));
    let requests = sandbox.requests().await;
    assert!(requests.iter().all(|it| it["status"] == 200), "{requests:?}");
}

/// Two providers of each dialect, each of which takes its own reasoning alone.
const PROVIDERS: [(&str, &str); 6] = [
    ("chat", "openai-chat"),
    ("chat-two", "openai-chat"),
    ("messages", "anthropic-messages"),
    ("messages-two", "anthropic-messages"),
    ("responses", "openai-responses"),
    ("responses-two", "openai-responses"),
];

#[tokio::test]
async fn conversations_of_twenty_turns_survive_every_change_of_target() {
    let sandbox = Sandbox::start().await;
    let text = configuration(sandbox.address, &PROVIDERS, &[("talk", ",calls=2,preamble=1")]);
    let world = World::start(&text).await;
    let upstream = format!("http://{}", sandbox.address);
    let environment = [("MATRIX_UPSTREAM", upstream.as_str())];
    world.clients(&["switching"], "chat-talk", &environment).unwrap_or_else(|failures| panic!("{failures}"));
}
