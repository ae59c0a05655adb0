"""The card of this release: read once, tested by its own vectors, and said aloud when it cannot be used."""

from __future__ import annotations

import logging
from pathlib import Path

import asyncpg

from app.db import risk_decisions
from app.services.risk_scoring import Models

log = logging.getLogger("vigie.risk")


def read_shipped(path: Path) -> Models:
    """The model of this release. Without a readable file there is none: the rules go on alone."""
    try:
        content = path.read_bytes()
    except OSError as why:
        models = Models(b"")
        models.fault = f"{path.name}: {why.strerror}"
        return models
    return Models(content)


def trouble(path: Path) -> str | None:
    """What is wrong with the card of this release, for `vigie check`; None when its self-test passes."""
    return read_shipped(path).fault


async def remember_shipped(con: asyncpg.Connection, models: Models) -> None:
    """Keep the card that is about to score, so that what it says can be derived again; say it aloud when there is none."""
    if models.fault:
        log.critical("the risk card cannot be used: rules alone", extra={"reason": models.fault})
    elif models.shipped:
        await risk_decisions.keep_edition(con, models.sha256, models.content.decode())
