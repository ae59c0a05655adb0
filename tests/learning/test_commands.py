"""`vigie model …`, as somebody types it: from invented patients to a card, an evaluation and a gate, without a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from app.learning.goals import Figures
from app.learning.modelcard import model_card
from app.learning.recipe import MIN_SITES, Recipe, RecipeRefused, read_recipe
from app.scoring import shipped
from app.scoring.card import decode_card, encode_card
from tests.learning.cast import trained

ROOT = Path(__file__).resolve().parents[2]


def model(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "app.cli", "model", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    done = model("simulate", "--out", folder, "--patients", "700", "--sites", "8", "--seed", "21")
    assert done.returncode == 0, done.stderr
    assert "synthetic" in done.stderr
    return folder


def test_a_small_model_is_trained_recalibrated_and_challenged_end_to_end(folder: Path, tmp_path: Path) -> None:
    card, local = tmp_path / "card.json", tmp_path / "local.json"
    same = ("--data", folder, "--model-id", "small-1", "--seed", "4", "--reviewed-on", "2026-11-24")
    done = model("train", *same, "--out", card)
    assert done.returncode == 0, done.stderr
    assert "equal to the learner" in done.stderr
    assert decode_card(card.read_bytes()).synthetic
    assert model("card", "--card", card).stdout.startswith("small-1 ")
    done = model("recalibrate", "--data", folder, "--out", local, "--model-id", "local-1")
    assert done.returncode == 0, done.stderr
    done = model("challenge", "--data", folder, "--challenger", local)
    assert done.returncode == 1
    assert "failed  newest patients, never used for fitting" in done.stdout
    assert "open    two named people approve" in done.stdout


def test_an_evaluation_is_a_page_or_the_same_figures_in_json(folder: Path, tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    card.write_bytes(encode_card(trained().card))
    done = model("evaluate", "--data", folder, "--card", card, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["data"] == "synthetic"
    done = model("evaluate", "--data", folder, "--card", card, "--out", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "page.html").read_text("utf-8")
    auroc = f"{figures['horizons'][0]['auroc']['value']:.3f}"
    assert auroc.replace(".", ",") in html
    assert "<html lang='fr'>" in html
    assert "Capécitabine" in html
    done = model("evaluate", "--data", folder, "--card", card, "--lang", "en", "--out", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "page.html").read_text("utf-8")
    assert auroc in html
    assert "Capecitabine" in html


def test_one_report_is_scored_and_explained(tmp_path: Path) -> None:
    report = {"regimen": "capecitabine_mono", "cycle": 1, "day_of_cycle": 9, "answers": {"diarrhoea": {"F": 3}}}
    (tmp_path / "report.json").write_text(json.dumps(report), "utf-8")
    done = model("score", tmp_path / "report.json")
    assert done.returncode == 0, done.stderr
    assert "Diarrhée : 3 sur 4" in done.stdout
    assert "fictifs" in done.stdout
    (tmp_path / "report.json").write_text(json.dumps(report | {"regimen": "newdrug"}), "utf-8")
    assert "ne connaît pas ce traitement" in model("score", tmp_path / "report.json").stdout


def test_a_mistake_is_told_in_a_sentence(tmp_path: Path) -> None:
    for arguments, words in (
        (("evaluate", "--data", tmp_path), "has no reports.jsonl"),
        (("train", "--out", tmp_path / "c.json"), "either --data FOLDER or --recipe FILE"),
        (("simulate",), "--out FOLDER"),
    ):
        done = model(*arguments)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_the_model_card_in_docs_is_that_of_the_shipped_card() -> None:
    card = decode_card(shipped.read())
    figures = msgspec.json.decode(shipped.read(shipped.FIGURES), type=Figures)
    assert figures.card_sha256 == card.sha256 == figures.evaluation.card_sha256
    text = (ROOT / "docs" / "model-card.md").read_text("utf-8")
    assert text == model_card(card, figures)
    assert card.sha256 in text
    assert "invented patients (synthetic)" in text
    assert model("card").stdout == text


def test_the_shipped_card_was_made_by_its_recipe() -> None:
    recipe: Recipe = msgspec.yaml.decode(shipped.read(shipped.RECIPE), type=Recipe)
    card = decode_card(shipped.read())
    assert recipe.sites >= MIN_SITES
    assert (card.model_id, card.trained_on.seed, card.trained_on.sites) == (recipe.model_id, recipe.seed, recipe.sites)
    assert card.reviewed_on == recipe.reviewed_on


def test_a_recipe_of_one_site_is_refused(tmp_path: Path) -> None:
    text = shipped.read(shipped.RECIPE).decode().replace("sites: 80 ", "sites: 1 ", 1)
    (tmp_path / "recipe.yaml").write_text(text, "utf-8")
    with pytest.raises(RecipeRefused, match="sites"):
        read_recipe(tmp_path / "recipe.yaml")
