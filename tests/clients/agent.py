"""Runs a coding agent in a throw-away home and working folder. Agents execute what the upstream tells
them, so that nothing of the machine's environment is passed on but the path."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

NODE = Path(os.environ.get("CLIENTS_DIR", ".")) / "node_modules" / ".bin"
TIMEOUT_S = 180
TASK = "Run the shell command `echo sandbox` and then say that you are done."


def end_group(agent: subprocess.Popen) -> None:
    """Ends what an agent may have left running: its launcher is not the only process of its group."""
    try:
        os.killpg(agent.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    agent.wait()


def execute(program: str, arguments: list[str], environment: dict[str, str], files: dict[str, str] | None = None):
    """Runs an agent that prints one JSON event per line. Returns the events; fails on any other end."""
    (events,) = execute_all(program, [arguments], environment, files)
    return events


def execute_all(program: str, calls: list[list[str]], environment: dict[str, str], files: dict[str, str] | None = None):
    """Runs an agent several times in the same home, so that it finds its own sessions. Returns the events of each run."""
    scratch = Path(tempfile.mkdtemp(prefix="agent-", dir=os.environ.get("CLIENTS_DIR")))
    try:
        home, work = scratch / "home", scratch / "work"
        home.mkdir()
        work.mkdir()
        for name, text in (files or {}).items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        base = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(scratch)}
        return [ran(program, arguments, work, base | environment) for arguments in calls]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def ran(program: str, arguments: list[str], work: Path, environment: dict[str, str]):
    agent = subprocess.Popen(
        [str(NODE / program), *arguments],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = agent.communicate(timeout=TIMEOUT_S)
    finally:
        end_group(agent)
    said = f"exit {agent.returncode}\n{output[-4000:]}\n{errors[-4000:]}"
    assert agent.returncode == 0, said
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert events, said
    return events
