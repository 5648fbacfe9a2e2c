#!/usr/bin/env python3
"""Asks a live control plane what its OpenAPI document says may be asked, and judges the answers by it.

    CONTROL_PLANE_URL=http://127.0.0.1:8080 SMART_ROUTER_ADMIN_TOKEN=sra_… tests/openapi/run.py

First openapi-spec-validator checks the document against the specification, then schemathesis sends requests that fit it and
requests that do not: the same ones each time. It changes whatever the token may change. Exits 0 if all is as described, 1 if
something is not, 69 if the tools could not be installed. `--prepare` installs without running.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))
from installed import installed  # noqa: E402

VALIDATE = """
import json, sys, urllib.request
from openapi_spec_validator import OpenAPIV31SpecValidator
document = json.load(urllib.request.urlopen(sys.argv[1]))
assert document["openapi"].startswith("3.1."), document["openapi"]
mistakes = list(OpenAPIV31SpecValidator(document).iter_errors())
for it in mistakes:
    print("/".join(map(str, it.path)), it.message, file=sys.stderr)
sys.exit(bool(mistakes))
"""
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
]
UNAVAILABLE = 69


def tools() -> Path:
    pins = HERE / "requirements.txt"

    def install(folder: Path):
        venv.create(folder, with_pip=True)
        options = ["--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", *options, "-r", pins], check=True)

    return installed("openapi", "python", [pins], install) / "bin"


def main() -> int:
    try:
        bin = tools()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the tools could not be installed: {error}", file=sys.stderr)
        return UNAVAILABLE
    if sys.argv[1:] == ["--prepare"]:
        return 0
    url = os.environ["CONTROL_PLANE_URL"] + "/api/v1/openapi.json"
    # A proxy for the outside world must not see what goes to the control plane beside us.
    environment = os.environ | {"NO_PROXY": "*", "no_proxy": "*"}
    if subprocess.run([bin / "python", "-c", VALIDATE, url], env=environment, check=False).returncode:
        return 1
    options = ["--seed", "1", "--generation-deterministic", "--max-examples", "10", "--continue-on-failure", "--no-color"]
    header = f"Authorization: Bearer {os.environ['SMART_ROUTER_ADMIN_TOKEN']}"
    command = [bin / "schemathesis", "run", url, "-H", header, "--checks", ",".join(CHECKS), *options]
    ended = subprocess.run(command, env=environment, check=False)
    return 1 if ended.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
