"""Keeps the processes of one machine running: what a demonstration needs, and nothing that a service manager does better."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

import msgspec

RESTART_AFTER = 1.0  # seconds
GRACE = 10.0


class Child(msgspec.Struct):
    """One `vigie` process."""

    command: str
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    lifeline: int | None = None

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C is ours to pass on, in order. It ends when our end of its pipe closes."""
        read, write = os.pipe()
        command = [sys.executable, "-m", "app.cli", self.command, "--until-closed", str(read)]
        self.process = subprocess.Popen(command, env=dict(self.environment), pass_fds=(read,), start_new_session=True)
        os.close(read)
        if self.lifeline is not None:
            os.close(self.lifeline)
        self.lifeline = write

    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Ask, wait, then insist."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def keep_running(children: list[Child], seconds: float) -> list[str]:
    """Look once: restart whatever has ended; the commands that had to be restarted."""
    restarted = []
    for child in children:
        if child.ended():
            time.sleep(seconds)
            child.start()
            restarted.append(child.command)
    return restarted
