"""opencode: one task with one shell command, over Chat."""

import json

from agent import TASK, execute
from support import GROUP, TOKEN, URL, run

PROVIDER = {
    "npm": "@ai-sdk/openai-compatible",
    "name": "router",
    "options": {"baseURL": URL + "/v1", "apiKey": TOKEN},
    "models": {GROUP: {"name": GROUP}},
}
CONFIG = {
    "autoupdate": False,
    "share": "disabled",
    "model": f"router/{GROUP}",
    "small_model": f"router/{GROUP}",
    "provider": {"router": PROVIDER},
}


def task_with_a_command():
    environment = {"NO_PROXY": "*", "no_proxy": "*", "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    files = {".config/opencode/opencode.json": json.dumps(CONFIG)}
    parts = [event["part"] for event in execute("opencode", ["run", "--format", "json", TASK], environment, files) if "part" in event]
    calls = [part for part in parts if part["type"] == "tool"]
    assert [call["tool"] for call in calls] == ["bash"], parts
    assert calls[0]["state"]["status"] == "completed" and "sandbox" in calls[0]["state"]["output"], calls
    assert any(part["type"] == "text" and part["text"] for part in parts), parts


if __name__ == "__main__":
    run("opencode", task_with_a_command)
