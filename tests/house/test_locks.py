"""What is installed is what pyproject.toml asks for: pinned, hashed, and without a word about where it came from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.house.locks import LOCKS, ROOT, LockError, difference


def packages(lock: str) -> dict[str, str]:
    """Each package of a lock file with its pin, marker and hashes."""
    blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8").strip())
    return {re.split(r"[=\s]", block, maxsplit=1)[0]: block for block in blocks}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_what_pyproject_asks_for(lock: str) -> None:
    assert difference(lock) == "", f"{lock} is not up to date. Run: .venv/bin/python -m tests.house.locks write"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_a_hash_and_no_address(lock: str) -> None:
    for name, block in packages(lock).items():
        assert re.match(rf"{re.escape(name)}==\S+ ", block), name
        assert "--hash=sha256:" in block, name
    assert "://" not in (ROOT / lock).read_text("utf-8")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-build.lock", "requirements-model.lock"])
def test_the_test_lock_holds_the_others_whole(lock: str) -> None:
    """The launcher relies on it: after `test` nothing is left to install for `demo`."""
    assert packages(lock).items() <= packages("requirements-test.lock").items()


def test_the_model_lock_adds_to_what_runs_and_changes_none_of_it() -> None:
    """The launcher installs it over the other one, before `model train`."""
    run, model = packages("requirements.lock"), packages("requirements-model.lock")
    assert run.items() <= model.items()
    assert "scikit-learn" in model.keys() - run.keys()


def test_what_builds_is_not_among_what_runs() -> None:
    assert not packages("requirements.lock").keys() & packages("requirements-build.lock").keys()


def test_only_one_package_has_to_be_built_from_source() -> None:
    """The launcher builds http-ece and refuses to build anything else: a second one would have to be named there."""
    assert "--no-binary=http-ece" in (ROOT / "app" / "__main__.py").read_text("utf-8")


def test_a_dependency_that_nobody_locked_is_seen(tmp_path: Path) -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(project.replace("dependencies = [", 'dependencies = [\n    "tomli-w",', 1))
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    assert "+tomli-w==" in difference("requirements.lock", tmp_path)


def test_an_index_that_does_not_answer_fails_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyproject.toml", "requirements-build.lock"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(LockError, match="needs a package index that answers"):
        difference("requirements-build.lock", tmp_path)
