"""`vigie` commands as processes of a test's own: their environment, their life and end, and what they said."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

PATIENCE = 30.0
"""Seconds to wait for a process on a loaded machine. Never a goal: tests that hold a goal say it themselves."""


class Process:
    """One `vigie` command: started, killed, frozen, stopped."""

    def __init__(self, name: str, arguments: list[str], env: dict[str, str], folder: Path) -> None:
        self.name, self.arguments, self.folder = name, arguments, folder
        self.log, self.output = folder / f"{name}.log", folder / f"{name}.out"
        self.env = {**env, "VIGIE_LOG": str(self.log)}
        self._popen: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs now or ran last."""
        assert self._popen is not None
        return self._popen.pid

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start it; does not wait until it is ready."""
        assert not self.running()
        read, write = os.pipe()
        with open(self.output, "ab") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *self.arguments, "--until-closed", str(read)],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(read,),
                start_new_session=True,
            )
        os.close(read)
        self._close_lifeline()
        self._lifeline = write

    async def kill(self) -> None:
        """SIGKILL, at once."""
        self.signal(signal.SIGKILL)
        await self.ended()

    def signal(self, number: int) -> None:
        """Send a signal, SIGSTOP and SIGCONT too."""
        if self.running():
            os.kill(self.pid, number)

    async def stop(self, seconds: float = 15.0) -> None:
        """SIGTERM; fails the test unless the process ends cleanly by itself."""
        self.signal(signal.SIGTERM)
        status = await self.ended(seconds)
        assert status == 0, f"{self.name} ended with {status} on SIGTERM:\n{self.said()}"

    async def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; the exit status. Fails the test when it does not end."""
        assert self._popen is not None
        until = time.monotonic() + seconds
        while (status := self._popen.poll()) is None:
            assert time.monotonic() < until, f"{self.name} has not ended after {seconds} s:\n{self.said()}"
            await asyncio.sleep(0.01)
        self._close_lifeline()
        return status

    def bury(self) -> None:
        """Make sure that nothing of it is left, whatever state it is in."""
        if self._popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
        self._close_lifeline()

    def said(self) -> str:
        """The end of its log and of what it printed, to show when a test fails."""
        texts = [path.read_text("utf-8")[-3000:] for path in (self.output, self.log) if path.exists()]
        return "\n".join(texts) or "(it said nothing)"

    def lines(self) -> list[dict[str, Any]]:
        """Its log so far."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def _close_lifeline(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None


async def until(true: Any, seconds: float, otherwise: str) -> None:
    """Wait until `true()` (or what it awaits) holds; fails the test with `otherwise` when it does not in time."""
    end = time.monotonic() + seconds
    while True:
        found = true()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert time.monotonic() < end, f"after {seconds} s: {otherwise}"
        await asyncio.sleep(0.02)


def environment(keys: dict[str, str], folder: Path, dsn: str | None, **more: str) -> dict[str, str]:
    """The environment of the processes of one world: nothing of the runner's own VIGIE_ variables, and free ports."""
    port, internal = free_ports(2)
    env = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    return {
        **env,
        **keys,
        "VIGIE_PROFILE": "test",
        "VIGIE_DATA": str(folder),
        **({"VIGIE_DATABASE_URL": dsn} if dsn else {}),
        "VIGIE_PORT": str(port),
        "VIGIE_INTERNAL_PORT": str(internal),
        **more,
    }


def vigie(*arguments: str, env: dict[str, str], seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Run a `vigie` command to its end: exit status, what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody holds now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
