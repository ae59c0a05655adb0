"""The rulebook: everything that judges a report, as in force on a day."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache

import msgspec

from app.domain.documents import Documents, is_rule_file, only, read_documents
from app.domain.grading import Grader, composite, lookup
from app.domain.itemfiles import (
    Derived,
    Flag,
    Measurement,
    QuestionnaireFile,
    RegimenFile,
    SymptomFile,
    Tables,
    WordingFile,
)
from app.domain.policies import PolicyShelf
from app.domain.policies import shelf as policy_shelf
from app.domain.references import check_references
from app.domain.rulefiles import AdviceEntry, ByReason, OpeningHours, Outcome, TrendValue
from app.domain.rules import Count, Effect, Program, Rule, base_effects, cards, compile_program, in_force, regimen_on
from app.domain.texts import Text
from app.domain.treatments import Regimen
from app.domain.verdicts import TriageLevel
from app.domain.yamls import Problem


class RulebookErrors(ValueError):
    """The rulebook cannot be used; `problems` names every file, place and remedy."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force on a day. Look-ups are by id; `rules` has a card for every id that can be a reason."""

    version: str
    in_force_from: date
    title: Text
    statement: Text
    awaiting_signature: bool
    symptoms: dict[str, SymptomFile]
    measurements: dict[str, Measurement]
    regimens: dict[str, Regimen]
    regimen_files: dict[str, RegimenFile]
    rules: dict[str, Rule]
    advice: dict[str, AdviceEntry]
    levels: dict[str, Outcome]
    opening_hours: OpeningHours
    policies: PolicyShelf
    administrative_rules: frozenset[str]
    by_reason: ByReason
    interactions: dict[str, Text]
    flags: dict[str, Flag]
    questions: QuestionnaireFile
    tables: Tables
    derived: tuple[Derived, ...]
    grader: Grader
    base: dict[str, tuple[Effect, ...]]
    safety: dict[str, Effect]
    high_risk: frozenset[str]
    comfort: frozenset[str]
    adjustable: frozenset[str]
    counts: tuple[Count, ...]
    trend: TrendValue
    compiler: Callable[[str], Program]
    shelf: "Shelf"

    def on(self, day: date) -> "Rulebook":
        """The rulebook in force on a day; before the first date of all, the first one."""
        return self.shelf.on(day)

    def regimen(self, id_: str) -> Regimen:
        """A regimen, or what an unknown drug is taken for until a pharmacist completes it."""
        return self.program(id_).regimen

    def program(self, regimen: str) -> Program:
        """The rules compiled for a regimen."""
        return self.compiler(regimen if regimen in self.regimens else "")

    def outcome(self, level: TriageLevel, emergency: bool) -> Outcome:
        """Delays and patient texts of a level."""
        return self.levels[outcome_name(level, emergency)]


def outcome_name(level: TriageLevel, emergency: bool) -> str:
    """By which the files call an outcome."""
    return "red_emergency" if emergency else level.value


class Shelf:
    """All the editions of the rulebook, each built once, when first asked for."""

    def __init__(self, documents: Documents, content_hash: str) -> None:
        self._documents = documents
        self._hash = content_hash
        self.dates = tuple(sorted(set(_dates(documents))))
        self._editions: dict[date, Rulebook] = {}

    def on(self, day: date) -> Rulebook:
        """The edition in force on a day."""
        since = max((d for d in self.dates if d <= day), default=self.dates[0])
        if since not in self._editions:
            self._editions[since] = _edition(self._documents, since, f"{since}.{self._hash}", self)
        return self._editions[since]


def decode(files: Mapping[str, bytes]) -> Rulebook:
    """The latest edition of a rulebook from its files (path under rules/ to content); `on(day)` gives the others.

    Raises RulebookErrors with every problem of every file at once.
    """
    problems: list[Problem] = []
    documents = read_documents(files, problems)
    problems += check_references(documents, {problem.file for problem in problems})
    if problems:
        raise RulebookErrors(problems)
    shelf = Shelf(documents, content_hash(files))
    return shelf.on(shelf.dates[-1])


def content_hash(files: Mapping[str, bytes]) -> str:
    """First 12 hexadecimal digits of the hash of all rule files, names included."""
    digest = hashlib.sha256()
    for path in sorted(filter(is_rule_file, files)):
        content = files[path].replace(b"\r\n", b"\n")
        digest.update(f"{path}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def _dates(documents: Documents) -> Iterable[date]:
    for symptom in documents.symptoms.values():
        yield from (v.since for v in symptom.levels)
    for regimen in documents.regimens.values():
        yield from (v.since for v in regimen.values)
    for measurements in documents.measurements.values():
        yield from (v.since for rule in measurements.rules for v in rule.values)
    for rules in documents.rules.values():
        yield from (v.since for rule in rules.rules for v in rule.values)
    for counts in documents.counts.values():
        yield from (c.since for count in counts.rules for c in count.values)
    for advice in documents.advice.values():
        yield from (a.since for a in advice.advice)
    yield from (v.since for v in only(documents.trend).values)
    yield from (v.since for v in only(documents.levels).values)


def _edition(documents: Documents, day: date, version: str, shelf: Shelf) -> Rulebook:
    levels = in_force(only(documents.levels).values, day) or only(documents.levels).values[:1]
    trend = in_force(only(documents.trend).values, day) or only(documents.trend).values[:1]
    symptoms = {s.id: worded(s, documents.wording.values()) for s in documents.symptoms.values()}
    base = {s.id: base_effects(s, day) for s in symptoms.values()}
    vocabulary, cover = only(documents.vocabulary), only(documents.rulebook)
    flags = {flag.id: flag for flag in vocabulary.flags}
    rules = {rule.id: rule for rule in cards(documents, day)}
    advice = sorted(
        (a for file in documents.advice.values() for a in file.advice if a.since <= day), key=lambda a: (a.order, a.id)
    )
    regimens = {r.id: regimen_on(r, day, flags) for r in documents.regimens.values()}
    unknown = regimen_on(vocabulary.unknown_regimen, day, flags)

    def compiler(id_: str) -> Program:
        """Compiled when first asked for, then kept: a rulebook has more regimens than an establishment uses."""
        return compile_program(*regimens.get(id_, unknown), rules, advice)

    files = documents.measurements.values()
    derived = tuple(d for file in files for d in file.derived)
    return Rulebook(
        version=version,
        in_force_from=day,
        title=cover.title,
        statement=cover.statement,
        awaiting_signature=cover.status == "awaiting_signature",
        symptoms=symptoms,
        measurements={m.id: m for file in files for m in file.measurements},
        regimens={id_: regimen for id_, (regimen, _) in regimens.items()},
        regimen_files={r.id: r for r in documents.regimens.values()},
        rules=rules,
        advice={a.id: a for a in advice},
        levels={name: getattr(levels[0], name) for name in ("green", "yellow", "orange", "red", "red_emergency")},
        opening_hours=levels[0].opening_hours,
        policies=policy_shelf(only(documents.policies)),
        administrative_rules=frozenset(levels[0].administrative_rules),
        by_reason=levels[0].by_reason,
        interactions=vocabulary.interactions,
        flags=flags,
        questions=_questions(documents),
        tables=only(documents.composite).tables,
        derived=derived,
        grader=_grader(documents, symptoms, derived),
        base={id_: effects for id_, effects in base.items() if symptoms[id_].kind != "safety_item" and effects},
        safety={id_: effects[0] for id_, effects in base.items() if symptoms[id_].kind == "safety_item" and effects},
        high_risk=frozenset(s.id for s in symptoms.values() if s.kind == "high_risk"),
        comfort=frozenset(s.id for s in symptoms.values() if s.kind == "comfort"),
        adjustable=frozenset(s.id for s in symptoms.values() if s.baseline_adjustable),
        counts=tuple(
            Count(c.id, v) for file in documents.counts.values() for c in file.rules for v in in_force(c.values, day)
        ),
        trend=trend[0],
        compiler=cache(compiler),
        shelf=shelf,
    )


def worded(symptom: SymptomFile, wordings: Iterable[WordingFile]) -> SymptomFile:
    """The symptom with the official questions of the site in place of ours, where it has them."""
    official = {
        attribute: wording.questions[code]
        for wording in wordings
        for attribute, code in zip(symptom.attributes, symptom.codes.pro_ctcae, strict=False)
        if code in wording.questions
    }
    return msgspec.structs.replace(symptom, questions={**symptom.questions, **official}) if official else symptom


def _questions(documents: Documents) -> QuestionnaireFile:
    scales = next((wording.scales for wording in documents.wording.values() if wording.scales), None)
    ours = only(documents.questionnaire)
    return msgspec.structs.replace(ours, scales=scales) if scales else ours


def _grader(documents: Documents, symptoms: Mapping[str, SymptomFile], derived: tuple[Derived, ...]) -> Grader:
    measured = [(s.id, s.grade_from) for s in symptoms.values() if s.grade_from]
    letters = {s.id: "".join(s.attributes) for s in symptoms.values() if s.kind != "safety_item" and s.attributes}
    tables = composite(only(documents.composite).tables)
    lookups = {item: lookup(tables, item) for item in set(letters.values())}
    return Grader(
        composite=tables,
        letters=letters,
        lookups={symptom: lookups[item] for symptom, item in letters.items()},
        from_measurement=tuple((id_, rule) for id_, rule in measured if not rule.shown_only),
        shown=tuple((id_, rule) for id_, rule in measured if rule.shown_only),
        assumed=tuple((s.id, s.assumed) for s in symptoms.values() if s.assumed),
        derived=derived,
    )
