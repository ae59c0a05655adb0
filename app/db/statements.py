"""Long statements with named parameters: `:here` instead of `$31`."""

from __future__ import annotations

import re

_NAME = re.compile(r"(?<![:\w]):([a-z][a-z0-9_]*)")


def numbered(sql: str, names: tuple[str, ...]) -> str:
    """The statement as PostgreSQL takes it: each `:name` becomes the number of its place in `names`."""
    return _NAME.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
