"""The folder of rules, read from disk."""

from pathlib import Path

from app.domain.rulebook import Rulebook, decode


def read_files(folder: Path) -> dict[str, bytes]:
    """Every YAML file under the folder, by its path in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


def read(folder: Path) -> Rulebook:
    """The latest edition of the rulebook in a folder.

    Raises RulebookErrors, with every problem of every file, when it cannot be used.
    """
    return decode(read_files(folder))
