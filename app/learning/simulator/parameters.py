"""Every number of the simulator, read from the YAML beside this file."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from app.domain.yamls import Problem, load

Shape = Literal["A", "C", "U", "S", "E"]
Section = dict[str, Any]


class Horizon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days of follow-up in which reports are made, days after it for outcomes, and when patients enrol."""

    days: int
    tail: int
    enrolment_days: int
    first_enrolment: date


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sources": "from"}):
    """A latent severity: median day of onset, shape in time, and the incidences of a regimen that feed it."""

    onset: float
    shape: Shape
    sources: tuple[str, ...]
    hidden: bool = False
    only_with_flag: str | None = None


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The YAML as it is; sections are explained there."""

    version: int
    horizon: Horizon
    population: Section
    severity: Section
    channels: dict[str, Channel]
    overrides: dict[str, dict[str, tuple[float, Shape, float]]]
    intake: Section
    states: Section
    events: Section
    care: Section
    reports: Section
    loads: dict[str, dict[str, float]]
    named_only_by_regimen: dict[str, float]
    measurements: Section
    site: Section
    drift: Section


def source() -> bytes:
    """The YAML's own bytes."""
    return files("app.learning.simulator").joinpath("parameters.yaml").read_bytes()


@cache
def parameters() -> Parameters:
    """The numbers in force."""
    problems: list[Problem] = []
    found = load("parameters.yaml", source(), Parameters, problems)
    if found is None:
        raise ValueError("\n".join(map(str, problems)))
    return found


def parameters_sha256() -> str:
    """Hash of the YAML, kept in the manifest of whatever is simulated."""
    return hashlib.sha256(source().replace(b"\r\n", b"\n")).hexdigest()
