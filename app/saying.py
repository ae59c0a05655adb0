"""What the commands say on a terminal while they work."""

from __future__ import annotations

import time

NOT_AN_EMERGENCY_SERVICE = (
    "Vigie is not an emergency service. Its rulebook awaits clinicians' signature: do not use it for real patients yet."
)
_STARTED = time.monotonic()


def say(what: str) -> None:
    """Progress, with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:5.1f} s] {what}", flush=True)
