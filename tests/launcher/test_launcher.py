"""`python3 -m app` from nothing: what it makes, what it leaves alone, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

OUTER = getattr(sys, "_base_executable", sys.executable)  # the Python with pip, as a newcomer has it
SMALL = {"requirements-build.lock": ["setuptools"], "requirements.lock": ["http-ece", "idna"]}
SMALL["requirements-model.lock"] = ["http-ece", "idna", "threadpoolctl"]
SMALL["requirements-test.lock"] = ["setuptools", "http-ece", "idna", "threadpoolctl", "iniconfig"]
PREPARE = "from app import __main__ as m; m.prepare([m.BUILD, m.{}], web=False)"
READY = "from app import __main__ as m; print(m.ready([m.BUILD, m.{}]))"


def run(*arguments: str, folder: Path, python: str | Path = OUTER, **more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    return subprocess.run(
        [str(python), *arguments], cwd=folder, env={**env, **more}, capture_output=True, text=True, check=False
    )


def clone(into: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(into)], check=True, capture_output=True)
    return into


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A clone whose lock files are cut down to a few small packages, so that a whole set-up takes seconds."""
    folder = clone(tmp_path / "vigie")
    for name, keep in SMALL.items():
        blocks = re.split(r"\n(?=\S)", (folder / name).read_text("utf-8").strip())
        chosen = [block for block in blocks if block.split("==")[0] in keep]
        assert len(chosen) == len(keep)
        (folder / name).write_text("\n".join(chosen) + "\n", "utf-8")
    return folder


def installed(folder: Path) -> set[str]:
    return {path.name.split("-")[0] for path in folder.glob(".venv/lib/*/site-packages/*.dist-info")}


def test_a_fresh_clone_becomes_a_vigie_that_answers_and_the_second_start_does_nothing(tmp_path: Path) -> None:
    folder = clone(tmp_path / "a clone with blanks")
    asked = run("-m", "app", folder=folder)
    assert asked.returncode == 0
    assert "python3 -m app demo" in asked.stdout
    assert not (folder / ".venv").exists(), "asking for help installs nothing"

    first = run("-m", "app", "check", "--help", folder=folder)
    assert first.returncode == 0, first.stderr
    assert re.search(r"^\[ *\d+\.\d s\] installing requirements\.lock: \d+ packages", first.stdout, re.MULTILINE)
    assert "usage" in first.stdout.lower(), "vigie itself has answered"
    started = time.monotonic()
    assert run("-c", READY.format("RUN"), folder=folder).stdout == "True\n"
    assert time.monotonic() - started < 2, "a start that has nothing to do must not look for work"
    second = run("-m", "app", "check", "--help", folder=folder)
    assert second.returncode == 0
    assert "installing" not in second.stdout
    elsewhere = run("--help", folder=tmp_path, python=folder / ".venv" / "bin" / "vigie")
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert "pytest" not in installed(folder)


def test_tests_only_add_to_what_the_demonstration_needs_and_then_nothing_is_missing(small: Path) -> None:
    run("-c", PREPARE.format("RUN"), folder=small)
    assert installed(small) == {"setuptools", "http_ece", "idna"}
    added = run("-c", PREPARE.format("TEST"), folder=small)
    assert "making" not in added.stdout
    assert "installing requirements-test.lock: 5 packages" in added.stdout
    assert installed(small) == {"setuptools", "http_ece", "idna", "threadpoolctl", "iniconfig"}
    assert run("-c", PREPARE.format("RUN"), folder=small).stdout == ""


def test_a_new_lock_is_installed_over_the_old_one(small: Path) -> None:
    run("-c", PREPARE.format("RUN"), folder=small)
    lock = small / "requirements.lock"
    lock.write_text(lock.read_text("utf-8") + "# changed\n", "utf-8")
    assert run("-c", READY.format("RUN"), folder=small).stdout == "False\n"
    again = run("-c", PREPARE.format("RUN"), folder=small)
    assert "installing requirements.lock" in again.stdout
    assert "making" not in again.stdout
    assert "requirements-build.lock" not in again.stdout


def test_two_starts_at_once_prepare_once(small: Path) -> None:
    both = [
        subprocess.Popen(
            [OUTER, "-c", PREPARE.format("RUN")],
            cwd=small,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        for _ in range(2)
    ]
    said = sorted(each.communicate(timeout=120)[0] for each in both)
    assert [each.returncode for each in both] == [0, 0]
    assert sum("installing requirements.lock" in text for text in said) == 1
    assert sum("another start is preparing" in text for text in said) == 1


def test_a_set_up_that_was_killed_is_made_anew(small: Path) -> None:
    victim = subprocess.Popen(
        [OUTER, "-c", PREPARE.format("RUN")], cwd=small, stdout=subprocess.DEVNULL, start_new_session=True
    )
    stamp = small / ".venv" / ".vigie.json"
    deadline = time.monotonic() + 60
    while not (stamp.exists() and json.loads(stamp.read_text("utf-8")).get("half") == "requirements.lock"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    assert run("-c", READY.format("RUN"), folder=small).stdout == "False\n"
    again = run("-c", PREPARE.format("RUN"), folder=small)
    assert again.returncode == 0, again.stderr
    assert "making" in again.stdout
    assert run("-c", READY.format("RUN"), folder=small).stdout == "True\n"


def test_a_checkout_that_was_moved_is_set_up_again(small: Path) -> None:
    run("-c", PREPARE.format("RUN"), folder=small)
    moved = small.rename(small.with_name("moved"))
    assert run("-c", READY.format("RUN"), folder=moved).stdout == "False\n"
    assert "making" in run("-c", PREPARE.format("RUN"), folder=moved).stdout
    assert str(moved) in (moved / ".venv" / "bin" / "vigie").read_text("utf-8")


def test_a_package_that_is_not_what_the_lock_pins_is_refused_with_a_sentence(small: Path) -> None:
    lock = small / "requirements.lock"
    lock.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", lock.read_text("utf-8")), "utf-8")
    refused = run("-c", PREPARE.format("RUN"), folder=small)
    assert refused.returncode == 1
    assert "pip could not install requirements.lock; its reason is above." in refused.stderr
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert run("-c", READY.format("RUN"), folder=small).stdout == "False\n"


def test_a_python_without_pip_is_told_how_to_get_it(small: Path, tmp_path: Path) -> None:
    subprocess.run([OUTER, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    refused = run("-m", "app", "demo", folder=small, python=tmp_path / "bare" / "bin" / "python")
    assert refused.returncode == 1
    assert "Vigie needs pip" in refused.stderr
    assert "apt-get install python3-pip" in refused.stderr
    assert not (small / ".venv").exists()


def test_a_pip_that_is_too_old_is_told_so(small: Path, tmp_path: Path) -> None:
    """An old pip cannot install into another environment; this one only says its version, as the launcher asks."""
    (tmp_path / "old" / "pip").mkdir(parents=True)
    (tmp_path / "old" / "pip" / "__init__.py").touch()
    (tmp_path / "old" / "pip" / "__main__.py").write_text("print('pip 20.3.4 from somewhere')\n")
    refused = run("-m", "app", "demo", folder=small, PYTHONPATH=str(tmp_path / "old"))
    assert refused.returncode == 1
    assert "needs pip 22.3 or later, this is 20.3.4" in refused.stderr


def test_only_the_commands_that_learn_bring_what_learning_needs(small: Path) -> None:
    asked = "from app import __main__ as m; print(m.lock_for({}) == m.{})"
    for arguments, lock in (
        (["model", "train"], "MODEL"),
        (["model", "recalibrate"], "MODEL"),
        (["model", "goals"], "MODEL"),
        (["model", "evaluate"], "RUN"),
        (["model"], "RUN"),
        (["demo"], "RUN"),
        (["test", "model"], "TEST"),
    ):
        assert run("-c", asked.format(arguments, lock), folder=small).stdout == "True\n", arguments
    run("-c", PREPARE.format("RUN"), folder=small)
    assert "threadpoolctl" not in installed(small)
    run("-c", PREPARE.format("MODEL"), folder=small)
    assert "threadpoolctl" in installed(small)
    assert run("-c", READY.format("RUN"), folder=small).stdout == "True\n", "the model lock holds the other one whole"
