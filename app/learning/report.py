"""The evaluation as one HTML page: figures, plots and what they do not show, after TRIPOD+AI."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from app.learning.evaluation import Evaluation, Group, Horizon
from app.learning.metrics import Interval
from app.learning.plots import Series, chart, forest

SYNTHETIC = (
    "Synthetic data: these patients are invented. The figures say how the method works on its own simulator, "
    "not how it would do on real patients."
)


def page(e: Evaluation) -> str:
    """The whole page."""
    seven = e.horizons[0]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>Evaluation of {escape(e.model_id)}</title><style>{_style()}</style></head><body><main>",
        f"<h1>Evaluation of {escape(e.model_id)}</h1>",
        "<p class='lead'>Probability of a new grade 3 or worse toxicity, or of an unplanned visit or admission, "
        "after a symptom report. Set out after TRIPOD+AI.</p>",
    ]
    if e.data == "synthetic":
        parts.append(f"<p class='warn'>{SYNTHETIC}</p>")
    elif e.trained_on.startswith("synthetic"):
        parts.append(
            "<p class='warn'>The card was trained on synthetic patients; the figures below are this cohort's.</p>"
        )
    parts += [f"<p class='warn'>{escape(words)}</p>" for words in e.warnings]
    parts += [_tiles(e, seven), _cohort(e), _discrimination(e), _usefulness(e, seven), _by_group(e), _limits(e)]
    parts.append("</main></body></html>\n")
    return "".join(parts)


def _style() -> str:
    return files("app.learning").joinpath("report.css").read_text("utf-8")


def interval(found: Interval, digits: int = 2, *, percent: bool = False) -> str:
    """0.82 (0.80 to 0.83), or a dash."""
    if found.value is None:
        return "–"
    scale = 100 if percent else 1
    value = f"{scale * found.value:.{digits}f}"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({scale * found.low:.{digits}f} to {scale * found.high:.{digits}f})"


def _tiles(e: Evaluation, seven: Horizon) -> str:
    tiles = [
        (f"{seven.auroc.value or 0:.3f}", _range(seven.auroc, 3), "AUROC, 7 days"),
        (
            f"{seven.observed_over_expected.value or 0:.2f}",
            _range(seven.observed_over_expected, 2),
            "observed / expected",
        ),
        (f"{seven.ece:.4f}", "goal under 0.01", "calibration error"),
    ]
    for policy in e.policies:
        if policy.name.endswith("+0.10") and policy.gain and policy.gain.value is not None:
            words = f"{100 * policy.gain.value:+.1f} points"
            tiles.append((words, _range(policy.gain, 1, 100), "more events seen, for +0.10 alerts per patient-month"))
    cells = "".join(f"<div class='tile'><span>{n}</span><b>{v}</b><i>{escape(i)}</i></div>" for v, i, n in tiles)
    return f"<div class='tiles'>{cells}</div>"


def _range(found: Interval, digits: int, scale: float = 1) -> str:
    if found.low is None or found.high is None:
        return "no interval"
    return f"95 %: {scale * found.low:.{digits}f} to {scale * found.high:.{digits}f}"


def _cohort(e: Evaluation) -> str:
    rows = [
        ("Card", f"<code>{escape(e.card_sha256[:16])}</code>, trained on {escape(e.trained_on)}"),
        (
            "Patients",
            f"{e.patients}, enrolled {e.first_enrolled} to {e.last_enrolled}, {e.patient_months:.0f} patient-months",
        ),
        ("Reports", f"{e.reports}, of which {e.at_risk} at risk of a new event"),
        (
            "Outcome known",
            "; ".join(f"{h.days} days: {h.reports} reports, {h.events} before an event" for h in e.horizons),
        ),
        ("Censoring", "follow-up that ends first makes the outcome unknown, never a “no”"),
        ("Rules", f"the product's own, version <code>{escape(e.rulebook)}</code>"),
        ("Abstained", ", ".join(f"{n} {r.replace('_', ' ')}" for r, n in e.abstentions.items() if n) or "on no report"),
        ("Unusual", f"{e.low_support} reports labelled low support"),
        ("Missing", ", ".join(f"{escape(n)} {100 * s:.0f} %" for n, s in e.missing.items() if s >= 0.005) or "nothing"),
        ("Intervals", f"95 %, {e.rounds} resamplings of whole patients; Wilson or exact Poisson where a table says so"),
    ]
    return f"<h2>Whom and what</h2><dl>{''.join(f'<dt>{t}</dt><dd>{d}</dd>' for t, d in rows)}</dl>"


def _discrimination(e: Evaluation) -> str:
    head = "<tr><th></th>" + "".join(f"<th class='n'>{h.days} days</th>" for h in e.horizons) + "</tr>"
    rows = [
        ("AUROC", [interval(h.auroc, 3) for h in e.horizons]),
        ("AUROC of the highest answer alone", [interval(h.highest_answer_auroc, 3) for h in e.horizons]),
        ("AUPRC", [interval(h.auprc, 3) for h in e.horizons]),
        ("Observed / expected", [interval(h.observed_over_expected) for h in e.horizons]),
        ("Calibration slope", [interval(h.slope) for h in e.horizons]),
        ("Calibration error (15 bins)", [f"{h.ece:.4f}" for h in e.horizons]),
        ("Brier score (predicting the mean)", [f"{h.brier:.4f} ({h.brier_null:.4f})" for h in e.horizons]),
        ("Log loss", [f"{h.log_loss:.4f}" for h in e.horizons]),
    ]
    body = "".join(f"<tr><td>{n}</td>{''.join(f'<td class=n>{c}</td>' for c in cells)}</tr>" for n, cells in rows)
    plots = "".join(_curves(h) for h in e.horizons)
    return (
        f"<h2>Discrimination and calibration</h2><div class='table'><table>{head}{body}</table></div>"
        f"<div class='plots after'>{plots}</div>"
    )


def _curves(h: Horizon) -> str:
    roc = chart(
        f"ROC, {h.days} days",
        "flagged, of reports without an event",
        "flagged, of reports before an event",
        [
            Series("model", "model", [(p.x, p.y) for p in h.roc]),
            Series("chance", "plain", [(0, 0), (1, 1)]),
        ],
        (0, 1),
        (0, 1),
    )
    base = h.events / h.reports if h.reports else 0
    top = max([0.2, *(p.y for p in h.precision_recall)])
    pr = chart(
        f"Precision and recall, {h.days} days",
        "recall",
        "precision",
        [
            Series("model", "model", [(p.x, p.y) for p in h.precision_recall]),
            Series("flagging everybody", "plain", [(0, base), (1, base)]),
        ],
        (0, 1),
        (0, min(1.0, round(top + 0.05, 1))),
    )
    limit = max([0.1, *(max(b.predicted, b.observed.high or 0) for b in h.calibration)])
    calibration = chart(
        f"Calibration by tenths, {h.days} days",
        "predicted",
        "observed",
        [
            Series(
                "model",
                "model",
                [(b.predicted, b.observed.value or 0) for b in h.calibration],
                dots=True,
                bars=[(b.observed.low or 0, b.observed.high or 0) for b in h.calibration],
            ),
            Series("perfect", "plain", [(0, 0), (limit, limit)]),
        ],
        (0, limit),
        (0, limit),
    )
    high = max([b.model for b in h.decision] + [1.0])
    decision = chart(
        f"Decision curve, {h.days} days",
        "probability from which one would act",
        "net benefit per 1,000 reports",
        [
            Series("model", "model", [(b.threshold, b.model) for b in h.decision], dots=True),
            Series("rules, orange or red", "rules", [(b.threshold, b.rules) for b in h.decision], dots=True),
            Series("act on everybody", "plain", [(b.threshold, b.everybody) for b in h.decision]),
        ],
        (0, 0.3),
        (-high / 4, high * 1.1),
        percent=(True, False),
    )
    return roc + pr + calibration + decision


def _usefulness(e: Evaluation, seven: Horizon) -> str:
    if not e.policies:
        return "<h2>Alerts and events</h2><p>Without events.csv, alerts cannot be set against events.</p>"
    head = (
        "<tr><th>who is alerted</th><th class=n>alerts a month</th><th class=n>events seen, %</th>"
        "<th class=n>over rules, points</th><th class=n>days before</th><th class=n>from</th></tr>"
    )
    rows = "".join(
        f"<tr{' class=strong' if p.name.endswith('+0.10') else ''}><td>{escape(p.name)}</td>"
        f"<td class=n>{p.alerts_per_month:.2f}</td>"
        f"<td class=n>{interval(p.caught, 1, percent=True)}</td><td class=n>"
        f"{interval(p.gain, 1, percent=True) if p.gain else '–'}</td><td class=n>{p.lead_days:.1f}</td><td class=n>"
        f"{'–' if p.threshold is None else f'{100 * p.threshold:.1f} %'}</td></tr>"
        for p in e.policies
    )
    both = [p for p in e.policies if p.name.startswith("rules or")]
    rules, alone = e.policies[0], e.policies[1]
    points = [
        (rules.alerts_per_month, rules.caught.value or 0),
        *((p.alerts_per_month, p.caught.value or 0) for p in both),
    ]
    bars = [(p.caught.low or 0, p.caught.high or 0) for p in (rules, *both)]
    xs = [a for a, _ in points]
    plot = chart(
        "Events seen within 7 days against alerts",
        "alerts per patient-month",
        "events seen",
        [
            Series("rules or model", "model", points, dots=True, bars=bars),
            Series(
                "rules alone",
                "rules",
                [points[0]],
                dots=True,
                line=False,
                bars=[bars[0]],
            ),
            Series(
                "model alone, as many alerts",
                "plain",
                [(alone.alerts_per_month, alone.caught.value or 0)],
                dots=True,
                line=False,
            ),
        ],
        (min(xs) - 0.1, max(xs) + 0.1),
        (0, 1),
        percent=(False, True),
    )
    without = (
        f" {100 * e.without_report:.0f} % of them have no report at all in those days." if e.without_report else ""
    )
    return (
        f"<h2>Alerts and events</h2><p>{e.events} events in {e.patient_months:.0f} patient-months. An event is seen when a "
        f"report of one of the seven days before raised an alert.{without} The model never lowers a level; with the rules it "
        f"can only add alerts.</p><div class='table'><table>{head}{rows}</table></div>"
        f"<div class='after'>{plot.replace('<figure>', '<figure class=single>', 1)}</div>"
    )


def _by_group(e: Evaluation) -> str:
    head = (
        "<tr><th></th><th></th><th class=n>patients</th><th class=n>reports</th><th class=n>events</th>"
        "<th class=n>AUROC</th><th class=n>observed / expected</th><th class=n>abstained</th></tr>"
    )

    def rows(groups: list[Group]) -> str:
        return "".join(
            f"<tr><td>{escape(g.kind)}</td><td>{escape(g.name)}</td><td class=n>{g.patients}</td><td class=n>{g.reports}</td>"
            f"<td class=n>{g.events}</td><td class=n>{interval(g.auroc)}</td>"
            f"<td class=n>{interval(g.observed_over_expected)}</td><td class=n>{g.abstained or ''}</td></tr>"
            for g in groups
        )

    people = [g for g in e.groups if g.kind != "regimen"]
    regimens = [g for g in e.groups if g.kind == "regimen"]
    lines = [
        (g.name.replace("_", " "), o.value, o.low, o.high)
        if g.events >= 5
        else (g.name.replace("_", " "), None, None, None)
        for g in regimens
        for o in (g.observed_over_expected,)
    ]
    return (
        "<h2>By subgroup</h2><p>Seven days. Observed over expected with exact Poisson intervals; no AUROC under ten events. "
        "Single cells under 50 events are no reason to act.</p>"
        f"<div class='table'><table>{head}{rows(people)}</table></div>"
        f"<h2>By regimen</h2><div class='plots'>{forest('Observed over expected, 7 days', lines, (0.4, 2.5))}</div>"
        f"<div class='table after'><table>{head}{rows(regimens)}</table></div>"
    )


def _limits(e: Evaluation) -> str:
    items = [
        "The thresholds of the alert table are set on these very reports; on others the burden will differ.",
        "Overlapping windows: a patient's reports are not independent, which is why patients are resampled whole.",
        "Where alerts are acted upon, events that were avoided look like false alarms.",
        "Silence is not a report: patients who fall silent are for the rules on missed reports, not for the model.",
    ]
    if e.data == "synthetic":
        items.insert(0, SYNTHETIC)
    return f"<h2>What this does not show</h2><ul>{''.join(f'<li>{escape(i)}</li>' for i in items)}</ul>"
