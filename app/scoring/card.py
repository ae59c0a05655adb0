"""A scorecard: whole numbers in JSON, with where they come from, what they were seen on, and vectors to test them by."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from app.domain.texts import Text

OTHER = "<other>"
PHASES = 16
"""A cycle is cut into this many phases, whatever its length."""

Kind = Literal["symptom", "measurement", "history", "person", "time"]
Points = tuple[int, ...]


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One input, put on a finite grid: level = round((value - low) / step), held within 0 and levels - 1.

    `monotone` 1: a higher level never lowers the risk; 0: no direction is defined. `plausible`: outside of it, the
    model abstains. `attributes`: those of the symptom; its value is the sum of the scores given.
    """

    name: str
    kind: Kind
    title: Text
    low: float = 0.0
    step: float = 1.0
    levels: Annotated[int, Meta(ge=2, le=255)]
    monotone: Literal[0, 1] = 1
    unit: str = ""
    plausible: tuple[float, float] | None = None
    attributes: str = ""
    required: bool = False


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Points in thousandths of a logit, calibration included.

    `points` has a row per feature: a number per level, then the one for a missing value. `block` has a row per regimen
    (the last one: `<other>`) with a number per phase of the cycle. `base_block` is the block of a typical patient.
    """

    intercept: int
    block: tuple[Points, ...]
    base_block: int
    points: tuple[Points, ...]


class RegimenSupport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many patients on a regimen the card has learned from, and how long its cycle is."""

    id: str
    cycle_days: Annotated[int, Meta(ge=1)]
    patients: int
    reports: int
    events: int


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How raw scores became probabilities, and on how much."""

    method: Literal["platt"]
    slope: float
    intercept: float
    patients: int
    reports: int
    events: int


class Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What the card was learned from, and by which code.

    `data_sha256` is that of the reports, `code` that of the programs; `parent` is the card it was recalibrated from, on
    patients enrolled up to `tuned_until`.
    """

    kind: Literal["synthetic", "site"]
    patients: int
    reports: int
    events: int
    sites: int
    first_enrolled: str
    last_enrolled: str
    seed: int
    code: str
    data_sha256: str
    libraries: str
    parent: str = ""
    tuned_until: str = ""
    note: str = ""


class Vector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input and the totals it must give: the self-test."""

    row: int
    phase: int
    levels: tuple[int, ...]
    total: int
    total_late: int


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that scoring needs. `reference` is the level of each feature in a typical patient (-1: missing).

    `support` counts, per feature, the training reports at each level and those without a value. `novelty_limit` is the
    rarity (see `rarity` in score) that one report in a thousand passes. Frozen: any change is another card with another sha256.
    """

    schema: Literal[1]
    model_id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{2,60}$")]
    unit: Literal["millilogit"]
    horizons_days: tuple[Literal[7], Literal[14]]
    outcome: Text
    reviewed_on: date
    expires_on: date
    trained_on: Provenance
    calibration: Calibration
    calibration_late: Calibration
    features: tuple[Feature, ...]
    regimens: tuple[RegimenSupport, ...]
    reference: tuple[int, ...]
    table: Table
    late: Table
    support: tuple[Points, ...]
    novelty_limit: int
    vectors: tuple[Vector, ...]
    sha256: str

    @property
    def synthetic(self) -> bool:
        """Learned from invented patients: said wherever its numbers are shown."""
        return self.trained_on.kind == "synthetic"


class CardRefused(ValueError):
    """The bytes are not a card; the message says where and why."""


def decode_card(content: bytes) -> Card:
    """Read a card. Raises CardRefused when it is not one, or when its tables do not fit each other."""
    try:
        card = msgspec.json.decode(content, type=Card)
    except msgspec.DecodeError as why:
        raise CardRefused(f"this is not a scorecard: {why}") from None
    problems = list(_misfits(card))
    if problems:
        raise CardRefused(f"this scorecard does not fit together: {'; '.join(problems)}")
    return card


def encode_card(card: Card) -> bytes:
    """The card as it is kept: the same bytes for the same card, a line per entry so that versions can be compared."""
    plain: dict[str, Any] = msgspec.to_builtins(card)
    return b"{\n" + b",\n".join(_entry(name, value) for name, value in plain.items()) + b"\n}\n"


def fingerprint(card: Card) -> str:
    """SHA-256 of everything in the card but this very number."""
    plain = msgspec.to_builtins(card)
    del plain["sha256"]
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()


def sealed(card: Card) -> Card:
    """The same card with its sha256 filled in."""
    return msgspec.structs.replace(card, sha256=fingerprint(card))


def _entry(name: str, value: Any) -> bytes:
    head = msgspec.json.encode(name) + b":"
    if isinstance(value, list) and value and isinstance(value[0], list | dict):
        return head + b"[\n" + b",\n".join(map(msgspec.json.encode, value)) + b"\n]"
    return head + msgspec.json.encode(value)


def _misfits(card: Card) -> Any:
    widths = [feature.levels + 1 for feature in card.features]
    if len(card.reference) != len(widths) or len(card.support) != len(widths):
        yield "reference and support need an entry per feature"
    if any(len(counts) != width for counts, width in zip(card.support, widths, strict=False)):
        yield "support needs a count per level and one for missing"
    for name, table in (("table", card.table), ("late", card.late)):
        if [len(points) for points in table.points] != widths:
            yield f"{name}.points needs, per feature, a number per level and one for missing"
        if len(table.block) != len(card.regimens) + 1 or any(len(row) != PHASES for row in table.block):
            yield f"{name}.block needs {PHASES} numbers for each regimen and for {OTHER}"
    for level, width in zip(card.reference, widths, strict=False):
        if not -1 <= level < width - 1:
            yield "reference names a level that does not exist"
            break
    for vector in card.vectors:
        inside = len(vector.levels) == len(widths) and all(
            -1 <= level < width - 1 for level, width in zip(vector.levels, widths, strict=False)
        )
        if not inside or not 0 <= vector.row <= len(card.regimens) or not 0 <= vector.phase < PHASES:
            yield "a self-test vector names a level that does not exist"
            break
