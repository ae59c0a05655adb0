"""Stories run in a world of real processes (tests/world.py)."""

from tests.world import fresh, seeded, world

__all__ = ["fresh", "seeded", "world"]
