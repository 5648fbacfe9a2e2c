#!/usr/bin/env python3
"""Drives real SDKs and command-line agents through a router.

    SMART_ROUTER_URL=http://127.0.0.1:8080 SMART_ROUTER_TOKEN=sr_… SMART_ROUTER_GROUP=demo tests/clients/run.py

Prints one line per case and exits 0 if all passed, 1 if one failed, 69 if the clients could not be
installed. Clients are installed once under target/clients, again when their pins change. Needs
Python 3.11 with venv, and npm for the agents. With names it runs those alone: openai_chat,
openai_responses, anthropic_messages, codex_cli, claude_cli, and those that whole-system tests start with a system of
their own. `--prepare` installs all without running, and prints where those for Python and those for Node are.
"""

import argparse
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from installed import installed

HERE = Path(__file__).resolve().parent
SDKS = ["openai_chat", "openai_responses", "anthropic_messages"]
AGENTS = ["codex_cli", "claude_cli"]
# Further ones that are written for Node.
NODE = ["ai_sdk", "anthropic_runners", "codex_goal", "codex_resume", "opencode_cli"]
OTHERS = [*NODE, "matrix_chat", "matrix_responses", "matrix_messages", "real_server", "switching"]
UNAVAILABLE = 69


def sdks() -> Path:
    pins = HERE / "requirements.txt"

    def install(folder: Path):
        venv.create(folder, with_pip=True)
        python = folder / "bin" / "python"
        options = ["--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([python, "-m", "pip", "install", *options, "-r", pins], check=True)

    return installed("clients", "python", [pins], install)


def agents() -> Path:
    pins = [HERE / "node" / name for name in ("package.json", "package-lock.json")]

    def install(folder: Path):
        for pin in pins:
            shutil.copy(pin, folder)
        options = ["--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "ci", *options], cwd=folder, check=True, stdout=sys.stderr)

    return installed("clients", "node", pins, install)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clients", nargs="*", choices=[[], *SDKS, *AGENTS, *OTHERS], help="which clients to run; all, if none is named")
    parser.add_argument("--prepare", action="store_true", help="install the clients and stop")
    options = parser.parse_args()
    clients = options.clients or SDKS + AGENTS
    # A proxy for the outside world must not see what goes to the router beside us.
    environment = os.environ | {"NO_PROXY": "*", "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        if options.prepare:
            print(sdks(), agents(), sep="\n")
            return 0
        python = sdks() / "bin" / "python"
        if set(clients) & {*AGENTS, *NODE}:
            environment["CLIENTS_DIR"] = str(agents())
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the clients could not be installed: {error}", file=sys.stderr)
        return UNAVAILABLE
    ended = [subprocess.run([python, HERE / f"{client}.py"], env=environment, check=False) for client in clients]
    return 1 if any(process.returncode for process in ended) else 0


if __name__ == "__main__":
    sys.exit(main())
