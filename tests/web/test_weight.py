"""The budget of scripts: what the first screen waits for is weighed apart from what comes later, and each can be too heavy."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from app.web import build

HTML = '<script type="module" crossorigin src="/{face}/assets/index-A1.js"></script>'


def words(kilobytes: float, seed: int) -> str:
    """A comment that gzip cannot make smaller than this."""
    raw = hashlib.shake_256(bytes([seed])).digest(int(kilobytes * 1000))
    return "/*" + base64.b64encode(raw).decode() + "*/"


def dist(web: Path, *, first: float, later: float) -> Path:
    """Both faces with a first screen of two files, a screen that comes later, and English."""
    for face in build.FACES:
        assets = web / "dist" / face / "assets"
        assets.mkdir(parents=True, exist_ok=True)
        (assets.parent / "index.html").write_text(HTML.format(face=face), "utf-8")
        (assets.parent / "sw.js").write_text("", "utf-8")
        (assets / "index-A1.js").write_text(
            'import{a as b}from"./shared-B2.js";const c=()=>import("./later-C3.js");' + words(first / 2, 1), "utf-8"
        )
        (assets / "shared-B2.js").write_text(words(first / 2, 2), "utf-8")
        (assets / "later-C3.js").write_text('import"./shared-B2.js";' + words(later, 3), "utf-8")
        (assets / "en-D4.js").write_text(words(50, 4), "utf-8")
    return web


def test_what_is_imported_at_once_counts_for_the_first_screen_and_what_is_fetched_later_does_not(tmp_path: Path):
    web = dist(tmp_path, first=20, later=30)
    assert build.first_scripts(web, "patient") == pytest.approx(20, rel=0.1)
    assert build.scripts(web, "patient") == pytest.approx(50, rel=0.1)
    assert build.over_budget(web) == []


def test_a_first_screen_that_is_too_heavy_is_named(tmp_path: Path):
    web = dist(tmp_path, first=build.FIRST_KB["patient"] + 3, later=1)
    (line,) = build.over_budget(web)
    assert line.startswith("patient:")
    assert "before the first screen" in line


def test_moving_everything_to_later_does_not_make_it_free(tmp_path: Path):
    web = dist(tmp_path, first=1, later=build.TOTAL_KB["patient"] + 3)
    (line,) = build.over_budget(web)
    assert line.startswith("patient:")
    assert "in all" in line


def test_a_page_without_a_script_does_not_pass_for_light(tmp_path: Path):
    web = dist(tmp_path, first=1, later=1)
    (web / "dist/patient/index.html").write_text("<h1>Vigie</h1>", "utf-8")
    with pytest.raises(SystemExit, match="no script was found"):
        build.over_budget(web)


def test_the_real_pages_keep_to_the_budget():
    assert build.over_budget(build.WEB) == []
