#!/usr/bin/env python3
"""People log in to a live control plane, with a certified OpenID provider, with one that forges, and in a browser.

    CONTROL_PLANE_BINARY=target/release/smart-router tests/login/run.py

Starts everything that it needs but the binary. With LOGIN_DATABASE_URL (an empty PostgreSQL database) two control planes share it.
Exits 0 if all is as it should be, 1 if something is not, 69 if the provider could not be installed. `--prepare` installs without
running. Needs Python 3.11, Node 20 with npm, and Chromium.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))
from installed import installed  # noqa: E402

UNAVAILABLE = 69


def provider() -> Path:
    pins = [HERE / name for name in ("package.json", "package-lock.json")]

    def install(folder: Path):
        for pin in pins:
            shutil.copy(pin, folder)
        options = ["--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "ci", *options], cwd=folder, check=True, stdout=sys.stderr)

    return installed("login", "node", pins, install)


def main() -> int:
    try:
        folder = provider()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the provider could not be installed: {error}", file=sys.stderr)
        return UNAVAILABLE
    if sys.argv[1:] == ["--prepare"]:
        return 0
    # Node looks for packages where a script is.
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    # A proxy for the outside world must not see what stays on this machine.
    environment = os.environ | {"NO_PROXY": "*", "no_proxy": "*", "NODE_NO_WARNINGS": "1"}
    return subprocess.run(["node", folder / "run.mjs"], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
