//! Coding agents finish a task with tools on targets that do not speak their dialect, and are charged for what the upstream
//! counted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::cluster::Sandbox;
use crate::support::one_dialect::{PROVIDERS, World, configuration, reported};

/// An agent, and the targets that it works on.
const AGENTS: [(&str, &str, [&str; 2]); 2] =
    [("claude", "claude_cli", ["chat", "responses"]), ("codex", "codex_cli", ["chat", "messages"])];

#[tokio::test]
async fn agents_finish_a_task_with_tools_on_targets_of_other_dialects() {
    let sandbox = Sandbox::start().await;
    // A model for each agent, so that each has usage rows of its own.
    let text = configuration(sandbox.address, &PROVIDERS, &AGENTS.map(|(agent, ..)| (agent, "")));
    let world = World::start(&text).await;
    for (agent, script, targets) in AGENTS {
        for target in targets {
            sandbox.forget().await;
            let group = format!("{target}-{agent}");
            world.clients(&[script], &group, &[]).unwrap_or_else(|failures| panic!("{failures}"));
            let requests = sandbox.requests().await;
            let refused: Vec<_> = requests.iter().filter(|request| request["status"] != 200).collect();
            assert!(refused.is_empty(), "{agent} on {target}: {refused:?}");
            assert!(requests.len() >= 2, "{agent} on {target}: only {} requests", requests.len());
            let counted = reported(&sandbox).await;
            assert!(counted.input > 10_000 && counted.output > 0, "{agent} on {target}: {counted:?}");
            world.assert_metered(&group, counted).await;
        }
    }
}

#[tokio::test]
async fn anthropics_tool_runners_work_on_targets_of_every_dialect() {
    let sandbox = Sandbox::start().await;
    let world = World::start(&configuration(sandbox.address, &PROVIDERS, &[("plain", "")])).await;
    for (provider, _) in PROVIDERS {
        let group = format!("{provider}-plain");
        world.clients(&["anthropic_runners"], &group, &[]).unwrap_or_else(|failures| panic!("{failures}"));
    }
}

/// Codex tells of a goal without the id of a call, which no other dialect knows.
#[tokio::test]
async fn codex_goes_on_after_a_goal_that_the_model_set_on_targets_of_every_dialect() {
    let sandbox = Sandbox::start().await;
    let world = World::start(&configuration(sandbox.address, &PROVIDERS, &[("goal", ",tool=create_goal")])).await;
    for (provider, _) in PROVIDERS {
        sandbox.forget().await;
        let group = format!("{provider}-goal");
        world.clients(&["codex_goal"], &group, &[]).unwrap_or_else(|failures| panic!("{failures}"));
        let bodies = bodies(&sandbox).await;
        assert!(bodies.iter().any(|it| it.contains("goal") && it.contains("objective")), "{provider}: {bodies:#?}");
    }
}

#[tokio::test]
async fn opencode_finishes_a_task_with_tools_on_targets_of_every_dialect() {
    let sandbox = Sandbox::start().await;
    let world = World::start(&configuration(sandbox.address, &PROVIDERS, &[("plain", "")])).await;
    for (provider, _) in PROVIDERS {
        let group = format!("{provider}-plain");
        world.clients(&["opencode_cli"], &group, &[]).unwrap_or_else(|failures| panic!("{failures}"));
    }
}

/// The bodies that the sandbox received.
async fn bodies(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.requests().await;
    let body = |it: &Value| String::from_utf8(STANDARD.decode(it["body"].as_str().unwrap()).unwrap()).unwrap();
    requests.iter().map(body).collect()
}

/// It refers to what the provider keeps, which is found for its owner.
#[tokio::test]
async fn vercels_ai_sdk_refers_to_earlier_items_of_a_provider_that_others_share() {
    let sandbox = Sandbox::start().await;
    let world = World::start(&configuration(sandbox.address, &PROVIDERS, &[("plain", "")])).await;
    world.clients(&["ai_sdk"], "responses-plain", &[]).unwrap_or_else(|failures| panic!("{failures}"));
    let bodies = bodies(&sandbox).await;
    assert!(bodies.iter().all(|it| !it.contains("_sr2_")), "{bodies:#?}");
    assert!(bodies.iter().filter(|it| it.contains("item_reference")).count() >= 4, "{bodies:#?}");
}
