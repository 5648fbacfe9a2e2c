"""Codex CLI: a session with reasoning that is resumed at another provider of its dialect, and at home again.

Needs ELSEWHERE, a group of that provider."""

import os

from agent import TASK, execute_all
from codex_cli import CONFIG
from support import GROUP, TOKEN, run

ELSEWHERE = os.environ["ELSEWHERE"]


def resumed_at_another_provider_and_back():
    exec_ = ["exec", "--json", "--skip-git-repo-check"]
    resume = ["exec", "resume", "--last", "--json", "--skip-git-repo-check"]
    calls = [[*exec_, TASK], [*resume, "-m", ELSEWHERE, "Once more."], [*resume, "-m", GROUP, "And again."]]
    for events in execute_all("codex", calls, {"ROUTER_TOKEN": TOKEN}, {".codex/config.toml": CONFIG}):
        items = [event["item"] for event in events if event["type"] == "item.completed"]
        assert any(item["type"] == "reasoning" for item in items), items
        assert items[-1]["type"] == "agent_message" and items[-1]["text"], items
        assert events[-1]["type"] == "turn.completed", events[-1]


if __name__ == "__main__":
    run("codex-resume", resumed_at_another_provider_and_back)
