"""Installs what tests need once, under the build directory, and again when its pins change."""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def installed(area: str, kind: str, pins: list[Path], install) -> Path:
    """The folder of an installation with these pins; installs it if it is not there, one process at a time."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / area
    target.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(b"\0".join(pin.read_bytes() for pin in pins)).hexdigest()[:16]
    folder = target / f"{kind}-{digest}"
    complete = folder / ".complete"
    with open(target / f"{kind}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            for old in target.glob(f"{kind}-*"):
                shutil.rmtree(old)
            folder.mkdir()
            install(folder)
            complete.touch()
    return folder
