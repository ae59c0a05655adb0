"""The files under rules/ by kind, each checked for shape."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TypeVar

import msgspec

from app.domain.itemfiles import (
    CompositeFile,
    MeasurementsFile,
    QuestionnaireFile,
    RegimenFile,
    SymptomFile,
    VocabularyFile,
    WordingFile,
)
from app.domain.policies import PoliciesFile, check_policies
from app.domain.rulefiles import AdviceFile, CountsFile, Family, LevelsFile, RulebookFile, RulesFile, TrendFile
from app.domain.yamls import Problem, load

T = TypeVar("T")
RULE_FOLDERS: dict[str, Family] = {
    "overlays": "overlay",
    "combinations": "combination",
    "reporting": "reporting",
    "adherence": "adherence",
}


class Documents(msgspec.Struct, frozen=True):
    """Every file of the rulebook by its path; the single ones are a mapping too, so that errors can name the file."""

    rulebook: dict[str, RulebookFile] = {}
    composite: dict[str, CompositeFile] = {}
    levels: dict[str, LevelsFile] = {}
    policies: dict[str, PoliciesFile] = {}
    trend: dict[str, TrendFile] = {}
    questionnaire: dict[str, QuestionnaireFile] = {}
    vocabulary: dict[str, VocabularyFile] = {}
    symptoms: dict[str, SymptomFile] = {}
    measurements: dict[str, MeasurementsFile] = {}
    regimens: dict[str, RegimenFile] = {}
    advice: dict[str, AdviceFile] = {}
    counts: dict[str, CountsFile] = {}
    rules: dict[str, RulesFile] = {}
    wording: dict[str, WordingFile] = {}


_SINGLE = {
    "rulebook.yaml": ("rulebook", RulebookFile),
    "grading/composite.yaml": ("composite", CompositeFile),
    "escalation/levels.yaml": ("levels", LevelsFile),
    "escalation/policies.yaml": ("policies", PoliciesFile),
    "trend/trend.yaml": ("trend", TrendFile),
    "questionnaire/questionnaire.yaml": ("questionnaire", QuestionnaireFile),
    "vocabulary/vocabulary.yaml": ("vocabulary", VocabularyFile),
}
_FOLDERS: dict[str, tuple[str, type]] = {
    "symptoms": ("symptoms", SymptomFile),
    "measurements": ("measurements", MeasurementsFile),
    "regimens": ("regimens", RegimenFile),
    "advice": ("advice", AdviceFile),
    "counts": ("counts", CountsFile),
    "wording": ("wording", WordingFile),
    **dict.fromkeys(RULE_FOLDERS, ("rules", RulesFile)),
}


def is_rule_file(path: str) -> bool:
    """Whether a file is part of the rulebook: cases, vignettes and explanations beside the rules are not."""
    return path.endswith(".yaml") and not path.endswith(".cases.yaml") and path != "vignettes.yaml"


def read_documents(files: Mapping[str, bytes], problems: list[Problem]) -> Documents:
    """Sort files by kind and decode each; what cannot be decoded is told in `problems` and left out."""
    documents = Documents()
    for path in sorted(files):
        if not is_rule_file(path):
            continue
        folder = str(PurePosixPath(path).parent)
        kind = _SINGLE.get(path) or _FOLDERS.get(folder)
        if kind is None:
            known = ", ".join(sorted([*_SINGLE, *(f"{name}/" for name in _FOLDERS)]))
            problems.append(Problem(path, "", f"no rule file is expected here; known places: {known}"))
            continue
        name, struct = kind
        document = load(path, files[path], struct, problems)
        if document is not None:
            getattr(documents, name)[path] = document
        if isinstance(document, PoliciesFile):
            problems.extend(check_policies(path, document))
    for path, (name, _) in _SINGLE.items():
        if not getattr(documents, name) and path not in files:
            problems.append(Problem(path, "", "this file is missing: the rulebook cannot do without it"))
    return documents


def only(documents: Mapping[str, T]) -> T:
    """The document of a kind of which there is exactly one."""
    return next(iter(documents.values()))
