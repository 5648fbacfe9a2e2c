"""Codex CLI: a model that sets a goal. Codex keeps it itself, and tells of it without a call's id.

Needs an upstream that calls `create_goal`."""

from agent import execute
from codex_cli import CONFIG
from support import TOKEN, run


def goal_that_the_model_sets():
    arguments = ["exec", "--json", "--skip-git-repo-check", "--enable", "goals", "Say hi, and make that your goal."]
    events = execute("codex", arguments, {"ROUTER_TOKEN": TOKEN}, {".codex/config.toml": CONFIG})
    assert events[-1]["type"] == "turn.completed", events
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    assert items[-1]["type"] == "agent_message" and items[-1]["text"], items


if __name__ == "__main__":
    run("codex-goal", goal_that_the_model_sets)
