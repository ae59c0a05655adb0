"""The evaluation as one HTML page: figures, plots and what they do not show, after TRIPOD+AI. French unless asked otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.resources import files

from app.domain.phrases import Language, pick
from app.domain.texts import Text
from app.learning.evaluation import Evaluation, Group, Horizon
from app.learning.plots import Series, chart, forest
from app.learning.report_words import Voice


def page(e: Evaluation, language: Language = "fr", titles: Mapping[str, Text] | None = None) -> str:
    """The whole page; `titles` name inputs and regimens, which are shown by their id otherwise."""
    say = Voice(language)
    named = {name: pick(title, language) for name, title in (titles or {}).items()}
    title = escape(say("title", model=e.model_id))
    parts = [
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>{title}</title><style>{_style()}</style></head><body><main>",
        f"<h1>{title}</h1>",
        f"<p class='lead'>{escape(say('lead'))}</p>",
    ]
    if e.data == "synthetic":
        parts.append(f"<p class='warn'>{escape(say('synthetic'))}</p>")
    elif e.trained_on == "synthetic":
        parts.append(f"<p class='warn'>{escape(say('synthetic card'))}</p>")
    parts += [f"<p class='warn' lang='en'>{escape(words)}</p>" for words in e.warnings]
    parts += [
        _tiles(e, say),
        _cohort(e, say, named),
        _discrimination(e, say),
        _usefulness(e, say),
        _by_group(e, say, named),
        _limits(e, say),
    ]
    parts.append("</main></body></html>\n")
    return "".join(parts)


def _style() -> str:
    return files("app.learning").joinpath("report.css").read_text("utf-8")


def _tiles(e: Evaluation, say: Voice) -> str:
    seven = e.horizons[0]
    ratio = seven.observed_over_expected
    tiles = [
        (say.number(seven.auroc.value or 0, 3), say.range(seven.auroc, 3), say("auroc 7")),
        (say.number(ratio.value or 0, 2), say.range(ratio, 2), say("oe")),
        (say.number(seven.ece, 4), say("ece goal"), say("ece")),
    ]
    for policy in e.policies:
        if policy.name.endswith("+0.10") and policy.gain and policy.gain.value is not None:
            words = say("points", n=say.number(100 * policy.gain.value, 1, sign=True))
            tiles.append((words, say.range(policy.gain, 1, 100), say("more seen")))
    cells = "".join(
        f"<div class='tile'><span>{escape(n)}</span><b>{v}</b><i>{escape(i)}</i></div>" for v, i, n in tiles
    )
    return f"<div class='tiles'>{cells}</div>"


def _cohort(e: Evaluation, say: Voice, named: Mapping[str, str]) -> str:
    silent = ", ".join(f"{n} ({say.reason(reason)})" for reason, n in e.abstentions.items() if n)
    missing = ", ".join(f"{named.get(n, n)} {100 * s:.0f} %" for n, s in e.missing.items() if s >= 0.005)
    trained = say(
        "trained",
        patients=e.trained_patients,
        kind=say(f"kind {e.trained_on}"),
        events=e.trained_events,
        sites=e.trained_sites,
    )
    months = say.number(e.patient_months, 0)
    known = "; ".join(say("known found", days=h.days, n=h.reports, events=h.events) for h in e.horizons)
    rows = [
        (say("card"), f"<code>{escape(e.card_sha256[:16])}</code>, {escape(trained)}"),
        (
            say("patients"),
            escape(say("patients found", n=e.patients, first=e.first_enrolled, last=e.last_enrolled, months=months)),
        ),
        (say("reports"), escape(say("reports found", n=e.reports, at_risk=e.at_risk))),
        (say("known"), escape(known)),
        (say("censoring"), escape(say("censoring found"))),
        (say("rules"), f"{escape(say('rules found'))} <code>{escape(e.rulebook)}</code>"),
        (say("abstained"), escape(silent or say("never abstained"))),
        (say("unusual"), escape(say("unusual found", n=e.low_support))),
        (say("missing"), escape(missing or say("nothing"))),
        (say("intervals"), escape(say("intervals found", n=e.rounds))),
    ]
    return f"<h2>{say('who')}</h2><dl>{''.join(f'<dt>{t}</dt><dd>{d}</dd>' for t, d in rows)}</dl>"


def _discrimination(e: Evaluation, say: Voice) -> str:
    head = "<tr><th></th>" + "".join(f"<th class='n'>{say('days', n=h.days)}</th>" for h in e.horizons) + "</tr>"
    rows = [
        (say("auroc"), [say.interval(h.auroc, 3) for h in e.horizons]),
        (say("auroc of highest"), [say.interval(h.highest_answer_auroc, 3) for h in e.horizons]),
        (say("auprc"), [say.interval(h.auprc, 3) for h in e.horizons]),
        (say("oe"), [say.interval(h.observed_over_expected) for h in e.horizons]),
        (say("slope"), [say.interval(h.slope) for h in e.horizons]),
        (say("ece bins"), [say.number(h.ece, 4) for h in e.horizons]),
        (say("brier"), [f"{say.number(h.brier, 4)} ({say.number(h.brier_null, 4)})" for h in e.horizons]),
        (say("log loss"), [say.number(h.log_loss, 4) for h in e.horizons]),
    ]
    body = "".join(f"<tr><td>{n}</td>{''.join(f'<td class=n>{c}</td>' for c in cells)}</tr>" for n, cells in rows)
    plots = "".join(_curves(h, say) for h in e.horizons)
    return (
        f"<h2>{say('discrimination')}</h2><div class='table'><table>{head}{body}</table></div>"
        f"<div class='plots after'>{plots}</div>"
    )


def _curves(h: Horizon, say: Voice) -> str:
    roc = chart(
        say("roc", n=h.days),
        say("roc x"),
        say("roc y"),
        [
            Series(say("model"), "model", [(p.x, p.y) for p in h.roc]),
            Series(say("chance"), "plain", [(0, 0), (1, 1)]),
        ],
        (0, 1),
        (0, 1),
        language=say.language,
    )
    base = h.events / h.reports if h.reports else 0
    top = max([0.2, *(p.y for p in h.precision_recall)])
    pr = chart(
        say("pr", n=h.days),
        say("recall"),
        say("precision"),
        [
            Series(say("model"), "model", [(p.x, p.y) for p in h.precision_recall]),
            Series(say("everybody"), "plain", [(0, base), (1, base)]),
        ],
        (0, 1),
        (0, min(1.0, round(top + 0.05, 1))),
        language=say.language,
    )
    limit = max([0.1, *(max(b.predicted, b.observed.high or 0) for b in h.calibration)])
    calibration = chart(
        say("calibration", n=h.days),
        say("predicted"),
        say("observed"),
        [
            Series(
                say("model"),
                "model",
                [(b.predicted, b.observed.value or 0) for b in h.calibration],
                dots=True,
                bars=[(b.observed.low or 0, b.observed.high or 0) for b in h.calibration],
            ),
            Series(say("perfect"), "plain", [(0, 0), (limit, limit)]),
        ],
        (0, limit),
        (0, limit),
        language=say.language,
    )
    high = max([b.model for b in h.decision] + [1.0])
    decision = chart(
        say("decision", n=h.days),
        say("decision x"),
        say("decision y"),
        [
            Series(say("model"), "model", [(b.threshold, b.model) for b in h.decision], dots=True),
            Series(say("rules, orange or red"), "rules", [(b.threshold, b.rules) for b in h.decision], dots=True),
            Series(say("act on everybody"), "plain", [(b.threshold, b.everybody) for b in h.decision]),
        ],
        (0, 0.3),
        (-high / 4, high * 1.1),
        percent=(True, False),
        language=say.language,
    )
    return roc + pr + calibration + decision


def _usefulness(e: Evaluation, say: Voice) -> str:
    if not e.policies:
        return f"<h2>{say('alerts')}</h2><p>{escape(say('no events'))}</p>"
    heads = [say(name) for name in ("a month", "seen", "over rules", "before", "from")]
    head = f"<tr><th>{say('alerted')}</th>{''.join(f'<th class=n>{escape(name)}</th>' for name in heads)}</tr>"
    rows = "".join(
        f"<tr{' class=strong' if p.name.endswith('+0.10') else ''}><td>{escape(say.named(p.name))}</td>"
        f"<td class=n>{say.number(p.alerts_per_month, 2)}</td>"
        f"<td class=n>{say.interval(p.caught, 1, percent=True)}</td><td class=n>"
        f"{say.interval(p.gain, 1, percent=True) if p.gain else '–'}</td><td class=n>{say.number(p.lead_days, 1)}</td>"
        f"<td class=n>{'–' if p.threshold is None else f'{say.number(100 * p.threshold, 1)} %'}</td></tr>"
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
        say("seen plot"),
        say("a month"),
        say("events seen"),
        [
            Series(say("rules or model"), "model", points, dots=True, bars=bars),
            Series(say("rules alone"), "rules", [points[0]], dots=True, line=False, bars=[bars[0]]),
            Series(
                say("model alone, as many alerts"),
                "plain",
                [(alone.alerts_per_month, alone.caught.value or 0)],
                dots=True,
                line=False,
            ),
        ],
        (min(xs) - 0.1, max(xs) + 0.1),
        (0, 1),
        percent=(False, True),
        language=say.language,
    )
    lead = [say("alerts lead", events=e.events, months=say.number(e.patient_months, 0))]
    if e.without_report:
        lead.append(say("without", n=f"{100 * e.without_report:.0f}"))
    return (
        f"<h2>{say('alerts')}</h2><p>{escape(' '.join(lead))}</p><div class='table'><table>{head}{rows}</table></div>"
        f"<div class='after'>{plot.replace('<figure>', '<figure class=single>', 1)}</div>"
    )


def _by_group(e: Evaluation, say: Voice, named: Mapping[str, str]) -> str:
    heads = [say(name) for name in ("patients", "reports", "events", "auroc", "oe", "abstained")]
    head = f"<tr><th></th><th></th>{''.join(f'<th class=n>{escape(name)}</th>' for name in heads)}</tr>"

    def name(g: Group) -> str:
        return named.get(g.name, g.name.replace("_", " ")) if g.kind == "regimen" else say.named(g.name)

    def rows(groups: list[Group]) -> str:
        return "".join(
            f"<tr><td>{escape(say.named(g.kind))}</td><td>{escape(name(g))}</td><td class=n>{g.patients}</td>"
            f"<td class=n>{g.reports}</td><td class=n>{g.events}</td><td class=n>{say.interval(g.auroc)}</td>"
            f"<td class=n>{say.interval(g.observed_over_expected)}</td><td class=n>{g.abstained or ''}</td></tr>"
            for g in groups
        )

    people = [g for g in e.groups if g.kind != "regimen"]
    regimens = [g for g in e.groups if g.kind == "regimen"]
    lines = [
        (name(g), o.value, o.low, o.high) if g.events >= 5 else (name(g), None, None, None)
        for g in regimens
        for o in (g.observed_over_expected,)
    ]
    plot = forest(say("forest"), lines, (0.4, 2.5), language=say.language, too_few=say("too few"))
    return (
        f"<h2>{say('subgroups')}</h2><p>{escape(say('subgroups lead'))}</p>"
        f"<div class='table'><table>{head}{rows(people)}</table></div>"
        f"<h2>{say('regimens')}</h2><div class='plots'>{plot}</div>"
        f"<div class='table after'><table>{head}{rows(regimens)}</table></div>"
    )


def _limits(e: Evaluation, say: Voice) -> str:
    items = say.limits()
    if e.data == "synthetic":
        items.insert(0, say("synthetic"))
    return f"<h2>{say('limits')}</h2><ul>{''.join(f'<li>{escape(i)}</li>' for i in items)}</ul>"
