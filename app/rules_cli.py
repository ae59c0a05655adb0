"""`vigie rules …`: the tools of the people who own the rules."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app import config
from app import main as house
from app.db.door import connect_pool
from app.domain.phrases import Language
from app.domain.replay import told
from app.domain.rulebook import Rulebook
from app.services import replays, rule_tools, rulebooks, wording
from app.services.rule_tools import Outcome
from app.services.rulebook_pages import publish_replay

HISTORY_PATIENCE = 600  # seconds: years of a whole region are read back


def add_commands(commands: Any) -> None:
    """Add `rules` and everything under it to the parser of the `vigie` command."""
    words = "Look after the rulebook: check, run, prove, explain, compare, replay."
    inner = commands.add_parser("rules", help=words, description=words).add_subparsers(required=True, metavar="WHAT")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], help_: str, *, folder: bool = True
    ) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = inner.add_parser(name, help=help_, description=help_)
        parser.set_defaults(run=run)
        if folder:
            parser.add_argument("--rules", type=Path, help="another folder of rules")
        return parser

    check = command("check", _check, "Read every file, run every case, and say everything that is wrong.")
    check.add_argument("--strict", action="store_true", help="an overdue review is an error")
    run = command("run", _run, "Triage a file of vignettes; exit status 1 if any differs from what it expects.")
    run.add_argument("file", type=Path)
    run.add_argument("--json", action="store_true")
    prove = command("prove", _prove, "Prove: one level for every input, no dead rule, worse is never calmer.")
    prove.add_argument("--witnesses", action="store_true", help="print an input that fires each rule")
    compile_ = command("compile", _compile, "Write the rulebook as the one JSON document that phones judge by.")
    compile_.add_argument("--on", type=date.fromisoformat, help="the edition in force on this day")
    compile_.add_argument("--regimen", help="only what one regimen needs")
    compile_.add_argument("--out", type=Path, help="a file instead of standard output")
    explain = command("explain", _explain, "Say why a report got its level, step by step.")
    explain.add_argument("report", help="the id of a stored report; or a file with one in the shape of a vignette")
    explain.add_argument("--data", type=Path, help="folder of the embedded database (VIGIE_DATA)")
    explain.add_argument("--language", choices=("fr", "en"), default="fr")
    diff = command("diff", _diff, "Say in words what changed from one folder of rules to another.", folder=False)
    diff.add_argument("before", type=Path)
    diff.add_argument("after", type=Path)
    diff.add_argument("--language", choices=("fr", "en"), default="fr")
    replay = command("replay", _replay, "Judge stored history by these rules: alerts gained and lost. Writes nothing.")
    replay.add_argument("--since", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    replay.add_argument("--publish", action="store_true", help="show the counts on the clinic's page of rules")
    replay.add_argument("--data", type=Path, help="folder of the embedded database (VIGIE_DATA)")
    imported = command("import-wording", _import, "Bring in official question texts that this site is licensed for.")
    imported.add_argument("file", type=Path, help="CSV with columns code, fr, en; or YAML")
    imported.add_argument("--source", default="", help="where the texts come from (CSV)")
    imported.add_argument("--licence", default="", help="by what right they are used (CSV)")


def _files(args: argparse.Namespace) -> dict[str, bytes]:
    return rulebooks.read_files(args.rules or config.folder("rules"))


def _tell(outcome: Outcome) -> int:
    print(outcome.text)
    return outcome.status


def _check(args: argparse.Namespace) -> int:
    return _tell(rule_tools.check(_files(args), datetime.now(UTC).date(), strict=args.strict))


def _run(args: argparse.Namespace) -> int:
    return _tell(rule_tools.run(_files(args), str(args.file), args.file.read_bytes(), as_json=args.json))


def _prove(args: argparse.Namespace) -> int:
    return _tell(rule_tools.prove(_files(args), witnesses=args.witnesses))


def _compile(args: argparse.Namespace) -> int:
    outcome = rule_tools.compile_rules(_files(args), args.on, args.regimen)
    if outcome.status or args.out is None:
        return _tell(outcome)
    args.out.write_text(outcome.text, encoding="utf-8")
    return 0


def _explain(args: argparse.Namespace) -> int:
    try:
        report_id = UUID(args.report)
    except ValueError:
        return _tell(
            rule_tools.explain_report(_files(args), args.report, Path(args.report).read_bytes(), args.language)
        )
    rulebook = rulebooks.read(args.rules or config.folder("rules"))
    return asyncio.run(_explained(config.read(data=args.data), rulebook, report_id, args.language))


async def _explained(settings: config.Settings, rulebook: Rulebook, report_id: UUID, language: Language) -> int:
    async with house.database(settings) as where:
        owner = await connect_pool(where, "vigie_owner", size=1, patience=HISTORY_PATIENCE)
        try:
            lines = await replays.explain_stored(owner, rulebook, report_id, language)
        finally:
            await owner.close()
    print("\n".join(lines) or f"There is no report {report_id} here.")
    return 0 if lines else 1


def _diff(args: argparse.Namespace) -> int:
    before, after = rulebooks.read_files(args.before), rulebooks.read_files(args.after)
    return _tell(rule_tools.diff(before, after, args.language))


def _replay(args: argparse.Namespace) -> int:
    rulebook = rulebooks.read(args.rules or config.folder("rules"))
    return asyncio.run(_replayed(config.read(data=args.data), rulebook, args.since, publish=args.publish))


async def _replayed(settings: config.Settings, rulebook: Rulebook, since: date, *, publish: bool) -> int:
    async with house.database(settings) as where:
        owner = await connect_pool(where, "vigie_owner", size=1, patience=HISTORY_PATIENCE)
        try:
            started = time.perf_counter()
            counted = await replays.replay(owner, rulebook, since)
            took = time.perf_counter() - started
            if publish:
                async with owner.acquire() as con:
                    await publish_replay(con, rulebook, since, counted, datetime.now(UTC))
        finally:
            await owner.close()
    print(told(counted))
    print(f"{counted.reports / max(took, 1e-9):.0f} reports a second", file=sys.stderr)
    return 0


def _import(args: argparse.Namespace) -> int:
    folder = args.rules or config.folder("rules")
    done = wording.import_wording(
        rulebooks.read_files(folder), args.file.name, args.file.read_bytes(), args.source, args.licence
    )
    print(done.text)
    if done.content is not None:
        path = folder / wording.PATH
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(done.content)
    return done.status
