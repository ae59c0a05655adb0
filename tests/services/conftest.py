"""These tests call the services on a real database, with the people of tests/cast.py."""

from tests.cast import cast, seeded

__all__ = ["cast", "seeded"]
