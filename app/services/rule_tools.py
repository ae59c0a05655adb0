"""Tools for the people who own the rules. Each gives a text and an exit status; the command line only prints them."""

from collections.abc import Mapping
from datetime import date

import msgspec
import yaml

from app.domain import ladders
from app.domain.cases import Given, Vignette, VignetteFile, difference, failure, read_cases, uncovered
from app.domain.claims import Proved
from app.domain.compiled import document
from app.domain.explain import explain
from app.domain.phrases import Language, pick, say
from app.domain.plausibility import unknown
from app.domain.proof import prove as claims
from app.domain.reports import Chart
from app.domain.rulebook import Rulebook, RulebookErrors, decode
from app.domain.rules import Rule
from app.domain.yamls import Problem, load


class Outcome(msgspec.Struct, frozen=True):
    """What to print, and the exit status (0: all is well)."""

    text: str
    status: int = 0


def check(files: Mapping[str, bytes], today: date, strict: bool = False) -> Outcome:
    """Everything wrong with the rules: shape, references, cases, vignettes; overdue reviews count with `strict`."""
    try:
        rulebook = decode(files)
    except RulebookErrors as errors:
        return Outcome(f"{errors}\n{len(errors.problems)} to mend", 1)
    problems: list[Problem] = []
    cases = read_cases(files, problems)
    wrong = [str(problem) for problem in problems]
    for path, file in cases.items():
        for i, case in enumerate(file.cases):
            if words := failure(case, rulebook):
                wrong.append(f"{path}: cases[{i}]: {words} ({case.why})")
    wrong += uncovered([case for file in cases.values() for case in file.cases], rulebook)
    wrong += _vignettes_that_differ(files, rulebook)
    climbs = ladders.read(files, problems := [])
    wrong += [str(problem) for problem in problems]
    wrong += [
        f"{ladders.PATH}: cases[{i}]: {words} ({c.why})"
        for i, c in enumerate(climbs)
        if (words := ladders.failure(c, rulebook))
    ]
    wrong += ladders.uncovered(climbs, rulebook)
    late = overdue(rulebook, today)
    book = rulebook
    counted = f"{len(book.symptoms)} symptoms, {len(book.regimens)} regimens, {len(book.rules)} rules"
    lines = [*wrong, *(f"warning: {words}" for words in late)]
    lines.append(f"{book.version}: {counted}, {sum(len(f.cases) for f in cases.values()) + len(climbs)} cases")
    if book.awaiting_signature:
        lines.append("this rulebook awaits the signature of clinicians")
    return Outcome("\n".join(lines), 1 if wrong or (strict and late) else 0)


def overdue(rulebook: Rulebook, today: date) -> list[str]:
    """Rules, advice and regimens whose review is overdue, in words."""
    dated: list[tuple[str, date, str]] = [
        *((f"rule {rule.id}", rule.review_by, rule.owner) for rule in rulebook.rules.values()),
        *((f"advice {advice.id}", advice.review_by, advice.owner) for advice in rulebook.advice.values()),
        *((f"escalation policy {p.id}", p.review_by, p.owner) for p in rulebook.policies.by_key.values()),
        *((f"regimen {file.id}", file.review_by, file.owner) for file in rulebook.regimen_files.values()),
    ]
    return [f"{what} was to be reviewed by {by} ({owner})" for what, by, owner in dated if by < today]


def _vignettes_that_differ(files: Mapping[str, bytes], rulebook: Rulebook) -> list[str]:
    if "vignettes.yaml" not in files:
        return []
    problems: list[Problem] = []
    file = load("vignettes.yaml", files["vignettes.yaml"], VignetteFile, problems)
    if file is None:
        return [str(problem) for problem in problems]
    told = ((v.id, difference(v, v.verdict(rulebook))) for v in file.vignettes)
    return [f"vignettes.yaml: {id_}: {words}" for id_, words in told if words]


class _Line(msgspec.Struct, frozen=True):
    """One vignette judged; `because` is the file's own word for the verdict's `reasons`."""

    id: str
    level: str
    emergency: bool
    recipient: str
    reasons: tuple[str, ...]
    because: tuple[str, ...]
    hold: bool
    advice: tuple[str, ...]
    differs: str | None


def run(files: Mapping[str, bytes], name: str, content: bytes, as_json: bool = False) -> Outcome:
    """Triage a file of vignettes and say where it differs from what they expect; status 1 if any differs."""
    rulebook = decode(files)
    problems: list[Problem] = []
    file = load(name, content, VignetteFile, problems)
    if file is None:
        return Outcome("\n".join(map(str, problems)), 1)
    lines = [_line(vignette, rulebook) for vignette in file.vignettes]
    wrong = sum(line.differs is not None for line in lines)
    if as_json:
        return Outcome(msgspec.json.encode(lines).decode(), 1 if wrong else 0)
    texts = [
        f"{line.id}: {line.level}, {line.recipient}, {', '.join(line.reasons) or '-'}"
        + (f"\n    differs: {line.differs}" if line.differs else "")
        for line in lines
    ]
    texts.append(f"{len(lines)} vignettes, {wrong} differ")
    return Outcome("\n".join(texts), 1 if wrong else 0)


def _line(vignette: Vignette, rulebook: Rulebook) -> _Line:
    verdict = vignette.verdict(rulebook)
    differs = difference(vignette, verdict)
    if paths := unknown(vignette.answers, vignette.measurements, rulebook):
        differs = "; ".join(filter(None, [differs, f"not in the rulebook, so not judged: {', '.join(paths)}"]))
    return _Line(
        id=vignette.id,
        level=str(verdict.level),
        emergency=verdict.emergency,
        recipient=str(verdict.recipient),
        reasons=verdict.reasons,
        because=verdict.reasons,
        hold=verdict.hold,
        advice=verdict.advice,
        differs=differs,
    )


def compile_rules(files: Mapping[str, bytes], on: date | None = None, regimen: str | None = None) -> Outcome:
    """The rulebook in force on a day (the latest edition without one) as the JSON document that the phone keeps."""
    rulebook = decode(files)
    edition = rulebook if on is None else rulebook.on(on)
    if regimen is not None and regimen not in edition.regimens:
        return Outcome(f"there is no regimen `{regimen}`; known: {', '.join(sorted(edition.regimens))}", 1)
    return Outcome(document(edition, regimen).decode())


def explain_report(files: Mapping[str, bytes], name: str, content: bytes, language: Language = "fr") -> Outcome:
    """Why this level, each step in words, for a report in the shape of a vignette (or for each of a file of them)."""
    rulebook = decode(files)
    problems: list[Problem] = []
    many = load(name, content, VignetteFile, [])
    one = None if many else load(name, content, Vignette, [])
    bare = None if many or one else load(name, content, Given, problems)
    reports: tuple[Given, ...] = many.vignettes if many else tuple(r for r in (one, bare) if r)
    if not reports:
        return Outcome("\n".join(map(str, problems)), 1)
    return Outcome("\n\n".join(_explained(report, rulebook, language) for report in reports))


def _explained(report: Given, rulebook: Rulebook, language: Language) -> str:
    chart = Chart(report.regimen, report.cycle, report.day_of_cycle, report.baseline, report.history, report.adherence)
    verdict = report.verdict(rulebook)
    lines = explain(verdict, report.answers, report.measurements, chart, rulebook, language)
    if isinstance(report, Vignette):
        lines.insert(0, f"{report.id} {report.summary}".strip())
    return "\n".join(lines)


def prove(files: Mapping[str, bytes], witnesses: bool = False) -> Outcome:
    """Prove the rulebook claim by claim; a counter-example is printed as a vignette. Takes about twenty seconds."""
    found = list(claims(decode(files)))
    lines = [line for proved in found for line in _proved(proved, witnesses)]
    flaws = sum(len(proved.flaws) for proved in found)
    reports = sum(proved.reports for proved in found)
    lines.append(f"{len(found)} claims, {reports} reports judged, {flaws} flaws")
    return Outcome("\n".join(lines), 1 if flaws else 0)


_SHOWN_FLAWS = 20


def _proved(proved: Proved, witnesses: bool) -> list[str]:
    lines = [f"{'FALSE' if proved.flaws else 'proved'}: {proved.claim} ({proved.reports} checked)"]
    lines += [f"  justified: {words}" for words in proved.justified]
    if witnesses:
        lines += [f"  {witness.rule}: {as_vignette(witness.report)}" for witness in proved.witnesses]
    for flaw in proved.flaws[:_SHOWN_FLAWS]:
        lines += [f"  {flaw.what}", *(f"    - {as_vignette(report)}" for report in flaw.reports)]
    if len(proved.flaws) > _SHOWN_FLAWS:
        lines.append(f"  and {len(proved.flaws) - _SHOWN_FLAWS} more")
    return lines


def as_vignette(report: Given) -> str:
    """A report on one line, to be pasted into a cases file or vignettes.yaml."""
    plain = {key: value for key, value in msgspec.to_builtins(report).items() if value}
    return yaml.safe_dump(plain, default_flow_style=True, sort_keys=False, width=10_000).strip()


def diff(before: Mapping[str, bytes], after: Mapping[str, bytes], language: Language = "fr") -> Outcome:
    """What changed from one rulebook to another, in words."""
    old, new = decode(before), decode(after)
    lines = [f"{old.version} → {new.version}"]
    for noun, was, now in (
        ("rule", _rule_words(old, language), _rule_words(new, language)),
        ("symptom", _symptom_words(old, language), _symptom_words(new, language)),
        ("regimen", _regimen_words(old, language), _regimen_words(new, language)),
        ("advice", _advice_words(old, language), _advice_words(new, language)),
        ("level", _level_words(old, language), _level_words(new, language)),
        ("measurement", _measurement_words(old, language), _measurement_words(new, language)),
    ):
        lines += [f"- {noun} {id_}: {was[id_]}" for id_ in was if id_ not in now]
        lines += [f"+ {noun} {id_}: {now[id_]}" for id_ in now if id_ not in was]
        for id_ in was:
            if id_ in now and was[id_] != now[id_]:
                lines += [f"~ {noun} {id_}", f"    before: {was[id_]}", f"    after:  {now[id_]}"]
    if len(lines) == 1:
        lines.append("nothing that decides has changed")
    return Outcome("\n".join(lines))


def _rule_words(book: Rulebook, language: Language) -> dict[str, str]:
    words = {id_: _said(rule, book, language) for id_, rule in book.rules.items()}
    words |= {c.id: f"{pick(book.rules[c.id].title, language)}: {_plain(c.value)}" for c in book.counts}
    return words | {"trend": _plain(book.trend)}


def _said(rule: Rule, book: Rulebook, language: Language) -> str:
    parts = [pick(rule.title, language)]
    for value in rule.values:
        if value.when is None:
            continue
        also = [value.recipient or "", "hold" if value.hold else ""]
        what = " ".join(filter(None, [str(value.level), value.symptom or "", *also]))
        parts.append(f"{what} if {say(value.when, book, language)}")
    return "; ".join(parts)


def _symptom_words(book: Rulebook, language: Language) -> dict[str, str]:
    words = {}
    for id_, symptom in book.symptoms.items():
        effects = book.base.get(id_) or ((book.safety[id_],) if id_ in book.safety else ())
        levels = ", ".join("emergency" if e.emergency else str(e.fired.level) for e in effects)
        asked = "".join(symptom.attributes)
        graded = _plain(symptom.grade_from) if symptom.grade_from else "-"
        words[id_] = (
            f"{pick(symptom.title, language)}; class {symptom.kind}; asked {asked or 'never'}; levels {levels or '-'}; "
            f"measured {graded}; baseline {'yes' if symptom.baseline_adjustable else 'no'}"
        )
    return words


def _regimen_words(book: Rulebook, language: Language) -> dict[str, str]:
    words = {}
    for id_, regimen in book.regimens.items():
        flags = ", ".join(f"{k} {v}" for k, v in sorted(regimen.flags.items()) if v not in (False, "low"))
        words[id_] = (
            f"{pick(regimen.title, language)}; level {regimen.level}; {flags or 'no flag'}; extra doses "
            f"{regimen.over_adherence_class}; {_plain(regimen.schedule)}; "
            f"{'; '.join(f'{d.inn} {_plain(d)}' for d in regimen.drugs)}"
        )
    return words


def _advice_words(book: Rulebook, language: Language) -> dict[str, str]:
    return {
        id_: f"{pick(a.body, language)} [{say(a.when, book, language) if a.when else a.only_with or 'always'}]"
        for id_, a in book.advice.items()
    }


def _level_words(book: Rulebook, language: Language) -> dict[str, str]:
    words = {
        id_: f"{pick(o.headline, language)} {pick(o.next, language)} {_plain(o)}" for id_, o in book.levels.items()
    }
    coded = {name: ", ".join(sorted(getattr(book.by_reason, name))) for name in book.by_reason.__struct_fields__}
    words |= {f"by_reason.{name}": ids for name, ids in coded.items()}
    return words | {"administrative_rules": ", ".join(sorted(book.administrative_rules))}


def _measurement_words(book: Rulebook, language: Language) -> dict[str, str]:
    return {
        id_: f"{pick(m.title, language)}; plausible {m.plausible[0]:g} to {m.plausible[1]:g} {m.unit}"
        for id_, m in book.measurements.items()
    }


def _plain(value: object) -> str:
    fields = msgspec.to_builtins(value)
    if not isinstance(fields, dict):
        return str(fields)
    return ", ".join(f"{k} {v}" for k, v in fields.items() if k not in ("title", "headline", "next", "from"))
