"""`vigie model …`: what can be asked. What is done is in model_work (on files) and site_model_cli (on an establishment's own reports)."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

STEPS = ("intercept", "intercept-and-slope", "pooled", "local")


def add_commands(commands: Any) -> None:
    """Add `model` and everything under it to the parser of the `vigie` command."""
    words = "The risk model: simulate, train, evaluate, recalibrate, challenge. Synthetic until a site says otherwise."
    inner = commands.add_parser("model", help=words, description=words).add_subparsers(required=True, metavar="WHAT")

    def command(name: str, help_: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = inner.add_parser(name, help=help_, description=help_)
        parser.set_defaults(run=lambda args: _run(name, args))
        return parser

    sim = command("simulate", "Write a cohort of invented patients as cohort files.")
    sim.add_argument("--out", type=Path, help="folder to write to")
    sim.add_argument("--patients", type=int, default=1000)
    sim.add_argument("--seed", type=int, default=1)
    sim.add_argument("--sites", type=int, default=8, help="randomised sites; 0: the reference site")
    sim.add_argument("--usual-care", action="store_true", help="the reference site without monitoring (with --sites 0)")
    sim.add_argument("--drift-day", type=int, help="day from which patients, answers and visits change")
    sim.add_argument("--intakes", action="store_true", help="write intakes.csv as well (with --sites 0 or 1)")
    sim.add_argument("--targets", action="store_true", help="measure the simulator against its targets instead")
    learn = command("train", "Learn a card from cohort files, or by a recipe on the simulator.")
    learn.add_argument("--data", type=Path, help="folder of cohort files")
    learn.add_argument("--recipe", type=Path, help="recipe file (the shipped card's: app/scoring/cards/recipe.yaml)")
    learn.add_argument("--out", type=Path, required=True, help="file of the new card")
    _identity(learn, required=False)
    learn.add_argument("--seed", type=int, default=1)
    ev = command("evaluate", "Judge a card on cohort files: an HTML report, or JSON.")
    ev.add_argument("--data", type=Path, help="folder of cohort files")
    ev.add_argument("--card", type=Path, help="file of the card (default: the shipped one)")
    ev.add_argument("--json", action="store_true", help="print the figures as JSON")
    ev.add_argument("--out", type=Path, help="file of the HTML report (default: evaluation.html in the data folder)")
    ev.add_argument("--lang", choices=("fr", "en"), default="fr", help="language of the HTML report")
    re = command("recalibrate", "Fit a card to a site, as far up the ladder as its events allow.")
    re.add_argument("--data", type=Path, help="folder of cohort files")
    re.add_argument("--card", type=Path, help="file of the card (default: the shipped one)")
    re.add_argument("--out", type=Path, help="file of the new card (needed with --data; a site keeps its own)")
    re.add_argument("--step", choices=STEPS)
    re.add_argument(
        "--prior", type=Path, metavar="RECIPE", help="pooled: whom to pool with (default: the shipped card's)"
    )
    _identity(re, required=True)
    re.add_argument("--seed", type=int, default=1)
    ch = command("challenge", "Judge a card that would replace another; status 1 unless nothing failed.")
    ch.add_argument("--data", type=Path, help="cohort files of the newest patients, used for neither")
    ch.add_argument("--champion", type=Path, help="card in service (default: the shipped one)")
    ch.add_argument(
        "--challenger", required=True, help="file of the card; with --site the sha256 of a card that it keeps"
    )
    ch.add_argument("--threshold", type=float, help="orange threshold of the challenger, a probability")
    ch.add_argument("--budget", type=float, help="alerts of the model per 100 patient-weeks")
    ch.add_argument("--shadow-days", type=int, help="days that the challenger has run in shadow")
    _site(ev, re, ch)
    up = command("promote", "Propose to let a card be heard at a site; two named people approve on its page.")
    up.add_argument("--site", type=UUID, required=True, metavar="ID")
    up.add_argument("--card", required=True, metavar="SHA256")
    up.add_argument("--orange-budget", type=float, required=True, help="reports raised to orange per 100 patient-weeks")
    up.add_argument("--yellow-budget", type=float, help="reports raised from green to yellow per 100 patient-weeks")
    up.add_argument("--reason", required=True, help="20 characters or more; it stays in the history")
    down = command("rollback", "Go back to the decision before, for a named clinician of the site.")
    down.add_argument("--site", type=UUID, required=True, metavar="ID")
    down.add_argument("--by", required=True, metavar="LOGIN", help="the clinician")
    down.add_argument("--reason", required=True, help="20 characters or more; it stays in the history")
    card = command("card", "Print the model card of the shipped card.")
    card.add_argument("--card", type=Path, help="another card: prints what it is, without figures")
    goals = command("goals", "Judge the shipped card on an independent draw; print each goal. Minutes.")
    goals.add_argument("--recipe", type=Path, help="another recipe")
    goals.add_argument("--card", type=Path, help="another card")
    goals.add_argument(
        "--other",
        type=Path,
        metavar="FOLDER",
        help="cohort files of another making; how the card does there is told too",
    )
    goals.add_argument(
        "--write", type=Path, metavar="FOLDER", help="write figures and docs/model-card.md in this checkout"
    )
    one = command("score", "Score one report in the shape of a vignette (JSON), and say why.")
    one.add_argument("file", type=Path)
    one.add_argument("--card", type=Path, help="file of the card (default: the shipped one)")
    one.add_argument("--language", choices=("fr", "en"), default="fr")


def _identity(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--model-id", required=required, help="name of the new card")
    parser.add_argument(
        "--reviewed-on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="day of its review (default: today)"
    )


def _site(*parsers: argparse.ArgumentParser) -> None:
    """Let these commands run on an establishment's stored reports."""
    for parser in parsers:
        parser.add_argument("--site", type=UUID, metavar="ID", help="an establishment of this house, instead of files")
        parser.add_argument("--by", metavar="LOGIN", help="with --site: who evaluates there; it is written down")
        parser.add_argument(
            "--enrolled-until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="with --site: older courses only"
        )


def _run(name: str, args: argparse.Namespace) -> int:
    from app import model_work, site_model_cli

    work = {"promote": site_model_cli.promote, "rollback": site_model_cli.rollback}
    run = work.get(name) or site_model_cli.at_site(name, getattr(model_work, f"run_{name}"))
    try:
        return int(run(args))
    except (*model_work.REFUSALS, site_model_cli.SiteRefused) as why:
        print(why, file=sys.stderr)
        return 1
