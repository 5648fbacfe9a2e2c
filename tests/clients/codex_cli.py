"""Codex CLI: one task with one shell command, over Responses."""

import json

from agent import TASK, execute
from support import GROUP, TOKEN, URL, run

# Codex's own sandbox needs rights that test machines and containers often lack, hence full access; the
# home, the working folder and the environment are throw-away.
CONFIG = f"""
model = {json.dumps(GROUP)}
# Of a model that it does not know Codex asks for no reasoning unless it is told to.
model_reasoning_effort = "low"
model_reasoning_summary = "auto"
model_supports_reasoning_summaries = true
model_provider = "router"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.router]
name = "router"
base_url = {json.dumps(URL + "/v1")}
env_key = "ROUTER_TOKEN"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""


def task_with_a_command():
    arguments = ["exec", "--json", "--skip-git-repo-check", TASK]
    events = execute("codex", arguments, {"ROUTER_TOKEN": TOKEN}, {".codex/config.toml": CONFIG})
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    commands = [item for item in items if item["type"] == "command_execution"]
    assert len(commands) == 1, items
    assert commands[0]["exit_code"] == 0 and "sandbox" in commands[0]["aggregated_output"], commands
    assert items[-1]["type"] == "agent_message" and items[-1]["text"], items
    completed = events[-1]
    assert completed["type"] == "turn.completed" and completed["usage"]["output_tokens"] > 0, completed


if __name__ == "__main__":
    run("codex", task_with_a_command)
