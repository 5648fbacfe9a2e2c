//! A conversation may move between targets of any dialect and any provider, in the middle of a tool call and back: no
//! upstream refuses what it is sent, and the caller is told what was left out.

use crate::support::cluster::Sandbox;
use crate::support::one_dialect::{World, configuration};

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
