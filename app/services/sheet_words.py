"""The words of the page for the visit, French and English, and the facts put into them."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from app.domain.courses import day_of
from app.domain.people import Establishment, Identity
from app.domain.texts import Text
from app.services.course_pages import cycle_day, drug_line
from app.services.courses import Loaded
from app.services.measures import Measured
from app.services.supplies import Supplies
from app.services.timeline import OrderMark, Timeline
from app.services.visit_sheet import Day, Figure, Mark, Row, Sheet

MOST_SYMPTOMS = 7
_MONTHS = {
    "fr": (
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
WORDS: dict[str, Text] = {
    "title": Text("Fiche de consultation", "Page for the visit"),
    "born": Text("né(e) le {day} ({age} ans)", "born on {day} (aged {age})"),
    "position": Text("C{cycle} J{day} · depuis le {since} · {state}", "C{cycle} D{day} · since {since} · {state}"),
    "period": Text("du {first} au {last} ({count} jours)", "{first} to {last} ({count} days)"),
    "dose": Text("{drug} : {mg} mg par prise", "{drug}: {mg} mg per intake"),
    "no_dose": Text("{drug} : dose non renseignée", "{drug}: dose not recorded"),
    "taking": Text("Prises faites", "Doses taken"),
    "of_expected": Text("{part} sur {whole} attendues", "{part} of {whole} expected"),
    "unreported": Text("Sans réponse", "Unreported"),
    "unreported_beside": Text("{share} des attendues", "{share} of expected"),
    "timing": Text("À l'heure", "On time"),
    "excess": Text("Prises en trop", "Doses too many"),
    "excess_beside": Text("repos {rest}, suspension {hold}", "rest days {rest}, hold {hold}"),
    "intensity": Text("Intensité de dose", "Dose intensity"),
    "intensity_beside": Text("prescrite {prescribed}", "prescribed {prescribed}"),
    "no_intensity": Text("dose non renseignée", "dose not recorded"),
    "boxes": Text("Boîtes", "Boxes"),
    "boxes_days": Text("{count} jours", "{count} days"),
    "boxes_until": Text("jusqu'au {day}", "until {day}"),
    "boxes_unknown": Text("rien d'enregistré", "nothing recorded"),
    "line": Text("Dose, prise et tolérance", "Dose, taking and tolerance"),
    "taken": Text("pris", "taken"),
    "expected": Text("attendu", "expected"),
    "extra": Text("en trop", "too many"),
    "held": Text("suspendu", "on hold"),
    "unanswered": Text("sans réponse", "unreported"),
    "doses": Text("Prises par jour", "Doses a day"),
    "alerts": Text("Alertes", "Alerts"),
    "weight": Text("Poids", "Weight"),
    "no_weight": Text("aucun poids déclaré", "no weight told"),
    "no_symptom": Text("Aucun symptôme déclaré sur la période", "No symptom told in this time"),
    "more": Text("… et {count} de plus, à lire dans Vigie", "… and {count} more, to be read in Vigie"),
    "notes": Text("Notes", "Notes"),
    "orders_title": Text("Prescriptions", "Orders"),
    "alerts_title": Text("Alertes de la période", "Alerts in this time"),
    "unsigned": Text("à signer", "to be signed"),
    "footer_1": Text(
        "Déclaré par le patient et compté par Vigie. Rien n'est déduit du silence : « sans réponse » n'est pas « oublié ».",
        "Told by the patient and counted by Vigie. Nothing is inferred from silence: “unreported” is not “missed”.",
    ),
    "footer_2": Text(
        "Les règles de Vigie attendent la signature de cliniciens. Ce n'est pas un service d'urgence : 15 ou 112. Édité le {day} à {hour}.",
        "Vigie's rules await clinicians' signature. Vigie is not an emergency service: 15 or 112. Printed on {day} at {hour}.",
    ),
}
STATES = {
    "planned": Text("à venir", "planned"),
    "active": Text("en cours", "running"),
    "on_hold": Text("suspendu", "on hold"),
    "stopped": Text("arrêté", "stopped"),
    "completed": Text("terminé", "completed"),
}
KINDS = {
    "start": Text("Début", "Start"),
    "hold": Text("Suspension", "Hold"),
    "resume": Text("Reprise", "Resumed"),
    "dose_change": Text("Changement de dose", "Dose change"),
    "stop": Text("Arrêt", "Stop"),
    "complete": Text("Fin prévue", "Completed"),
}
LEVELS = {"red": Text("rouge", "red"), "orange": Text("orange", "orange"), "yellow": Text("jaune", "yellow")}
ALERT_STATES = {
    "open": Text("ouverte", "open"),
    "acknowledged": Text("prise en charge", "taken"),
    "undeliverable": Text("personne n'a répondu", "nobody answered"),
    "closed": Text("close", "closed"),
}


def sheet_of(known: Loaded, line: Timeline, stock: Supplies, who: Identity, where: Establishment, locale: str) -> Sheet:
    """Everything that the page says, in one language."""
    language = locale if locale in _MONTHS else "fr"

    def say(key: str, **facts: object) -> str:
        return str(getattr(WORDS[key], language).format(**facts))

    def word(texts: dict[str, Text], key: str) -> str:
        return str(getattr(texts[key], language)) if key in texts else key

    now = known.row.now.astimezone(ZoneInfo(line.zone))
    today = day_of(known.course.zones, known.row.now)
    cycle, day = cycle_day(known.course, today)
    main = [m for m in line.measures if not m.partner] or line.measures
    state = next((o for o in reversed(line.orders)), None)
    age = today.year - who.born_on.year - ((today.month, today.day) < (who.born_on.month, who.born_on.day))
    names = {s.symptom: getattr(s.title, language) for s in line.symptoms}
    days = _days(line)
    first = days[0].on if days else line.first  # from the day on which the patient could be asked
    return Sheet(
        title=say("title"),
        patient=who.name,
        born=say("born", day=long_day(who.born_on, language), age=age),
        establishment=where.name,
        treatment=getattr(line.title, language),
        position=say(
            "position",
            cycle=cycle,
            day=day,
            since=long_day(line.started_on, language),
            state=word(STATES, known.row.state if state else "planned"),
        ),
        dose=_dose(known, today, language),
        period=say(
            "period",
            first=long_day(first, language),
            last=long_day(line.last, language),
            count=(line.last - first).days + 1,
        ),
        figures=_figures(main, stock, language),
        first=first,
        last=line.last,
        days=days,
        orders_title=say("orders_title"),
        orders=tuple(_order(o, language, line.zone) for o in line.orders),
        marks=tuple(
            Mark(o.at.astimezone(ZoneInfo(line.zone)).date(), o.kind, str(o.number))
            for o in line.orders
            if first <= o.at.astimezone(ZoneInfo(line.zone)).date() <= line.last
        ),
        symptoms=tuple(
            Row(names[s.symptom], tuple((on, p.grade) for p in s.points if (on := _day(p.at, line.zone)) >= first))
            for s in line.symptoms[:MOST_SYMPTOMS]
        ),
        alerts=tuple(Mark(max(_day(a.opened_at, line.zone), first), a.level) for a in line.alerts),
        alerts_title=say("alerts_title"),
        alert_lines=tuple(
            f"{_day(a.opened_at, line.zone):%d/%m/%Y}   {word(LEVELS, a.level)}   "
            f"{' ; '.join(getattr(r.title, language) for r in a.reasons)} — {word(ALERT_STATES, a.state)}"
            for a in line.alerts
        ),
        weights=tuple(
            (_day(w.at, line.zone), w.kg, f"{number(w.kg, language)} kg")
            for w in line.weights
            if _day(w.at, line.zone) >= first
        ),
        words={
            **{key: say(key) for key in ("line", "taken", "expected", "extra", "held", "doses", "alerts", "weight")},
            **{key: say(key) for key in ("no_weight", "no_symptom", "notes")},
            "unreported": say("unanswered"),
            "more": getattr(WORDS["more"], language),
        },
        footer=(say("footer_1"), say("footer_2", day=f"{now:%d/%m/%Y}", hour=f"{now:%H:%M}")),
    )


def long_day(day: date, language: str) -> str:
    """3 février 1961; 3 February 1961."""
    number_word = "1er" if day.day == 1 and language == "fr" else str(day.day)
    return f"{number_word} {_MONTHS[language][day.month - 1]} {day.year}"


def percent(value: float | None, language: str) -> str:
    """92,9 %; 92.9 %; a dash when there is nothing to say."""
    return "—" if value is None else f"{number(value * 100, language)} %"


def number(value: float, language: str) -> str:
    """One decimal, with the comma where it is one."""
    text = f"{value:.1f}"
    return text.replace(".", ",") if language == "fr" else text


def _day(at: object, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()  # type: ignore[attr-defined,no-any-return] # a datetime


def _dose(known: Loaded, today: date, language: str) -> str:
    """The main drug's dose in force, and of what it is made."""
    drug = next((d for d in known.course.regimen.drugs if not d.partner), None)
    if drug is None:
        return ""
    line, name = drug_line(known.course, drug, today), getattr(drug.title, language)
    if line.mg is None:
        return str(getattr(WORDS["no_dose"], language).format(drug=name))
    made = " + ".join(f"{u.count} × {u.written}" for u in line.units)
    said = getattr(WORDS["dose"], language).format(
        drug=name, mg=f"{line.mg:g}".replace(".", "," if language == "fr" else ".")
    )
    return f"{said} ({made})" if made else str(said)


def _figures(main: list[Measured], stock: Supplies, language: str) -> tuple[Figure, ...]:
    """The numbers of the drugs that the regimen is about: of several, the counts are added and the lowest intensity is shown."""

    def say(key: str, **facts: object) -> str:
        return str(getattr(WORDS[key], language).format(**facts))

    expected, taken = sum(m.counts.expected for m in main), sum(m.counts.taken for m in main)
    unreported, on_time = sum(m.counts.unreported for m in main), sum(m.counts.on_time for m in main)
    rest, hold = sum(m.counts.rest_day for m in main), sum(m.counts.during_hold for m in main)
    excess = sum(m.counts.extra for m in main) + rest + hold
    rate = (lambda part: part / expected) if expected else (lambda _: None)
    known = [m.intensity for m in main if m.intensity and m.intensity.relative is not None]
    lowest = min(known, key=lambda i: i.relative or 0) if len(known) == len(main) and known else None
    last = min((s for s in stock.stock), key=lambda s: s.days_left if s.days_left is not None else 9999, default=None)
    until = last.gap_on - timedelta(days=1) if last and last.gap_on else None
    return (
        Figure(say("taking"), percent(rate(taken), language), say("of_expected", part=taken, whole=expected)),
        Figure(say("unreported"), str(unreported), say("unreported_beside", share=percent(rate(unreported), language))),
        Figure(say("timing"), percent(rate(on_time), language), say("of_expected", part=on_time, whole=expected)),
        Figure(say("excess"), str(excess), say("excess_beside", rest=rest, hold=hold)),
        Figure(
            say("intensity"),
            percent(lowest.relative, language) if lowest else "—",
            say("intensity_beside", prescribed=percent(lowest.prescribed, language)) if lowest else say("no_intensity"),
        ),
        Figure(
            say("boxes"),
            say("boxes_days", count=last.days_left) if last and last.days_left is not None else "—",
            say("boxes_until", day=f"{until:%d/%m/%Y}") if until else say("boxes_unknown"),
        ),
    )


def _days(line: Timeline) -> tuple[Day, ...]:
    """All drugs that count, added up day by day."""
    found: dict[date, list[int]] = {}
    for lane in line.drugs:
        if lane.partner:
            continue
        for d in lane.days:
            sums = found.setdefault(d.day, [0, 0, 0, 0, 0])
            for place, value in enumerate((d.expected, d.taken + d.partial, d.unreported, d.extra, d.held)):
                sums[place] += value
    return tuple(Day(day, s[0], s[1], s[2], s[3], bool(s[4])) for day, s in sorted(found.items()))


def _order(order: OrderMark, language: str, zone: str) -> str:
    doses = ", ".join(f"{drug} {mg:g} mg" for drug, mg in order.doses.items())
    words = [getattr(KINDS[order.kind], language)] if order.kind in KINDS else [order.kind]
    words += [doses] if doses else []
    reason = f" ({order.reason})" if order.reason != "enrolment" else ""
    by = order.signed_by or getattr(WORDS["unsigned"], language)
    return f"{order.number}   {_day(order.at, zone):%d/%m/%Y}   {' : '.join(words)}{reason} — {by}"
