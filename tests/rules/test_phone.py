"""The phone says the same as the server: level, reasons, advice and everything else of the verdict."""

import subprocess
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from app.domain.cases import Given
from app.domain.compiled import document
from app.domain.verdicts import TriageLevel, Verdict
from app.web.build import node_program
from tests.rules.book import cases, rulebook, vignettes
from tests.rules.generated import reports

JUDGE = Path(__file__).with_name("judge.mts")
KEYS = ("regimen", "cycle", "day_of_cycle", "baseline", "history", "answers", "measurements", "adherence")


def on_phone(given: list[Given], folder: Path, regimen: str | None = None) -> list[Verdict]:
    book = folder / "rulebook.json"
    book.write_bytes(document(rulebook(), regimen))
    lines = b"\n".join(msgspec.json.encode({key: getattr(each, key) for key in KEYS}) for each in given)
    done = subprocess.run([node_program(), JUDGE, book], input=lines, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return [msgspec.json.decode(line, type=Verdict) for line in done.stdout.splitlines()]


def in_order(verdict: Verdict) -> Verdict:
    """Rules that spoke have no order of their own."""
    fired = tuple(sorted(verdict.fired, key=lambda f: (f.id, f.symptom or "", f.level.rank)))
    return msgspec.structs.replace(verdict, fired=fired)


def differing(given: list[Given], folder: Path) -> list[tuple[Given, Verdict, Verdict]]:
    phone = on_phone(given, folder)
    assert len(phone) == len(given)
    pairs = (
        (each, in_order(each.verdict(rulebook())), in_order(said)) for each, said in zip(given, phone, strict=True)
    )
    return [(each, server, said) for each, server, said in pairs if server != said]


def test_all_cases_and_vignettes(tmp_path: Path) -> None:
    assert differing([*(case for _, case in cases()), *vignettes()], tmp_path) == []


def test_twenty_thousand_generated_reports(tmp_path: Path) -> None:
    given = list(reports(rulebook(), 20_000))
    assert differing(given, tmp_path) == []


def test_generated_reports_reach_every_level_and_nearly_every_rule() -> None:
    verdicts = [each.verdict(rulebook()) for each in reports(rulebook(), 20_000)]
    levels = Counter(verdict.level for verdict in verdicts)
    assert all(levels[level] > 1000 for level in TriageLevel)
    heard = {fired.id for verdict in verdicts for fired in verdict.fired}
    assert len(heard) > 150


@pytest.mark.parametrize("regimen", ["letrozole", "capecitabine_mono"])
def test_a_phone_that_keeps_only_its_own_regimen_says_the_same(regimen: str, tmp_path: Path) -> None:
    given = [msgspec.structs.replace(each, regimen=regimen) for each in reports(rulebook(), 500, seed=2)]
    phone = on_phone(given, tmp_path, regimen)
    assert [in_order(v) for v in phone] == [in_order(each.verdict(rulebook())) for each in given]


def test_the_document_is_the_same_bytes_for_the_same_rules() -> None:
    assert document(rulebook()) == document(rulebook())


def test_names_of_javascript_are_no_symptoms(tmp_path: Path) -> None:
    odd = msgspec.json.decode(
        b'{"regimen":"constructor","answers":{"constructor":{"F":4},"toString":{"P":1}}}', type=Given
    )
    assert differing([odd], tmp_path) == []
