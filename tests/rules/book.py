"""The rulebook of this repository, read once for all tests."""

from functools import cache
from pathlib import Path

from app.domain.cases import Case, Vignette, VignetteFile, read_cases
from app.domain.rulebook import Rulebook, decode
from app.domain.yamls import Problem, load
from app.services.rulebooks import read_files

FOLDER = Path(__file__).resolve().parents[2] / "rules"


@cache
def files() -> dict[str, bytes]:
    return read_files(FOLDER)


@cache
def rulebook() -> Rulebook:
    return decode(files())


@cache
def cases() -> tuple[tuple[str, Case], ...]:
    problems: list[Problem] = []
    found = read_cases(files(), problems)
    assert not problems, "\n".join(map(str, problems))
    return tuple((path, case) for path, file in found.items() for case in file.cases)


@cache
def vignettes() -> tuple[Vignette, ...]:
    problems: list[Problem] = []
    file = load("vignettes.yaml", files()["vignettes.yaml"], VignetteFile, problems)
    assert file is not None, "\n".join(map(str, problems))
    return file.vignettes
