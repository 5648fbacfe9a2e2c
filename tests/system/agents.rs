//! Coding agents finish a task with tools on targets that do not speak their dialect, and are charged for what the upstream
//! counted.

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
