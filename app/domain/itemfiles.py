"""The grammar of the files under rules/ that describe things: symptoms, measurements, regimens, words, questions.

Rules and levels are in rulefiles.py.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.domain.conditions import Condition
from app.domain.drugs import DoseRule, Drug, Schedule
from app.domain.rulefiles import Attribute, BaseLevel, Checked, Dated, Id, RuleEntry, Sourced, SymptomClass
from app.domain.texts import Text
from app.domain.treatments import FlagValue, Incidence, IntakeTexts, Interaction, OverAdherenceClass


class GradeRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this value on (included), this grade."""

    at_least: float
    grade: Annotated[int, Meta(ge=1, le=3)]


class GradeFrom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a measurement grades a symptom: the first row reached wins. `shown_only`: displayed, no rule uses it."""

    measurement: Id
    rows: Annotated[tuple[GradeRow, ...], Meta(min_length=1)]
    shown_only: bool = False


class Assumed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Value taken when the patient says yes without having measured."""

    measurement: Id
    value: float


class SymptomLevels(Dated, frozen=True, kw_only=True, omit_defaults=True):
    """Triage level that each grade alone gives; a safety item has only `present`, the level of a yes."""

    grade_1: BaseLevel | None = None
    grade_2: BaseLevel | None = None
    grade_3: BaseLevel | None = None
    present: BaseLevel | None = None

    def by_grade(self) -> tuple[BaseLevel, ...]:
        """Levels of grades 1, 2 and 3, or the single level of a yes."""
        given = (self.present,) if self.present else (self.grade_1, self.grade_2, self.grade_3)
        return tuple(level for level in given if level)


class Codes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Identifiers in other vocabularies, with how well each was checked (V, P, B)."""

    pro_ctcae: tuple[str, ...] = ()
    ctcae_v5: str | None = None
    meddra: int | None = None
    meddra_checked: Checked | None = None
    snomed: int | None = None
    snomed_checked: Checked | None = None


class GradeTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What each grade looks like."""

    grade_1: Text | None = None
    grade_2: Text | None = None
    grade_3: Text | None = None


class SymptomFile(Sourced, frozen=True, kw_only=True):
    """symptoms/: one symptom or safety item, how it is asked, graded, and what each grade alone gives."""

    id: Id
    title: Text
    kind: SymptomClass = msgspec.field(name="class")
    attributes: tuple[Attribute, ...] = ()
    questions: dict[Attribute, Text] = msgspec.field(default_factory=dict)
    help: Text | None = None
    measurement: Id | None = None
    grade_from: GradeFrom | None = None
    assumed: Assumed | None = None
    baseline_adjustable: bool = False
    looks_like: GradeTexts = GradeTexts()
    levels: tuple[SymptomLevels, ...] = ()
    codes: Codes = Codes()
    note: str | None = None

    def __post_init__(self) -> None:
        if missing := [a for a in self.attributes if a not in self.questions]:
            raise ValueError(f"no question for attribute {', '.join(missing)}")
        if extra := [a for a in self.questions if a not in self.attributes]:
            raise ValueError(f"question for {', '.join(extra)}, which is not among the attributes")
        safety = self.kind == "safety_item"
        if any(bool(v.present) is not safety or len(v.by_grade()) != (1 if safety else 3) for v in self.levels):
            raise ValueError("levels need `present` for a safety item, grade_1, grade_2 and grade_3 for a symptom")


class Measurement(Sourced, frozen=True, kw_only=True):
    """Something measured at home; `plausible` is the range outside which the patient is asked to check."""

    id: Id
    title: Text
    question: Text
    unit: str
    unit_code: str
    plausible: tuple[float, float]
    step: float
    loinc: str | None = None
    loinc_checked: Checked | None = None
    note: str | None = None


class Derived(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value computed from a measurement and the baseline, in percent of the baseline."""

    id: Id
    measurement: Id
    formula: Literal["loss_pct", "gain_pct"]


class MeasurementsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """measurements/: what is measured, and the rules that look at it first of all."""

    measurements: tuple[Measurement, ...]
    derived: tuple[Derived, ...] = ()
    rules: tuple[RuleEntry, ...] = ()


class RegimenValue(Dated, frozen=True, kw_only=True):
    """What triage and the calendar need to know of a regimen."""

    level: Literal[1, 2]
    flags: dict[Id, FlagValue]
    over_adherence_class: OverAdherenceClass
    schedule: Schedule | None = None
    drugs: tuple[Drug, ...] = ()
    partners: tuple[Id, ...] = ()
    hold_on: tuple[Condition, ...] = ()


class RegimenFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """regimens/: one treatment template. `evidence` says block by block how well the facts were checked."""

    id: Id
    title: Text
    inn: tuple[str, ...]
    atc: tuple[str, ...] = ()
    drug_class: str | None = None
    used_for: tuple[str, ...] = ()
    source: Annotated[str, Meta(min_length=3)]
    evidence: dict[str, Checked]
    owner: str
    review_by: date
    values: Annotated[tuple[RegimenValue, ...], Meta(min_length=1)]
    intake: IntakeTexts | None = None
    incidence: dict[str, Incidence] = {}
    interactions: tuple[Interaction, ...] = ()
    special: tuple[Text, ...] = ()
    dose_rules: tuple[DoseRule, ...] = ()


class Flag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of a drug that rules look at. `values` from weakest to strongest; without it, yes or no."""

    id: Id
    title: Text
    meaning: Text
    values: tuple[str, ...] = ()


class VocabularyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """vocabulary/: drug flags, what an unknown drug is taken for, and questions about other medicines."""

    flags: tuple[Flag, ...]
    unknown_regimen: RegimenFile
    interactions: dict[Id, Text]


Cell = Annotated[int, Meta(ge=0, le=3)]
Line = Annotated[tuple[Cell, ...], Meta(min_length=5, max_length=5)]
Square = Annotated[tuple[Line, ...], Meta(min_length=5, max_length=5)]


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Composite grade by scores 0 to 4; a table's name lists its attributes in the order of its indices."""

    F: Line
    S: Line
    I: Line  # noqa: E741 - the letter of the field's own vocabulary
    FS: Square
    FI: Square
    SI: Square
    FSI: Annotated[tuple[Square, ...], Meta(min_length=5, max_length=5)]


class CompositeFile(Sourced, frozen=True, kw_only=True):
    """grading/composite.yaml: the published composite grade, cell by cell."""

    canonical_sha256: str
    tables: Tables


class Scales(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of the answers, from 0 up."""

    F: Annotated[tuple[Text, ...], Meta(min_length=5, max_length=5)]
    S: Annotated[tuple[Text, ...], Meta(min_length=5, max_length=5)]
    I: Annotated[tuple[Text, ...], Meta(min_length=5, max_length=5)]  # noqa: E741 - the letter of the field's own vocabulary
    A: Annotated[tuple[Text, ...], Meta(min_length=5, max_length=5)]
    P: Annotated[tuple[Text, ...], Meta(min_length=2, max_length=2)]


class Cadence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days between two reports."""

    level_2_first_cycles: int
    first_cycles: int
    level_2_later: int
    level_1: int


class QuestionnaireFile(Sourced, frozen=True, kw_only=True):
    """questionnaire/: which symptoms everybody is asked about, and how long a report may take."""

    title: Text
    core: tuple[Id, ...]
    by_flag: dict[Id, tuple[Id, ...]]
    always_measured: tuple[Id, ...] = ()
    max_minutes: int
    seconds_per_tap: float
    cadence: Cadence
    scales: Scales


class WordingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """wording/: official questions that a site is licensed for, by item code; they replace our own words as they are."""

    source: Annotated[str, Meta(min_length=3)]
    licence: Annotated[str, Meta(min_length=3)]
    questions: Annotated[dict[str, Text], Meta(min_length=1)]
    scales: Scales | None = None
