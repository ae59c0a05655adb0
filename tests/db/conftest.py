"""Tests that need people find them in tests/cast.py."""

from tests.cast import cast, seeded

__all__ = ["cast", "seeded"]
