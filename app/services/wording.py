"""Official question texts that a site is licensed for, brought in as they are."""

import csv
import io
from collections.abc import Mapping

import msgspec
import yaml

from app.domain.itemfiles import WordingFile
from app.domain.rulebook import RulebookErrors, decode
from app.domain.texts import Text
from app.domain.yamls import Problem, load

PATH = "wording/official.yaml"
_COLUMNS = ["code", "fr", "en"]


class Imported(msgspec.Struct, frozen=True):
    """What to print, the exit status, and the file to write at `PATH` under rules/ (None: write nothing)."""

    text: str
    status: int
    content: bytes | None = None


def import_wording(files: Mapping[str, bytes], name: str, content: bytes, source: str, licence: str) -> Imported:
    """Read official texts from a CSV (columns code, fr, en) or a YAML file, and refuse what does not fit the rulebook.

    `source` and `licence` say where the texts come from and by what right; a YAML file says so itself.
    """
    problems: list[Problem] = []
    from_csv = name.endswith(".csv")
    wording = (
        _from_csv(name, content, source, licence, problems) if from_csv else load(name, content, WordingFile, problems)
    )
    if wording is None or problems:
        return Imported("\n".join(map(str, problems)), 1)
    written = yaml.safe_dump(msgspec.to_builtins(wording), allow_unicode=True, sort_keys=False, width=110).encode()
    try:
        rulebook = decode({**files, PATH: written})
    except RulebookErrors as errors:
        return Imported(str(errors), 1)
    asked = {code for symptom in rulebook.symptoms.values() for code in symptom.codes.pro_ctcae}
    missing = sorted(asked - set(wording.questions))
    text = f"{len(wording.questions)} questions replaced, as they are; version {rulebook.version}"
    if missing:
        text += f"\n{len(missing)} keep our own words: {', '.join(missing)}"
    return Imported(text, 0, written)


def _from_csv(name: str, content: bytes, source: str, licence: str, problems: list[Problem]) -> WordingFile | None:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    if rows.fieldnames is None or not set(_COLUMNS) <= set(rows.fieldnames):
        problems.append(Problem(name, "line 1", "the columns must be code, fr and en", ",".join(_COLUMNS)))
        return None
    questions: dict[str, Text] = {}
    for row in rows:
        code, fr, en = ((row[column] or "").strip() for column in _COLUMNS)
        if not (code and fr and en):
            problems.append(Problem(name, f"line {rows.line_num}", "code, fr and en must all be filled in"))
        elif code in questions:
            problems.append(Problem(name, f"line {rows.line_num}", f"{code} is there twice"))
        else:
            questions[code] = Text(fr, en)
    if not questions and not problems:
        problems.append(Problem(name, "", "there is no question in this file", "PROCTCAE_9A_SCL,…,…"))
    return None if problems else WordingFile(source=source, licence=licence, questions=questions)
