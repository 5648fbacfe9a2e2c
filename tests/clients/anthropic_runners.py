"""The tool runners of Anthropic's SDKs for Python and Node, which keep the conversation for the caller."""

import json
import os
import subprocess
from pathlib import Path

from anthropic import Anthropic, beta_tool

from support import CITY, GROUP, TOKEN, URL, run

client = Anthropic(base_url=URL, api_key=None, auth_token=TOKEN, max_retries=0, timeout=30)


def python():
    ran = []

    @beta_tool
    def get_weather(city: str) -> str:
        """The weather in a city.

        Args:
            city: The city.
        """
        ran.append(city)
        return "sunny"

    runner = client.beta.messages.tool_runner(
        model=GROUP, max_tokens=1000, tools=[get_weather], messages=[{"role": "user", "content": CITY}]
    )
    message = runner.until_done()
    assert len(ran) == 1 and message.content[-1].text, (ran, message)


def node():
    script = Path(__file__).with_name("node") / "runner.mjs"
    environment = {**os.environ, "ROUTER_URL": URL, "ROUTER_TOKEN": TOKEN, "ROUTER_GROUP": GROUP}
    ended = subprocess.run(["node", script], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
    told = json.loads(ended.stdout)
    assert len(told["ran"]) == 1 and told["content"][-1]["text"], told


if __name__ == "__main__":
    run("anthropic-runners", python, node)
