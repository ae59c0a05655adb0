"""The canary: an invented patient in an establishment of its own, whose alert goes the whole way every five minutes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

_NAMES = UUID("3d1f5d0b-9d80-4b8e-9a41-7a5b7f1f6c10")
HERE = uuid5(_NAMES, "establishment")
NURSE = uuid5(_NAMES, "nurse")

EVERY = timedelta(minutes=5)
THROUGH_WITHIN = timedelta(seconds=60)
"""From the report to the end of its alert. A receipt that takes longer is a failure for real alerts too."""

TOO_OLD = EVERY * 2 + THROUGH_WITHIN
"""Without a success for so long the house is not ready: one round may be missed while a database restarts, two may not."""

LEASE = "canary"
"""Renewed at each success: its age is that of the last one."""

TURN = "canary_turn"
"""Held while a round runs: of several processes one sends the canary."""
