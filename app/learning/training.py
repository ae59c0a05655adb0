"""A card from a cohort: learn, calibrate on other patients, export, check, and write down where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.learning import boosting, export
from app.learning.boosting import Recipe
from app.learning.calibration import Line, fit_line
from app.learning.cohort import Cohort, iso
from app.learning.matrix import I16, Matrix, matrix
from app.learning.split import Split, by_enrolment
from app.scoring.batch import Levels
from app.scoring.card import (
    PHASES,
    Calibration,
    Card,
    Feature,
    Points,
    Provenance,
    RegimenSupport,
    Table,
    Vector,
    sealed,
)
from app.scoring.catalogue import catalogue
from app.scoring.proof import violations
from app.scoring.score import Model

REVIEW_AFTER = timedelta(days=365)
"""A card is reviewed within twelve months or falls silent (risk model notes, section 9)."""
HIDDEN_REGIMEN = 0.25
"""Share of training reports whose regimen is hidden, so that symptoms carry over to other sites (simulator notes, section 10)."""
HIDDEN_PERSON = 0.25
"""Share of patients whose age, whose ECOG and other illnesses, whose record is hidden: a site may not know them."""
MIN_EVENTS = 100
"""Fewer reports before an event: no card. Ours, to be confirmed: the notes found a model of 123 of them worse than a recalibrated one."""
MIN_CHECKED = 50_000
NOVELTY = 0.999
DECIDING: dict[str, frozenset[str]] = {
    "app.scoring": frozenset({"batch", "card", "catalogue", "features", "score"}),
    "app.learning": frozenset({"boosting", "calibration", "cohort", "export", "matrix", "split", "training"}),
    "app.learning.simulator": frozenset(),
}
"""Modules whose change may change a card (none named: all of the package)."""
OUTCOME = Text(
    "Nouvelle toxicité de grade 3 ou plus, ou passage ou hospitalisation non prévus",
    "New toxicity of grade 3 or worse, or an unplanned visit or admission",
)
_OF_PATIENTS = ("enrolled", "age", "woman", "ecog", "comorbidities", "weight_kg", "baseline")
_PERSON = (("age",), ("ecog", "comorbidities"), ("prior_grade3", "prior_visit"))

Say = Callable[[str], None]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a training: with the same cohort and code, the same order gives the same card to the last byte."""

    model_id: str
    seed: int
    reviewed_on: date
    train: float = 0.65
    calibrate: float = 0.15
    recipe: Recipe = Recipe()
    note: str = ""
    hide_regimen: bool = True


class Trained(msgspec.Struct, frozen=True):
    """The card, and what was measured on the way."""

    card: Card
    largest_difference: float
    checked: int
    clipped_blanks: int


class Refused(ValueError):
    """No card can be made of this cohort; the message says why."""


def train(
    cohort: Cohort, rulebook: Rulebook, order: Order, say: Say = lambda _: None, split: Split | None = None
) -> Trained:
    """Learn a card; patients are split by enrolment date unless a `split` says otherwise.

    Raises Refused when there is too little to learn from, or when the result is not what it must be."""
    features = catalogue(rulebook)
    regimens = known_regimens(cohort, rulebook)
    grid = hidden(matrix(cohort, features, regimens), cohort, features, order, len(regimens))
    shown = hidden(matrix(cohort, features, regimens), cohort, features, order, len(regimens), regimen=False)
    split = split or by_enrolment(cohort, order.train, order.calibrate)
    who, reports = cohort.reports.patient, cohort.reports
    early = reports.at_risk & (reports.outcome_7d >= 0)
    later = reports.at_risk & (reports.outcome_7d == 0) & (reports.outcome_14d >= 0)
    reference = _reference(shown, features, split.train[who])
    found: list[tuple[Table, Calibration]] = []
    largest, checked, blanks = 0.0, 0, 0
    weights = np.zeros((len(regimens) + 1, PHASES))
    np.add.at(weights, (shown.rows, shown.phases), split.train[who] & early)
    for horizon, rows, outcome in (
        ("within 7 days", early, reports.outcome_7d),
        ("day 8 to 14", later, reports.outcome_14d),
    ):
        learn, tune = rows & split.train[who], rows & split.calibrate[who]
        events = int(outcome[learn].sum())
        say(f"{horizon}: learning from {int(learn.sum())} reports, {events} of them before an event")
        if events < MIN_EVENTS:
            raise Refused(f"{events} reports before an event are too few to learn from; {MIN_EVENTS} is the least")
        model = boosting.learner(features, order.recipe, order.seed)
        boosting.fit(model, boosting.design(grid.rows[learn], grid.phases[learn], grid.levels[learn]), outcome[learn])
        raw = _raw_of(model)
        effects = export.effects(raw, features, len(regimens), reference)
        difference, n = _check(effects, raw, grid, features, len(regimens), order.seed)
        largest, checked = max(largest, difference), checked + n
        held = export.clipped(effects, features)
        blanks += sum(a[-1] != b[-1] for a, b in zip(effects.points, held.points, strict=True))
        line, calibration = _calibrated(held, shown, tune, outcome, cohort)
        found.append((export.table(held, line, weights), calibration))
        say(f"{horizon}: tables equal to the learner within {difference:.1e} on {n} reports, slope {line.slope:.2f}")
    card = _card(cohort, order, features, regimens, reference, found, shown, split.train[who], split.calibrate[who])
    if problems := violations(card):
        raise Refused("; ".join(problems))
    if fault := Model(card).fault:
        raise Refused(f"the card does not pass its own test: {fault}")
    return Trained(card, largest, checked, blanks)


def known_regimens(cohort: Cohort, rulebook: Rulebook) -> list[tuple[str, int]]:
    """Regimens of the cohort that the rulebook knows, with their cycle length; others stay in the last row."""
    used = {cohort.regimens[i] for i in np.unique(cohort.patients.regimen)}
    schedules = {id_: rulebook.regimens[id_].schedule for id_ in sorted(used & rulebook.regimens.keys())}
    return [(id_, schedule.cycle_days) for id_, schedule in schedules.items() if schedule]


def hidden(
    grid: Matrix, cohort: Cohort, features: Sequence[Feature], order: Order, regimens: int, *, regimen: bool = True
) -> Matrix:
    """Blank the regimen of some reports and what is known of some patients, by the seed of the order."""
    dice = np.random.Generator(np.random.PCG64(np.random.SeedSequence([order.seed, 7])))
    who, levels = cohort.reports.patient, grid.levels.copy()
    names = [feature.name for feature in features]
    for group in _PERSON:
        blank = (dice.random(len(cohort.patients.ids)) < HIDDEN_PERSON)[who]
        for name in group:
            levels[blank, names.index(name)] = -1
    away = dice.random(len(who)) < HIDDEN_REGIMEN
    rows = np.where(away, np.int16(regimens), grid.rows) if regimen and order.hide_regimen else grid.rows
    return Matrix(rows, grid.phases, levels, grid.plausible)


def code_sha256() -> str:
    """Identity of the programs that decide a card: the first 16 digits of the hash of their sources."""
    digest = hashlib.sha256()
    for package, names in DECIDING.items():
        for path in sorted(files(package).iterdir(), key=lambda p: p.name):
            if path.name.endswith((".py", ".yaml")) and (not names or path.name.removesuffix(".py") in names):
                digest.update(f"{package}/{path.name}\n".encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def data_sha256(cohort: Cohort) -> str:
    """Hash of the columns that learning reads."""
    digest = hashlib.sha256()
    who, people = cohort.reports.patient, cohort.patients
    named = {int(i): f"{people.ids[i]} {cohort.regimens[people.regimen[i]]}" for i in np.unique(who)}
    for text in (*cohort.symptoms, *named.values()):
        digest.update(f"{text}\n".encode())
    columns = {name: getattr(people, name)[who] for name in _OF_PATIENTS}
    reports = cohort.reports
    columns |= {name: getattr(reports, name) for name in reports.__struct_fields__ if name != "patient"}
    columns["person"] = np.searchsorted(np.unique(who), who)
    for name, value in columns.items():
        digest.update(f"{name} {value.shape}\n".encode() + np.ascontiguousarray(value, np.float64).tobytes())
    return digest.hexdigest()


def _raw_of(model: Any) -> export.Raw:
    return lambda x: boosting.raw(model, x)


def _check(
    effects: export.Effects, raw: export.Raw, grid: Matrix, features: Sequence[Feature], regimens: int, seed: int
) -> tuple[float, int]:
    """Tables against learner, on real reports and on the whole grid."""
    dice = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 8])))
    some = dice.permutation(len(grid.rows))[:MIN_CHECKED]
    worst = export.check_equal(effects, raw, grid.rows[some], grid.phases[some], grid.levels[some])
    rows, phases, levels = export.random_grid(features, regimens, MIN_CHECKED, dice)
    return max(worst, export.check_equal(effects, raw, rows, phases, levels)), len(some) + MIN_CHECKED


def _reference(grid: Matrix, features: Sequence[Feature], keep: NDArray[np.bool_]) -> tuple[int, int, I16]:
    """A typical patient: the most frequent regimen and phase, the middle of each value that is known."""
    typical = []
    for column in range(len(features)):
        levels = grid.levels[keep, column]
        known = levels[levels >= 0]
        typical.append(int(np.quantile(known, 0.5, method="lower")) if len(known) else -1)
    row, phase = (int(np.bincount(values[keep]).argmax()) for values in (grid.rows, grid.phases))
    return row, phase, np.array(typical, np.int16)


def _calibrated(
    effects: export.Effects, grid: Matrix, tune: NDArray[np.bool_], outcome: NDArray[np.int8], cohort: Cohort
) -> tuple[Line, Calibration]:
    score = effects.total(grid.rows[tune], grid.phases[tune], grid.levels[tune])
    line = fit_line(score, outcome[tune].astype(np.float64))
    if line.slope <= 0:
        raise Refused("on other patients a higher score goes with fewer events: nothing was learned")
    return line, Calibration(
        "platt",
        round(line.slope, 6),
        round(line.intercept, 6),
        len(np.unique(cohort.reports.patient[tune])),
        int(tune.sum()),
        int(outcome[tune].sum()),
    )


def _card(
    cohort: Cohort,
    order: Order,
    features: Sequence[Feature],
    regimens: Sequence[tuple[str, int]],
    reference: tuple[int, int, I16],
    found: Sequence[tuple[Table, Calibration]],
    grid: Matrix,
    train_rows: NDArray[np.bool_],
    tune_rows: NDArray[np.bool_],
) -> Card:
    reports, patients = cohort.reports, cohort.patients
    used = train_rows & reports.at_risk & (reports.outcome_7d >= 0)
    support = tuple(_counts(grid.levels[used, j], feature.levels) for j, feature in enumerate(features))
    kind: Literal["synthetic", "site"] = "synthetic" if cohort.synthetic else "site"
    card = Card(
        schema=1,
        model_id=order.model_id,
        unit="millilogit",
        horizons_days=(7, 14),
        outcome=OUTCOME,
        reviewed_on=order.reviewed_on,
        expires_on=order.reviewed_on + REVIEW_AFTER,
        trained_on=Provenance(
            kind=kind,
            patients=len(np.unique(reports.patient[used])),
            reports=int(used.sum()),
            events=int(reports.outcome_7d[used].sum()),
            sites=int(cohort.manifest.get("sites", 1) or 1),  # type: ignore[arg-type] # whole in what we write
            first_enrolled=iso(int(patients.enrolled.min())),
            last_enrolled=iso(int(patients.enrolled.max())),
            seed=order.seed,
            code=code_sha256(),
            data_sha256=data_sha256(cohort),
            libraries=boosting.libraries(),
            note=order.note,
        ),
        calibration=found[0][1],
        calibration_late=found[1][1],
        features=tuple(features),
        regimens=tuple(_regimen_support(cohort, id_, days, used) for id_, days in regimens),
        reference=tuple(reference[2].tolist()),
        table=found[0][0],
        late=found[1][0],
        support=support,
        novelty_limit=2**31,
        vectors=(),
        sha256="",
    )
    model = Model(card)
    rare = np.zeros(int(tune_rows.sum()), np.int64)
    for j, table in enumerate(model.rarity):
        rare += np.array(table)[grid.levels[tune_rows, j]]
    card = msgspec.structs.replace(card, novelty_limit=int(np.quantile(rare, NOVELTY)) if len(rare) else 2**31)
    return sealed(msgspec.structs.replace(card, vectors=_vectors(Model(card), grid.levels[tune_rows], order.seed)))


def _regimen_support(cohort: Cohort, id_: str, cycle_days: int, used: NDArray[np.bool_]) -> RegimenSupport:
    reports = cohort.reports
    own = used & (cohort.patients.regimen[reports.patient] == cohort.regimens.index(id_))
    patients = len(np.unique(reports.patient[own]))
    return RegimenSupport(id_, cycle_days, patients, int(own.sum()), int(reports.outcome_7d[own].sum()))


def _counts(levels: I16, n: int) -> Points:
    return tuple(np.bincount(np.where(levels < 0, n, levels), minlength=n + 1).tolist())


def _vectors(model: Model, levels: Levels, seed: int) -> tuple[Vector, ...]:
    """Real reports, and the corners: all best, all worst, all blank."""
    card = model.card
    dice = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 9])))
    picked = [tuple(levels[i].tolist()) for i in dice.integers(0, len(levels), 12)] if len(levels) else []
    picked += [
        tuple(0 for _ in card.features),
        tuple(feature.levels - 1 for feature in card.features),
        tuple(-1 for _ in card.features),
        card.reference,
    ]
    vectors = []
    for i, each in enumerate(picked):
        row, phase = i % (len(card.regimens) + 1), (5 * i) % PHASES
        vectors.append(Vector(row, phase, each, *model.totals(row, phase, each)))
    return tuple(vectors)
