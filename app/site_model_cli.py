"""`vigie model … --site`: the same commands on an establishment's own stored reports, by a named evaluator, and written down there.

Cohort files are made in a folder that is gone afterwards. Nothing here lets a model speak: `promote` proposes, and two named people
approve on the page of the model.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from msgspec import Struct, json

from app import config
from app import main as house
from app.config import Settings, SettingsRefused
from app.db import clock, events, risk_decisions, risk_scores
from app.db.door import connect_pool, establishment_tx
from app.domain.errors import NotFound, Refusal
from app.domain.people import Caller
from app.domain.risk_modes import Budget, decides, evaluates
from app.learning.challenge import LEFT_TO_PEOPLE, Criterion, Terms, challenge
from app.learning.files import read
from app.scoring.card import Card, decode_card
from app.services import cohorts, risk_cards, rulebooks
from app.services import risk_decisions as decisions
from app.services.risk_decisions import ProposeLive
from app.services.vault import Vault

T = TypeVar("T")
Run = Callable[[argparse.Namespace], int]
PATIENCE = 600.0  # seconds: years of an establishment are read back
ON_DATA = {"evaluate", "recalibrate", "challenge"}


class SiteRefused(ValueError):
    """This cannot be done for this site; the message says why."""


class Desk(Struct, frozen=True):
    """One transaction at one establishment, by one named person."""

    con: asyncpg.Connection
    by: Caller
    settings: Settings
    vault: Vault


class Prepared(Struct, frozen=True):
    """What the synchronous half needs: the card in force, the challenger, and on what terms it is judged."""

    champion: bytes
    challenger: bytes | None
    terms: Terms
    told: str


def at_site(name: str, run: Run) -> Run:
    """The command, on a site's own reports when one is named."""

    def runs(args: argparse.Namespace) -> int:
        if name not in ON_DATA:
            return run(args)
        if (args.data is None) == (args.site is None):
            raise SiteRefused("Say on what: either --data FOLDER or --site ID.")
        if args.site is None:
            if name == "recalibrate" and args.out is None:
                raise SiteRefused("Say where to write the new card: --out FILE.")
            return run(args)
        if not args.by:
            raise SiteRefused("Say who evaluates: --by LOGIN. It is written down at the site.")
        with tempfile.TemporaryDirectory(prefix="vigie-cohort-") as folder:
            return _on_site(name, run, args, Path(folder))

    return runs


def _on_site(name: str, run: Run, args: argparse.Namespace, folder: Path) -> int:
    prepared = _at(args, lambda desk: _prepare(desk, name, args, folder / "cohort"))
    print(prepared.told)
    champion = folder / "champion.json"
    champion.write_bytes(prepared.champion)
    args.data = folder / "cohort"
    if name == "evaluate":
        args.card = args.card or champion
        args.out = args.out or Path(f"evaluation-{args.site}.html")
        return run(args)
    if name == "recalibrate":
        args.card, out = args.card or champion, folder / "new.json"
        kept, args.out = args.out, out
        if status := run(args):
            return status
        if kept:
            kept.write_bytes(out.read_bytes())
        card = decode_card(out.read_bytes())
        _at(args, lambda desk: _keep(desk, card, decode_card(args.card.read_bytes()).sha256, out.read_bytes()))
        print(f"kept at the site as {card.sha256}; judge it with: vigie model challenge --site {args.site} …")
        return 0
    return _challenge(args, prepared)


def _challenge(args: argparse.Namespace, prepared: Prepared) -> int:
    rulebook = rulebooks.read(config.read().rules)
    champion, challenger = decode_card(prepared.champion), decode_card(prepared.challenger or b"")
    found = challenge(champion, challenger, read(args.data, rulebook).cohort, rulebook, prepared.terms)
    for one in found:
        print(f"{one.verdict:<7} {one.name.en}: {one.found.en}")
    passed = all(one.verdict == "passed" or one.name == LEFT_TO_PEOPLE for one in found)
    _at(args, lambda desk: _judge(desk, champion, challenger, found, passed))
    print("passed: it may be proposed with `vigie model promote`" if passed else "not passed: it stays in shadow")
    return 0 if passed else 1


async def _prepare(desk: Desk, name: str, args: argparse.Namespace, folder: Path) -> Prepared:
    con, here = desk.con, desk.by.establishment_id
    models = risk_cards.read_shipped(desk.settings.risk_card)
    modes = await risk_decisions.modes(con, here)
    in_force = modes[0].card_sha256 if modes else models.sha256
    champion = await _document(desk, models.sha256, models.content, in_force)
    challenger, terms, since = None, Terms(), date.min
    now, _ = await clock.read(con)
    if name == "challenge":
        challenger = await _document(desk, models.sha256, models.content, args.challenger)
        since = _newest(decode_card(challenger))
        first = await risk_scores.first_of(con, here, args.challenger)
        threshold = args.threshold
        if threshold is None and args.budget:
            raising = await decisions.raising_for(con, here, args.challenger, Budget(args.budget), now)
            threshold = raising.thresholds.orange
        days = (now - first).days if first else 0
        terms = Terms(threshold=threshold, budget=args.budget, shadow_days=days)
    rulebook = rulebooks.read(desk.settings.rules)
    done = await cohorts.export(
        con,
        await desk.vault.of(con, here),
        rulebook,
        desk.by,
        folder,
        now,
        purpose=name,
        synthetic=desk.settings.profile != "production",
        since=since,
        until=args.enrolled_until or date.max,
    )
    if not done.reports:
        raise SiteRefused("This site has no report to look at in these days.")
    return Prepared(champion, challenger, terms, f"{done.reports} reports of {done.patients} courses, pseudonymised")


async def _keep(desk: Desk, card: Card, parent: str, content: bytes) -> None:
    if not await risk_decisions.keep_card(desk.con, desk.by, card.sha256, parent, content.decode()):
        raise SiteRefused("This very card is kept at the site already.")
    await events.add(desk.con, desk.by, "risk_card_learned", detail=json.encode({"card": card.sha256}).decode())


async def _judge(desk: Desk, champion: Card, challenger: Card, found: tuple[Criterion, ...], passed: bool) -> None:
    gate, criteria = uuid4(), json.encode(found).decode()
    await risk_decisions.keep_gate(desk.con, desk.by, gate, challenger.sha256, champion.sha256, passed, criteria)
    detail = json.encode({"card": challenger.sha256, "passed": str(passed).lower()}).decode()
    await events.add(desk.con, desk.by, "risk_card_judged", subject_id=gate, detail=detail)


async def _document(desk: Desk, release: str, content: bytes, sha256: str) -> bytes:
    if sha256 == release:
        return content
    found = await risk_decisions.document(desk.con, desk.by.establishment_id, sha256)
    if found is None:
        raise SiteRefused(f"No card with the sha256 {sha256} is known at this site.")
    return found.encode()


def _newest(card: Card) -> date:
    """The first day of enrolment that a card learned here has never seen."""
    own = card.trained_on
    until = max(own.tuned_until, own.last_enrolled if own.kind == "site" else "")
    return date.fromisoformat(until) + timedelta(days=1) if until else date.min


def promote(args: argparse.Namespace) -> int:
    """Propose to let a card be heard at a site."""
    return _refusing(_promoted(args))


async def _promoted(args: argparse.Namespace) -> int:
    settings = config.read()
    if len(args.reason) < 20:
        raise SiteRefused("The reason needs 20 characters or more: it stays in the history.")
    wanted = ProposeLive(args.card, args.orange_budget, args.reason, args.yellow_budget)
    async with _house(settings) as pool, establishment_tx(pool, args.site) as con:
        now, _ = await clock.read(con)
        models = risk_cards.read_shipped(settings.risk_card)
        await Vault(settings.master_keys).of(con, args.site)
        proposal = await decisions.propose(con, models, args.site, None, wanted, now)
    print(f"proposed as {proposal}. Nothing has changed: two people of the site approve it on its page")
    print(f"{settings.origin}/clinic/#/model")
    return 0


def rollback(args: argparse.Namespace) -> int:
    """Go back to the decision before, for a named clinician of the site."""
    if len(args.reason) < 20:
        raise SiteRefused("The reason needs 20 characters or more: it stays in the history.")

    async def back(desk: Desk) -> str:
        if not decides(desk.by):
            raise SiteRefused(f"{args.by} is no clinician of this site.")
        models = risk_cards.read_shipped(desk.settings.risk_card)
        before = await decisions.roll_back(desk.con, models, desk.by, args.reason)
        return (
            f"decision {before.number} again: {before.mode}, {before.card_sha256}" if before else "shadow, as at first"
        )

    print(_at(args, back))
    return 0


def _at(args: argparse.Namespace, work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Do something at the named site, as the named evaluator. Raises SiteRefused."""

    async def done() -> T:
        settings = config.read()
        async with _house(settings) as pool, establishment_tx(pool, args.site) as con:
            by = await risk_decisions.evaluator(con, args.site, args.by.strip().casefold())
            if by is None or not evaluates(by):
                raise SiteRefused(
                    f"{args.by} does not evaluate the model at {args.site}: an oncologist or an auditor of it does."
                )
            return await work(Desk(con, by, settings, Vault(settings.master_keys)))

    return _refusing(done())


def _refusing(job: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(job)
    except NotFound:
        raise SiteRefused("There is no such establishment here.") from None
    except Refusal as why:
        raise SiteRefused("\n".join((why.detail, *(f"- {fault.message}" for fault in why.faults)))) from None
    except SettingsRefused as why:
        raise SiteRefused(str(why)) from None


@asynccontextmanager
async def _house(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    async with house.database(settings) as where:
        pool = await connect_pool(where, "vigie_app", size=1, patience=PATIENCE)
        try:
            yield pool
        finally:
            await pool.close()
