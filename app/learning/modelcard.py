"""The model card, docs/model-card.md: written by `vigie model goals --write` from the card and its figures, never by hand."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.risk_modes import PROPOSAL_FOR, RAISED_REPORTS
from app.domain.watching import ABSTENTION_REPORTS, ABSTENTION_SHARE
from app.learning.elsewhere import Elsewhere, Tried
from app.learning.evaluation import Evaluation, Group
from app.learning.goals import Figures, told, words
from app.learning.training import HIDDEN_PERSON, MIN_EVENTS
from app.learning.worklist import table
from app.scoring.card import Card, Feature
from app.scoring.score import MIN_ANSWERED, MIN_PATIENTS, typical_total

_CHANGES = (
    "2026-11-24: vigie-synthetic-2. More trees, larger ones and more columns each, chosen on a validation draw: the table of regimen "
    "and cycle day had not been learned to the end. Judged on a test draw whose seed was fixed before.",
    "2026-11-24: vigie-synthetic-1, first card. Lost 0.0167 of AUROC to unrestricted boosting and saw 7.9 points more events at +0.10 "
    "alerts; its test draw had been enlarged after a first look.",
)
_DIRECTION = {1: "never falls as it gets worse", 0: "no direction imposed"}


def model_card(card: Card, figures: Figures) -> str:
    """The whole document in Markdown."""
    return "\n".join(_lines(card, figures)).rstrip() + "\n"


def _lines(card: Card, figures: Figures) -> Iterator[str]:
    own, e = card.trained_on, figures.evaluation
    yield f"# Model card: {card.model_id}"
    yield ""
    yield "<!-- Written by `vigie model goals --write`. Do not edit: the figures belong to the card of this sha256. -->"
    yield ""
    if card.synthetic:
        yield (
            "**Trained on invented patients (synthetic), and tested on invented patients. It has been validated on nobody real. "
            "It runs in shadow until a named clinician of a site promotes it on that site's own figures.**"
        )
        yield ""
    yield f"- sha256 of the card: `{card.sha256}`"
    yield f"- reviewed on {card.reviewed_on}, silent after {card.expires_on} unless reviewed again"
    yield (
        f"- learned from {own.patients} patients, {own.reports} reports at risk, {own.events} of them before an event, "
        f"{own.sites} sites; {own.libraries}; code `{own.code}`, data `{own.data_sha256[:16]}`, seed {own.seed}"
    )
    yield (
        f"- calibrated (Platt) on {card.calibration.patients} other patients, {card.calibration.events} event reports; "
        f"the second table on {card.calibration_late.events}"
    )
    yield ""
    yield "## What it is for"
    yield ""
    yield (
        "From each symptom report, the probability of a new grade 3 or worse toxicity, or of an unplanned emergency visit or "
        "admission, within 7 and within 14 days. It orders the worklist inside a triage level and, where a site has validated it, "
        "may raise a level to orange at most within an alert budget. The rules always answer, and it never lowers them."
    )
    yield ""
    yield (
        "Not for: deciding a dose, reassuring anybody, replacing a call, patients who do not report, treatments it has not seen, "
        "grade 3 toxicities already running, or figures of one site shown as another's."
    )
    yield ""
    yield "## What was reached"
    yield ""
    yield (
        f"Independent draw of the simulator: {e.patients} patients of {figures.test.sites} other sites, {e.reports} reports, "
        f"{e.horizons[0].events} of {e.horizons[0].reports} at-risk reports before an event within 7 days. {_draws(figures)} "
        f"Intervals: whole patients resampled {e.rounds} times. Reproduce: `vigie model goals`."
    )
    yield ""
    yield told(figures)
    yield ""
    missed = [goal.name for goal in figures.goals if goal.verdict == "missed"]
    yield f"Missed: {'; '.join(missed)}." if missed else "None of the goals was missed."
    yield ""
    yield f"Unrestricted boosting on the same training reports: AUROC {figures.unrestricted_auroc:.3f}."
    yield ""
    if figures.elsewhere:
        yield "### On patients of another making"
        yield ""
        yield from _elsewhere(figures.elsewhere)
        yield ""
    yield "### Alerts and events"
    yield ""
    yield from _policies(e)
    yield ""
    yield "### Order of the worklist"
    yield ""
    yield table(figures.worklist)
    yield ""
    yield "### Subgroups, 7 days"
    yield ""
    yield from _groups([g for g in e.groups if g.kind != "regimen"])
    yield ""
    yield "### Regimens, 7 days"
    yield ""
    yield from _groups([g for g in e.groups if g.kind == "regimen"])
    yield ""
    yield "## What it looks at"
    yield ""
    yield (
        "Points are thousandths of a logit and add up exactly: "
        f"a typical patient has {typical_total(card, card.table)}; regimen and phase of the cycle form one table, the only "
        "interaction. They are associations in the training data, not causes and not advice. “No value” is what is added when "
        "nothing was measured or nothing is on record; a symptom always has a value, since what is not told was answered “no”."
    )
    yield ""
    yield "| input | direction | from best to worst, 7 days | day 8 to 14 | no value |"
    yield "|---|---|---|---|---|"
    order = sorted(range(len(card.features)), key=lambda j: -_reach(card.table.points[j][:-1]))
    yield from (_input(card, j) for j in order if _weighs(card, j))
    if idle := ", ".join(card.features[j].title.en for j in order if not _weighs(card, j)):
        yield ""
        yield f"Asked, read and without weight in either table, so left to the rules: {idle}."
    yield ""
    yield "## When it says nothing"
    yield ""
    yield (
        f"Regimen not in the card or seen in fewer than {MIN_PATIENTS} patients; less than {100 * MIN_ANSWERED:.0f} % of the "
        "required questions answered; a value that cannot be right; card past its review date, altered, or failing its own test "
        "cases. The reason is kept with the report. An unusual report is labelled, never silenced."
    )
    yield ""
    yield "## Choices to be confirmed"
    yield ""
    yield "Guards of our own, not taken from a study. Each keeps its reason beside it in the code; a clinician may want others."
    yield ""
    yield (
        f"- The model is frozen when more than {100 * ABSTENTION_SHARE:.0f} % of a week's reports get no number, but only from "
        f"{ABSTENTION_REPORTS} reports in that week: of fewer, one patient on a treatment it does not know would silence it."
    )
    yield (
        f"- It may be heard only where at least {RAISED_REPORTS} of the site's own reports in shadow lie above the threshold: "
        "with fewer, chance sets the alert rate, not the budget."
    )
    yield f"- A proposal to let it be heard lapses after {PROPOSAL_FOR.days} days: its second name must have seen the same data."
    yield f"- No card is learned from fewer than {MIN_EVENTS} reports before an event."
    yield (
        f"- While learning, age, condition and record are each hidden in {100 * HIDDEN_PERSON:.0f} % of patients: a site may not "
        "know them, and the card needs points for that."
    )
    yield ""
    yield "## Limits"
    yield ""
    yield "- A simulator and a model written from the same tables agree too well: expect much less elsewhere (see the second generator)."
    yield "- Observed over expected differs from site to site and by regimen: recalibrate locally before anything else."
    yield "- Treatment effects: where alerts are acted upon, avoided events look like false alarms."
    yield "- Thresholds are a site's own, from its budget, on its own reports in shadow; the card holds none."
    yield "- Left out on purpose: sex, trends, holds and reductions, missed reports, sums of symptoms."
    yield ""
    yield "## Changes"
    yield ""
    yield from (f"- {line}" for line in _CHANGES)


def _reach(points: tuple[int, ...]) -> int:
    return max(points) - min(points)


def _input(card: Card, j: int) -> str:
    feature: Feature = card.features[j]
    given, late = card.table.points[j][:-1], card.late.points[j][:-1]
    missing = "–" if feature.kind == "symptom" else f"{card.table.points[j][-1]:+d}"
    return (
        f"| {feature.title.en} (`{feature.name}`) | {_DIRECTION[feature.monotone]} | {min(given):+d} to {max(given):+d} | "
        f"{min(late):+d} to {max(late):+d} | {missing} |"
    )


def _weighs(card: Card, j: int) -> bool:
    return any(card.table.points[j]) or any(card.late.points[j])


def _draws(figures: Figures) -> str:
    told = f"Its seed ({figures.test.seed}) was written into the recipe before the card was trained, and it was looked at once."
    if figures.validation:
        told += f" The learner's settings were chosen on another draw (seed {figures.validation.seed})."
    return told


def _elsewhere(found: Elsewhere) -> Iterator[str]:
    yield (
        f"For information, tuned to by nobody: a second generator (`{found.generator}`, not shipped) shares no code with the simulator "
        "and no number but how often a label names a symptom: other hazards and link, other courses, other noise. It was corrected once, "
        "before this card was judged on it: how hard a regimen is had been drawn at random. Judged on the newest "
        f"{found.patients} of its patients: {found.reports} at-risk reports, {found.events} before an event; the "
        f"{found.learned_patients} before them are what a site would have to learn from. The highest answer alone has AUROC "
        f"{words(found.highest_answer_auroc, 3)}."
    )
    yield ""
    yield _plainly(found)
    yield ""
    yield "| card | AUROC, 7 days | observed / expected | calibration error |"
    yield "|---|---|---|---|"
    yield _tried("as it comes", found.as_it_comes)
    yield _tried(f"recalibrated there ({found.recalibrated_by})", found.recalibrated)
    yield _tried(f"learned there alone, from {found.learned_events} event reports", found.learned_there)


def _plainly(found: Elsewhere) -> str:
    ours, highest = found.as_it_comes.auroc.value or 0.0, found.highest_answer_auroc.value or 0.0
    there = found.learned_there.auroc.value or 0.0
    verdict = "**below**" if ours < highest else "above"
    told = (
        f"Said plainly: there this card ranks {abs(ours - highest):.3f} {verdict} the highest answer alone (the research notes hoped for "
        f"0.66, and 0.05 above it), and a card learned there {abs(there - highest):.3f} {'above' if there >= highest else 'below'} it "
        "(hoped for: AUROC 0.73). "
    )
    if found.recalibrated_by == "intercept":
        told += "Its scores differ too much from what happens there to be stretched: the ladder allows the intercept alone. "
    return told + "What a site will find is not known; until its own figures have shown it, the model stays in shadow."


def _tried(name: str, tried: Tried) -> str:
    error = "–" if tried.ece is None else f"{tried.ece:.4f}"
    return f"| {name} | {words(tried.auroc, 3)} | {words(tried.observed_over_expected, 2)} | {error} |"


def _policies(e: Evaluation) -> Iterator[str]:
    yield "| who is alerted | alerts per patient-month | events seen, % | more than rules, points | days before |"
    yield "|---|---|---|---|---|"
    for p in e.policies:
        gain = words(p.gain, 1, 100) if p.gain else "–"
        yield f"| {p.name} | {p.alerts_per_month:.2f} | {words(p.caught, 1, 100)} | {gain} | {p.lead_days:.1f} |"
    yield ""
    share = f"{100 * e.without_report:.0f} %" if e.without_report is not None else "an unknown share"
    yield f"{e.events} events in {e.patient_months:.0f} patient-months; {share} of them have no report in the seven days before."


def _groups(groups: list[Group]) -> Iterator[str]:
    yield "| | patients | reports | events | AUROC | observed / expected |"
    yield "|---|---|---|---|---|---|"
    for g in groups:
        yield (
            f"| {g.kind}: {g.name} | {g.patients} | {g.reports} | {g.events} | {words(g.auroc, 2)} | "
            f"{words(g.observed_over_expected, 2)} |"
        )
