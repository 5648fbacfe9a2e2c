"""opencode: one task with one shell command, over Chat Completions and over Responses."""

import json

from agent import TASK, execute
from support import GROUP, TOKEN, URL, run


# Nothing of the world outside is asked.
QUIET = {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"}


def task(package: str):
    provider = {
        "npm": package,
        "name": "router",
        "options": {"baseURL": f"{URL}/v1", "apiKey": TOKEN},
        "models": {GROUP: {"name": GROUP}},
    }
    config = {
        "$schema": "https://opencode.ai/config.json",
        "model": f"router/{GROUP}",
        "small_model": f"router/{GROUP}",
        "autoupdate": False,
        "share": "disabled",
        "permission": {"bash": "allow"},
        "provider": {"router": provider},
    }
    files = {".config/opencode/opencode.json": json.dumps(config)}
    events = execute("opencode", ["run", "--format", "json", TASK], QUIET, files)
    tools = [event["part"] for event in events if event["type"] == "tool_use"]
    assert [tool["tool"] for tool in tools] == ["bash"], events
    assert "sandbox" in tools[0]["state"]["output"], tools
    texts = [event["part"]["text"] for event in events if event["type"] == "text"]
    assert texts and texts[-1], events


def task_over_chat():
    task("@ai-sdk/openai-compatible")


def task_over_responses():
    task("@ai-sdk/openai")


if __name__ == "__main__":
    run("opencode", task_over_chat, task_over_responses)
