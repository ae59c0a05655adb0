"""What the commands of `vigie model …` do. Loaded only when one of them is called: the rest of `vigie` needs no numpy."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from app import config
from app.domain.cases import Given
from app.domain.reports import Chart
from app.domain.rulebook import Rulebook, decode
from app.learning import recalibration, training
from app.learning.challenge import Terms, challenge
from app.learning.evaluation import evaluate
from app.learning.export import NotAdditive
from app.learning.files import CohortRefused, Read, read, write
from app.learning.goals import Figures, judge, told
from app.learning.modelcard import model_card
from app.learning.recipe import Recipe, RecipeRefused, follow, read_recipe, training_cohort
from app.learning.report import page
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site
from app.learning.simulator.targets import measure
from app.learning.training import Order
from app.learning.worklist import table
from app.scoring import shipped
from app.scoring.card import Card, CardRefused, decode_card, encode_card
from app.scoring.features import Person, features
from app.scoring.score import Model, explain, load, score
from app.scoring.words import say_explanation, say_risk

_STARTED = time.monotonic()
REFUSALS = (
    CardRefused,
    CohortRefused,
    RecipeRefused,
    NotAdditive,
    recalibration.Refused,
    training.Refused,
    FileNotFoundError,
)


class ScoredReport(Given, frozen=True, kw_only=True, omit_defaults=True):
    """A report in the shape of a vignette, with what is known of the patient."""

    patient: Person = Person()


def say(what: str) -> None:
    """Progress, on standard error."""
    print(f"[{time.monotonic() - _STARTED:5.1f} s] {what}", file=sys.stderr, flush=True)


def _rulebook() -> Rulebook:
    folder = config.folder("rules")
    return decode({p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*.yaml"))})


def _cohort(folder: Path, rulebook: Rulebook) -> Read:
    found = read(folder, rulebook)
    for words in found.warnings:
        say(words)
    return found


def _card_of(path: Path | None) -> Card:
    return decode_card(path.read_bytes() if path else shipped.read())


def _recipe_of(path: Path | None) -> Recipe:
    found: Recipe = read_recipe(path) if path else msgspec.yaml.decode(shipped.read(shipped.RECIPE), type=Recipe)
    return found


def _today(args: argparse.Namespace) -> date:
    given: date | None = args.reviewed_on
    return given or datetime.now(UTC).date()


def _needs_sklearn() -> None:
    if importlib.util.find_spec("sklearn") is None:
        raise training.Refused(
            "learning needs scikit-learn, which scoring does not. In a checkout: python3 -m app model train …; "
            "elsewhere: pip install 'vigie[model]'"
        )


def run_simulate(args: argparse.Namespace) -> int:
    """Write a cohort, or measure the simulator against its targets."""
    rulebook = _rulebook()
    if args.targets:
        targets = measure(rulebook, args.patients, args.seed)
        print("\n".join(target.told for target in targets))
        return 0 if all(target.held for target in targets) else 1
    if args.out is None:
        raise CohortRefused("say where to write: --out FOLDER")
    site = None if args.sites else default_site(rulebook, parameters(), monitored=not args.usual_care)
    started = time.perf_counter()
    cohort = simulate(rulebook, args.patients, args.seed, sites=args.sites, site=site, drift_day=args.drift_day)
    took = time.perf_counter() - started
    weeks = args.patients * (parameters().horizon.days + parameters().horizon.tail) / 7
    say(f"{args.patients} patients, {weeks / took:.0f} patient-weeks a second")
    if not args.intakes:
        cohort = msgspec.structs.replace(cohort, intakes=None)
    say(f"{write(cohort, args.out)} reports in {args.out}; invented patients (synthetic)")
    return 0


def run_train(args: argparse.Namespace) -> int:
    """Learn a card."""
    if (args.data is None) == (args.recipe is None):
        raise training.Refused("either --data FOLDER or --recipe FILE")
    _needs_sklearn()
    rulebook = _rulebook()
    if args.recipe:
        trained = follow(read_recipe(args.recipe), rulebook, say)
    else:
        order = Order(model_id=args.model_id or "vigie-local", seed=args.seed, reviewed_on=_today(args))
        trained = training.train(_cohort(args.data, rulebook).cohort, rulebook, order, say)
    args.out.write_bytes(encode_card(trained.card))
    say(f"equal to the learner within {trained.largest_difference:.1e} on {trained.checked} reports")
    print(f"{trained.card.model_id} {trained.card.sha256} ({trained.card.trained_on.kind})")
    return 0


def run_evaluate(args: argparse.Namespace) -> int:
    """Judge a card on cohort files."""
    rulebook, card = _rulebook(), _card_of(args.card)
    found = _cohort(args.data, rulebook)
    evaluation = evaluate(found.cohort, card, rulebook, warnings=found.warnings)
    if args.json:
        print(msgspec.json.format(msgspec.json.encode(evaluation), indent=1).decode())
        return 0
    out = args.out or args.data / "evaluation.html"
    titles = {f.name: f.title for f in card.features} | {r.id: r.title for r in rulebook.regimens.values()}
    out.write_text(page(evaluation, args.lang, titles), encoding="utf-8")
    print(out)
    return 0


def run_recalibrate(args: argparse.Namespace) -> int:
    """Fit a card to a site."""
    rulebook, card = _rulebook(), _card_of(args.card)
    cohort = _cohort(args.data, rulebook).cohort
    found = recalibration.evidence(cohort, card)
    say(
        f"{found.events} reports before an event, from {found.patients} patients; allowed: {', '.join(found.steps) or 'nothing'}"
    )
    step = args.step.replace("-", " ") if args.step else None
    if step in ("pooled", "local"):
        _needs_sklearn()
        prior = training_cohort(_recipe_of(args.prior), rulebook) if step == "pooled" else None
        order = Order(model_id=args.model_id, seed=args.seed, reviewed_on=_today(args))
        fresh = recalibration.retrain(cohort, card, rulebook, order, prior, say).card
        say("a challenger: judge it with `vigie model challenge` on newer patients")
    else:
        done = recalibration.recalibrate(cohort, card, model_id=args.model_id, reviewed_on=_today(args), step=step)
        fresh = done.card
        say(f"{done.step}: logit' = {done.intercept:+.3f} + {done.slope:.3f} × logit")
    args.out.write_bytes(encode_card(fresh))
    print(f"{fresh.model_id} {fresh.sha256} ({fresh.trained_on.kind})")
    return 0


def run_challenge(args: argparse.Namespace) -> int:
    """Judge a card that would replace another."""
    rulebook = _rulebook()
    terms = Terms(threshold=args.threshold, budget=args.budget, shadow_days=args.shadow_days)
    cohort = _cohort(args.data, rulebook).cohort
    found = challenge(_card_of(args.champion), _card_of(Path(args.challenger)), cohort, rulebook, terms)
    for one in found:
        print(f"{one.verdict:<7} {one.name.en}: {one.found.en}")
    failed = sum(one.verdict == "failed" for one in found)
    still = sum(one.verdict == "open" for one in found)
    print(f"{len(found)} criteria, {failed} failed, {still} open")
    return 1 if failed else 0


def run_card(args: argparse.Namespace) -> int:
    """Print the model card."""
    if args.card:
        card = _card_of(args.card)
        fault = Model(card).fault
        own = card.trained_on
        print(f"{card.model_id} {card.sha256}: {'cannot be used, ' + fault if fault else 'sound'}")
        print(f"{own.kind}; {own.patients} patients, {own.events} event reports, {own.sites} sites; {own.note or '-'}")
        print(f"reviewed on {card.reviewed_on}, silent after {card.expires_on}")
        return 1 if fault else 0
    print(model_card(_card_of(None), msgspec.json.decode(shipped.read(shipped.FIGURES), type=Figures)), end="")
    return 0


def run_goals(args: argparse.Namespace) -> int:
    """Judge the shipped card on an independent draw."""
    _needs_sklearn()
    recipe, card = _recipe_of(args.recipe), _card_of(args.card)
    rulebook = _rulebook()
    other = _cohort(args.other, rulebook).cohort if args.other else None
    figures = judge(recipe, card, rulebook, say, other)
    print(told(figures))
    print(f"\nWorklist: events seen coming with the model against without it\n\n{table(figures.worklist)}")
    if args.write:
        content = msgspec.json.format(msgspec.json.encode(figures), indent=1)
        (args.write / "app" / "scoring" / "cards" / shipped.FIGURES).write_bytes(content + b"\n")
        (args.write / "docs" / "model-card.md").write_text(model_card(card, figures), encoding="utf-8")
    return 0 if all(goal.verdict == "met" for goal in figures.goals) else 1


def run_score(args: argparse.Namespace) -> int:
    """Score one report and say why."""
    model = load(args.card.read_bytes() if args.card else shipped.read())
    try:
        report = msgspec.json.decode(args.file.read_bytes(), type=ScoredReport)
    except msgspec.DecodeError as why:
        raise CohortRefused(f"{args.file}: {why}") from None
    chart = Chart(report.regimen, report.cycle, report.day_of_cycle, report.baseline, report.history, report.adherence)
    found = features(model.card, report.answers, report.measurements, chart, report.patient)
    risk = score(model, found, datetime.now(UTC).date())
    print(say_risk(risk, args.language))
    if risk.abstained is None:
        print("\n".join(say_explanation(model.card, explain(model, found), args.language)))
    return 0
