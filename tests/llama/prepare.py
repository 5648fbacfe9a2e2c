#!/usr/bin/env python3
"""Builds llama.cpp's server from its source package and makes a tiny model for it; prints where both are, as JSON.

Both are made once under target/llama, and again when what they are made of changes. The server takes some three minutes
on two cores. Needs Python 3.11 with venv and a C++ compiler. Exits with 69 if the server cannot be built."""

import json
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import model
from installed import installed

PINS = HERE / "requirements.txt"
OPTIONS = HERE / "options.cmake"
SOURCE = "llama-cpp-python"
UNAVAILABLE = 69


def run(*command, **options) -> None:
    """What a program prints is of use only when it fails; stdout is for the answer."""
    subprocess.run(command, check=True, stdout=sys.stderr, **options)


def build(folder: Path) -> None:
    venv.create(folder / "venv", with_pip=True)
    tools = folder / "venv" / "bin"
    pins = {line.split("==")[0]: line for line in PINS.read_text().split()}
    source = pins.pop(SOURCE)
    pip = [tools / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(*pip, "install", *pins.values())
    run(*pip, "download", "--no-deps", "--no-binary", SOURCE, source, cwd=folder)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    archive.unlink()
    (unpacked,) = folder.glob("*/vendor/llama.cpp")
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    run("cmake", "-S", unpacked, "-B", folder / "build", "-G", "Ninja", "-C", OPTIONS, env=environment)
    run("ninja", "--quiet", "-C", folder / "build", "llama-server", env=environment)


def main() -> int:
    try:
        server = installed("llama", "server", [PINS, OPTIONS], build) / "build" / "bin" / "llama-server"
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"llama.cpp's server could not be built: {error}", file=sys.stderr)
        return UNAVAILABLE
    parts = [HERE / name for name in ("gguf.py", "model.py", "template.jinja")]
    made = installed("llama", "model", parts, lambda folder: model.write(folder / "tiny.gguf"))
    print(json.dumps({"server": str(server), "model": str(made / "tiny.gguf")}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
