"""What is claimed of a rulebook, and what was found."""

import msgspec

from app.domain.cases import Given


class Flaw(msgspec.Struct, frozen=True):
    """Something the rulebook may not do, with the reports that show it."""

    claim: str
    what: str
    reports: tuple[Given, ...] = ()


class Witness(msgspec.Struct, frozen=True):
    """A report in which a rule is one of the reasons of the final level."""

    rule: str
    report: Given


class Proved(msgspec.Struct, frozen=True):
    """What was found for one claim, over how many reports."""

    claim: str
    reports: int
    flaws: tuple[Flaw, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    justified: tuple[str, ...] = ()
