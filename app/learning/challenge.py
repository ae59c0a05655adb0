"""The gate between a card in service and one that would replace it: every criterion is printed, passed, failed or open.

Nothing here promotes anything: two named people do, on a site's own page, and the old card is kept. Said in both languages: those who
decide read it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.verdicts import TriageLevel
from app.learning import metrics
from app.learning.calibration import NoFit, fit_line
from app.learning.cohort import Cohort, iso
from app.learning.evaluation import Group, groups_of, scored
from app.learning.metrics import Interval
from app.learning.report_words import Voice
from app.learning.rules import rule_levels
from app.scoring.card import Card
from app.scoring.proof import violations

F64 = NDArray[np.float64]

WORSE_BY = 0.01
RANGE = (0.8, 1.25)
SUBGROUP = (0.67, 1.5)
SUBGROUP_EVENTS = 50
BUDGET = 0.2
SHADOW_DAYS = 14

LEFT_TO_PEOPLE = Text("deux personnes nommées approuvent", "two named people approve")
FRENCH, ENGLISH = Voice("fr"), Voice("en")


class Criterion(msgspec.Struct, frozen=True):
    """One criterion and what was found; `open` is for what these files cannot show."""

    name: Text
    verdict: Literal["passed", "failed", "open"]
    found: Text


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the site fixed: orange threshold of the challenger, alerts per 100 patient-weeks, days it ran in shadow."""

    threshold: float | None = None
    budget: float | None = None
    shadow_days: int | None = None


def challenge(
    champion: Card,
    challenger: Card,
    cohort: Cohort,
    rulebook: Rulebook,
    terms: Terms,
    *,
    seed: int = 1,
    rounds: int = 400,
) -> tuple[Criterion, ...]:
    """Judge a challenger on patients that neither card was fitted on."""
    return tuple(_criteria(champion, challenger, cohort, rulebook, terms, seed, rounds))


def _criteria(
    champion: Card, challenger: Card, cohort: Cohort, rulebook: Rulebook, terms: Terms, seed: int, rounds: int
) -> Iterator[Criterion]:
    flaws = violations(challenger)
    proved = _same("; ".join(flaws[:3])) if flaws else Text("prouvé d’après les tables", "proved from the tables")
    yield _said(Text("une réponse pire ne l’abaisse jamais", "worse answers never lower it"), not flaws, proved)
    same = [f.name for f in champion.features] == [f.name for f in challenger.features]
    lost = sorted({r.id for r in champion.regimens} - {r.id for r in challenger.regimens})
    yield _said(Text("mêmes entrées", "same inputs"), same and not lost, _inputs(lost, same=same))
    first, until = iso(int(cohort.patients.enrolled.min())), _fitted_until(challenger)
    yield _said(
        Text("patients les plus récents, jamais utilisés pour l’ajuster", "newest patients, never used for fitting"),
        first > until,
        Text(f"inclus à partir du {first} ; ajusté jusqu’au {until}", f"enrolled from {first}; fitted up to {until}"),
    )
    old, new = scored(cohort, champion).p7, scored(cohort, challenger).p7
    r = cohort.reports
    use = r.at_risk & (r.outcome_7d >= 0) & ~np.isnan(old) & ~np.isnan(new)
    y, p, q, who = r.outcome_7d[use].astype(np.float64), old[use], new[use], r.patient[use]
    if not 0 < y.sum() < len(y):
        before = int(y.sum())
        yield Criterion(
            Text("événements", "events"),
            "failed",
            Text(
                f"{before} rapports avant un événement sur {len(y)} : rien ne peut être jugé",
                f"{before} reports before an event among {len(y)}: nothing can be judged",
            ),
        )
        return
    better = _paired(lambda w: metrics.auroc(y, q, w) - metrics.auroc(y, p, w), who, len(y), seed, rounds)
    auroc = _figures("AUROC pas moins bonne de plus de {}", "AUROC not worse by more than {}", WORSE_BY)
    yield _said(auroc, (better.low or -1) > -WORSE_BY, _told(better, 4))
    loss = _paired(lambda w: _loss(y, q, w) - _loss(y, p, w), who, len(y), seed, rounds)
    yield _said(Text("meilleure perte logarithmique", "log loss better"), (loss.value or 0) < 0, _told(loss, 5))
    ratio = _paired(lambda w: float((w * y).sum() / (w * q).sum()), who, len(y), seed, rounds)
    calibrated = _figures("observé / attendu de {} à {}", "observed / expected {} to {}", *RANGE)
    yield _said(calibrated, RANGE[0] <= (ratio.value or 0) <= RANGE[1], _told(ratio, 2))
    yield _slope(y, q)
    yield _budget(cohort, new, rulebook, terms)
    yield _subgroups(groups_of(cohort, new, seed, 20))
    yield _shadow(terms.shadow_days)
    yield Criterion(
        LEFT_TO_PEOPLE,
        "open",
        Text(
            "demandé à la mise en service ; l’ancienne carte est conservée",
            "asked at promotion; the old card is kept",
        ),
    )


def _fitted_until(card: Card) -> str:
    own = card.trained_on
    return max(own.tuned_until, own.last_enrolled if own.kind == "site" else "")


def _said(name: Text, passed: bool, found: Text) -> Criterion:
    return Criterion(name, "passed" if passed else "failed", found)


def _same(words: str) -> Text:
    """What has no other language: identifiers, and faults in a table."""
    return Text(words, words)


def _figures(fr: str, en: str, *values: float, spec: str = "g") -> Text:
    """A sentence of each language with figures in its own way of writing them."""
    written = [f"{value:{spec}}" for value in values]
    return Text(fr.format(*map(FRENCH.mark, written)), en.format(*map(ENGLISH.mark, written)))


def _told(found: Interval, digits: int) -> Text:
    """A value and its interval; a difference (more than two digits) with its sign."""
    if found.value is None:
        return Text("ne peut pas être calculé", "cannot be computed")
    value = _figures("{}", "{}", found.value, spec=f"+.{digits}f" if digits > 2 else f".{digits}f")
    if found.low is None:
        return value
    between = _figures("(95 % de {} à {})", "(95 % {} to {})", found.low, found.high or 0, spec=f".{digits}f")
    return Text(f"{value.fr} {between.fr}", f"{value.en} {between.en}")


def _inputs(lost: list[str], *, same: bool) -> Text:
    if lost:
        names = ", ".join(lost)
        return Text(f"schémas perdus : {names}", f"regimens lost: {names}")
    return Text("entrées égales", "inputs equal") if same else Text("entrées différentes", "inputs differ")


def _shadow(days: int | None) -> Criterion:
    name = Text("deux semaines dans l’ombre", "two weeks in shadow")
    if days is None:
        return Criterion(name, "open", Text("non indiqué (--shadow-days)", "not told (--shadow-days)"))
    return _said(name, days >= SHADOW_DAYS, Text(f"{days} jours", f"{days} days"))


def _paired(measure: Callable[[F64], float], patient: NDArray[np.int32], n: int, seed: int, rounds: int) -> Interval:
    return metrics.bootstrap(patient, measure, measure(np.ones(n)), seed, rounds)


def _loss(y: F64, p: F64, w: F64) -> float:
    q = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-(w * (y * np.log(q) + (1 - y) * np.log(1 - q))).sum() / w.sum())


def _slope(y: F64, q: F64) -> Criterion:
    name = _figures("pente de {} à {}", "slope {} to {}", *RANGE)
    try:
        line = fit_line(metrics.logit(q), y)
    except NoFit as why:
        return Criterion(name, "failed", _same(str(why)))
    found = Interval(line.slope, line.slope - 1.96 * line.slope_se, line.slope + 1.96 * line.slope_se)
    return _said(name, RANGE[0] <= line.slope <= RANGE[1], _told(found, 2))


def _budget(cohort: Cohort, p: F64, rulebook: Rulebook, terms: Terms) -> Criterion:
    name = Text("alertes dans le budget, à 20 % près", "alerts within the budget, give or take 20 %")
    if terms.threshold is None or terms.budget is None:
        return Criterion(
            name,
            "open",
            Text(
                "ni seuil ni budget indiqués (--threshold, --budget)",
                "no threshold and budget given (--threshold, --budget)",
            ),
        )
    ruled = rule_levels(cohort, rulebook) >= TriageLevel.ORANGE.rank
    added = ~ruled & (np.nan_to_num(p, nan=-1.0) >= terms.threshold)
    last = cohort.patients.last_day.astype(np.float64)
    stop = int(cohort.manifest.get("report_days", 0) or 0)  # type: ignore[arg-type] # whole in what we write
    weeks = float((np.minimum(last, stop - 1) if stop else last).sum() + len(last)) / 7
    rate = 100 * float(added.sum()) / max(weeks, 1e-9)
    held = (1 - BUDGET) * terms.budget <= rate <= (1 + BUDGET) * terms.budget
    found = _figures(
        "{} alertes du modèle pour 100 semaines-patient, budget {}",
        "{} alerts of the model per 100 patient-weeks, budget {}",
        round(rate, 2),
        terms.budget,
    )
    return _said(name, held, found)


def _subgroups(groups: Iterator[Group]) -> Criterion:
    bad, judged = [], 0
    for group in groups:
        ratio = group.observed_over_expected.value
        if group.events < SUBGROUP_EVENTS or ratio is None:
            continue
        judged += 1
        if not SUBGROUP[0] <= ratio <= SUBGROUP[1]:
            bad.append((group, ratio))
    name = _figures("aucun sous-groupe hors de {} à {}", "no subgroup outside {} to {}", *SUBGROUP)
    if not bad:
        return _said(
            name,
            True,
            Text(
                f"{judged} sous-groupes de {SUBGROUP_EVENTS} événements ou plus, aucun dehors",
                f"{judged} subgroups of {SUBGROUP_EVENTS} events or more, none outside",
            ),
        )
    fr, en = (
        "; ".join(f"{voice.named(g.kind)} {voice.named(g.name)}: {voice.number(r, 2)}" for g, r in bad)
        for voice in (FRENCH, ENGLISH)
    )
    return _said(name, False, Text(fr.replace("; ", " ; ").replace(": ", " : "), en))
