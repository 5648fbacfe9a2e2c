"""Vercel's AI SDK as it comes: over Responses it refers to what the provider has kept, unless it is told not to."""

import json
import os
import subprocess
from pathlib import Path

from support import GROUP, TOKEN, URL, run


def two_turns(**more):
    script = Path(__file__).with_name("node") / "ai_sdk.mjs"
    environment = {**os.environ, "ROUTER_URL": URL, "ROUTER_TOKEN": TOKEN, "ROUTER_GROUP": GROUP, **more}
    ended = subprocess.run(["node", script], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
    told = json.loads(ended.stdout)
    assert len(told["ran"]) == 1 and len(told["texts"]) == 2 and all(told["texts"]), told


def whole():
    two_turns()


def streamed():
    two_turns(STREAMED="1")


def whole_with_reasoning():
    two_turns(REASONING="1")


def streamed_with_reasoning():
    two_turns(STREAMED="1", REASONING="1")


if __name__ == "__main__":
    run("ai-sdk", whole, streamed, whole_with_reasoning, streamed_with_reasoning)
