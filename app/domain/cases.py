"""Cases beside the rules and vignettes: reports with what must be said of them."""

from collections.abc import Iterable, Mapping

import msgspec

from app.domain.plausibility import unknown
from app.domain.reports import AdherenceFacts, Answer, Baseline, Chart, PastReport
from app.domain.rulebook import Rulebook
from app.domain.triage import triage
from app.domain.verdicts import Recipient, TriageLevel, Verdict
from app.domain.yamls import Problem, load

LADDERS = "escalation/policies.cases.yaml"  # cases of another kind: app/domain/ladders.py


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A report with its chart; what is left out is a quiet day on that regimen."""

    regimen: str
    cycle: int = 3
    day_of_cycle: int = 10
    baseline: Baseline = Baseline()
    history: tuple[PastReport, ...] = ()
    answers: dict[str, Answer] = {}
    measurements: dict[str, float] = {}
    adherence: AdherenceFacts = AdherenceFacts()

    def verdict(self, rulebook: Rulebook) -> Verdict:
        """What triage says of it."""
        chart = Chart(self.regimen, self.cycle, self.day_of_cycle, self.baseline, self.history, self.adherence)
        return triage(self.answers, self.measurements, chart, rulebook)


class Case(Given, frozen=True, kw_only=True, omit_defaults=True):
    """One rule, and a report on which it speaks, or one just short of it."""

    rule: str
    fires: bool
    why: str
    level: TriageLevel | None = None
    symptom: str | None = None
    emergency: bool = False
    hold: bool = False


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`<rules>.cases.yaml`, beside the rules it is about."""

    cases: tuple[Case, ...]


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a vignette must give, reasons in any order."""

    level: TriageLevel
    recipient: Recipient
    because: tuple[str, ...] = ()
    hold: bool | None = None


class Vignette(Given, frozen=True, kw_only=True, omit_defaults=True):
    """One patient on one day, told in a line."""

    id: str
    summary: str = ""
    expect: Expect | None = None


class VignetteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """vignettes.yaml."""

    vignettes: tuple[Vignette, ...]
    schema_version: int = 1


def read_cases(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, CaseFile]:
    """Every cases file by its path; what cannot be read is told in `problems`."""
    found = {}
    for path in sorted(files):
        if path.endswith(".cases.yaml") and path != LADDERS and (cases := load(path, files[path], CaseFile, problems)):
            found[path] = cases
    return found


def failure(case: Case, rulebook: Rulebook) -> str | None:
    """What a case finds wrong with the rulebook, in words; None when it holds."""
    if case.rule not in rulebook.rules:
        return f"there is no rule `{case.rule}`"
    if paths := unknown(case.answers, case.measurements, rulebook):
        return f"not in the rulebook: {', '.join(paths)}"
    verdict = case.verdict(rulebook)
    spoken = [f for f in verdict.fired if f.id == case.rule]
    if case.level is not None:
        spoken = [f for f in spoken if f.level is case.level]
        spoken = [f for f in spoken if f.symptom == case.symptom]
    heard = ", ".join(f"{f.id} ({f.level})" for f in verdict.fired) or "nothing"
    if not case.fires:
        return f"{case.rule} must stay silent, and speaks; heard: {heard}" if spoken else None
    if not spoken:
        return f"{case.rule} must speak ({case.level or 'any level'}), and is silent; heard: {heard}"
    if case.emergency and not verdict.emergency:
        return f"{case.rule} must send to the emergency service"
    if case.hold and not verdict.hold:
        return f"{case.rule} must ask to hold the next dose"
    return None


def uncovered(cases: Iterable[Case], rulebook: Rulebook) -> list[str]:
    """Rules that lack a case on which they speak or a case just short of it, in words."""
    heard = {(case.rule, case.fires) for case in cases}
    missing = []
    for id_ in sorted(speaking(rulebook)):
        if (id_, True) not in heard:
            missing.append(f"{id_}: no case on which it speaks")
        if (id_, False) not in heard:
            missing.append(f"{id_}: no case just short of it")
    return missing


def speaking(rulebook: Rulebook) -> set[str]:
    """Ids of the rules that can speak: a grade that gives green alone, or that cannot be reached, says nothing."""
    silent = set()
    reachable_by_rows = {id_ for id_, rule in rulebook.grader.from_measurement if len(rule.rows) == 3}
    for symptom, effects in rulebook.base.items():
        yes_no = rulebook.grader.letters.get(symptom) == "P" and symptom not in reachable_by_rows
        for grade, effect in enumerate(effects, 1):
            if effect.rank == 0 or (yes_no and grade > 1):
                silent.add(effect.fired.id)
    return set(rulebook.rules) - silent


def difference(vignette: Vignette, verdict: Verdict) -> str | None:
    """Where a verdict differs from what the vignette expects; None when it agrees or expects nothing."""
    expect = vignette.expect
    if expect is None:
        return None
    parts = [] if expect.hold in (None, verdict.hold) else [f"hold {verdict.hold}, expected {expect.hold}"]
    if verdict.level is not expect.level:
        parts.append(f"level {verdict.level}, expected {expect.level}")
    if verdict.recipient is not expect.recipient:
        parts.append(f"recipient {verdict.recipient}, expected {expect.recipient}")
    if set(verdict.reasons) != set(expect.because):
        parts.append(f"because {sorted(verdict.reasons)}, expected {sorted(expect.because)}")
    return "; ".join(parts) or None
