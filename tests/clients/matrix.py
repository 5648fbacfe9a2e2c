"""What the scripts of the dialect matrix share: every case is run on a target of each dialect, in the same words.

Needs, beside what support.py reads, MATRIX_UPSTREAM: the address of the sandbox upstream with a journal. Groups are called
`<dialect>-<behaviour>`; `plain`, `parallel`, `refused` and `broken` must be there. With MATRIX_RECORD, every answer is
kept in that folder byte for byte, as `<number>-<caller>-<target>-<case>.<json|sse>`."""

import base64
import json
import os
import urllib.request
from itertools import count
from pathlib import Path

import httpx2

from support import run

UPSTREAM = os.environ.get("MATRIX_UPSTREAM", "http://127.0.0.1:8081").rstrip("/")
RECORD = os.environ.get("MATRIX_RECORD")
TARGETS = ["chat", "responses", "messages"]

HELLO = "Hello from the sandbox: the same request gets the same answer, every time."
DONE = "The tool has answered, so the task is done."
CITY = {"city": "sandbox", "unit": "celsius"}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DATA_URL = f"data:image/png;base64,{PIXEL}"
WEB_URL = "https://example.com/pixel.png"


class Now:
    """The case that is running."""

    caller = target = case = ""


class Recorded(httpx2.SyncByteStream):
    """A body that is written down as it passes."""

    def __init__(self, body, file: Path):
        self.body, self.file = body, file

    def __iter__(self):
        with open(self.file, "wb") as out:
            for piece in self.body:
                out.write(piece)
                yield piece

    def close(self):
        self.body.close()


class Recorder(httpx2.HTTPTransport):
    """Writes down every answer with status 200; what it said beside its body is kept in `last`."""

    numbers = count(1)
    last = None

    def handle_request(self, request):
        request.headers["accept-encoding"] = "identity"
        response = super().handle_request(request)
        type(self).last = response
        if RECORD and response.status_code == 200:
            kind = "sse" if "event-stream" in response.headers["content-type"] else "json"
            case = Now.case.replace(" ", "_")
            name = f"{next(self.numbers):04}-{Now.caller}-{Now.target}-{case}.{kind}"
            response.stream = Recorded(response.stream, Path(RECORD) / name)
        return response


def http_client():
    return httpx2.Client(transport=Recorder(), timeout=30)


def warnings() -> str:
    """What the router said it dropped or approximated in the last answer."""
    return Recorder.last.headers.get("x-router-warnings", "")


def group(behaviour: str = "plain") -> str:
    return f"{Now.target}-{behaviour}"


def realm() -> str:
    """Who signs the reasoning of the target."""
    return f"{Now.target}-realm"


def journal() -> list[dict]:
    """What the upstream received since the last call, with its bodies read."""
    url = f"{UPSTREAM}/sandbox/requests"
    with urllib.request.urlopen(url, timeout=10) as answer:
        entries = json.load(answer)
    urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=10).close()
    for entry in entries:
        entry["body"] = json.loads(base64.b64decode(entry["body"]))
    return entries


PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages"}


def upstream() -> dict:
    """The one request that the upstream received since the last call."""
    entries = journal()
    assert len(entries) == 1, [entry["path"] for entry in entries]
    assert entries[0]["path"] == PATHS[Now.target], entries[0]["path"]
    assert entries[0]["status"] == 200, entries[0]
    return entries[0]


def metered(inputs: int, outputs: int) -> dict:
    """Checks that an answer counts what the upstream counted; returns what it received."""
    entry = upstream()
    reported = entry["usage"]
    assert (inputs, outputs) == (reported["input"], reported["output"]), (inputs, outputs, reported)
    return entry["body"]


def gives_back_reasoning(body: dict) -> bool:
    """Whether a request to the target holds the target's own reasoning again."""
    if Now.target == "responses":
        return any(item.get("encrypted_content") for item in body["input"])
    if Now.target == "messages":
        blocks = [block for message in body["messages"] for block in message["content"] if isinstance(block, dict)]
        return any(block["type"] == "thinking" and block["signature"] for block in blocks)
    return any(message.get("reasoning_content") for message in body["messages"])


def everywhere(caller: str, *cases) -> None:
    """Runs the cases of one caller on all targets."""
    Now.caller = caller

    def on(target: str, case):
        def started():
            Now.target, Now.case = target, case.__name__
            journal()
            case()

        started.__name__ = f"on_{target}_{case.__name__}"
        return started

    run(f"{caller} matrix", *(on(target, case) for target in TARGETS for case in cases))
