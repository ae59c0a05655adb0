"""The demonstration: three establishments, their people, forty patients, and four weeks of a past that nobody lived.

It is made by the real services with the house clock moved to each moment, so that every row is what a real day would have left.
Names are invented; phone numbers come from the ranges reserved for fiction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct
from uuid_utils.compat import uuid7

from app.db import accounts, clock, demonstration, patients, sessions
from app.db.door import establishment_tx
from app.domain.alerts import Action, Outcome
from app.domain.people import Caller, CoordinationLevel, Establishment, Identity, Role, Submitter
from app.domain.reports import Answer, PastReport, ReportDraft
from app.domain.rulebook import Rulebook
from app.scoring.features import highest
from app.services import alerts, demonstration_courses, demonstration_routing
from app.services.alerts import CloseAlert, Toxicity
from app.services.demonstration_cast import ESTABLISHMENTS, PATIENTS, TODAY, staff_of
from app.services.demonstration_courses import Treated
from app.services.founding import add_professional, found
from app.services.patients import Enrolment, enrol
from app.services.reports import submit_report
from app.services.risk_scoring import Models
from app.services.sign_in import DEMO_LINK, issue_code, new_token, token_hash
from app.services.vault import Vault

WEEKS = 4
SEED = 20261122


class Link(Struct, frozen=True):
    """One thing to open."""

    who: str
    name: str
    face: str
    token: str


class _Followed(Struct, frozen=True):
    """A patient of the demonstration, with who answers for them."""

    submitter: Submitter
    nurse: Caller
    oncologist: Caller
    regimen: str
    started_on: date
    trouble: float


async def state(owner: asyncpg.Pool) -> Literal["empty", "partial", "loaded"]:
    """Partial when loading was cut short: the clock is still in the past."""
    async with owner.acquire() as con:
        _, frozen = await clock.read(con)
        if frozen:
            return "partial"
        return "loaded" if await demonstration.is_loaded(con) else "empty"


async def load(
    owner: asyncpg.Pool,
    pool: asyncpg.Pool,
    vault: Vault,
    master: dict[str, bytes],
    rulebook: Rulebook,
    now: datetime,
    say: Callable[[str], None],
    lives: Callable[[str, int], Sequence[PastReport]],
    models: Models,
) -> None:
    """Fill an empty database with reports that the simulator invents: `lives` gives those of one more patient of a regimen.

    `models` scores them in shadow, so that the page of the model has something to show.
    The clock is moved first and put right last: a load that was cut short can be recognised.
    """
    dice = random.Random(SEED)  # noqa: S311 - a demonstration must be the same every time, not unpredictable
    await clock.set_to(owner, now - timedelta(weeks=WEEKS + 1), frozen=True)
    followed: list[_Followed] = []
    for establishment in ESTABLISHMENTS:
        followed += await _people(owner, pool, vault, master, rulebook, establishment, now, dice)
    say(f"{len(ESTABLISHMENTS)} establishments, {len(followed)} patients")
    moments = sorted(_moments(followed, lives, now, dice), key=lambda moment: moment[0])
    for count, (at, who, told) in enumerate(moments, 1):
        await _report(owner, pool, vault, rulebook, models, who, at, told, dice)
        if count % 100 == 0:
            say(f"{count} of {len(moments)} reports")
    say(f"{len(moments)} reports, with their alerts, calls and outcomes")
    await demonstration_courses.treat(
        owner, pool, rulebook, [_treated(who, n) for n, who in enumerate(followed)], now, dice
    )
    say("their treatments: orders, intakes, boxes")
    await _today(owner, pool, vault, rulebook, models, followed, now)
    async with pool.acquire() as con:
        await sessions.end(con, [token for who in followed for token in who.submitter.token_hashes])
    await demonstration_routing.arrange(pool, now)
    await clock.reset(owner)


async def links(pool: asyncpg.Pool, vault: Vault, now: datetime) -> list[Link]:
    """A fresh one-time link for one person of each kind, whoever is on duty now."""
    async with pool.acquire() as con:
        first = (await demonstration.establishments(con))[0]
    found_links = []
    async with establishment_tx(pool, first) as con:
        for who, role, level in (
            ("Administrative coordination", Role.COORDINATOR, CoordinationLevel.ADMINISTRATIVE),
            ("Nursing coordination", Role.COORDINATOR, CoordinationLevel.NURSING),
            ("Oncologist", Role.ONCOLOGIST, None),
        ):
            on_duty = await demonstration.account_on_duty(con, first, now, role, level)
            account = on_duty or await demonstration.account_by_role(con, first, role, level)
            if account:
                token, _ = await issue_code(con, account[0], "demo", DEMO_LINK)
                found_links.append(Link(who, account[1], "clinic", token))
        patient = await demonstration.first_patient(con, first)
        if patient:
            safe = await vault.of(con, first)
            token, _ = await issue_code(con, patient[0], "demo", DEMO_LINK)
            found_links.insert(0, Link("Patient", safe.identity(patient[1], patient[2]).name, "patient", token))
    return found_links


async def _people(
    owner: asyncpg.Pool,
    pool: asyncpg.Pool,
    vault: Vault,
    master: dict[str, bytes],
    rulebook: Rulebook,
    establishment: Establishment,
    now: datetime,
    dice: random.Random,
) -> list[_Followed]:
    """An establishment, its staff and its patients."""
    async with owner.acquire() as con:
        await found(con, master, establishment)
    async with establishment_tx(owner, establishment.id) as con:
        callers = []
        for who in staff_of(establishment):
            person, account = await add_professional(con, establishment.id, who)
            callers.append(Caller(account, account, establishment.id, person, who.role, who.level, True))
    nurse = next(c for c in callers if c.coordination_level is CoordinationLevel.NURSING)
    oncologist = next((c for c in callers if c.role is Role.ONCOLOGIST), nurse)
    pharmacy = next(c for c in callers if c.role is Role.CITY_PROFESSIONAL)
    followed: list[_Followed] = []
    for cast in (p for p in PATIENTS if p.establishment == establishment.id and p.regimen in rulebook.regimens):
        await clock.advance(owner, 60)
        started = (now - timedelta(days=cast.started_days_ago)).date()
        identity = Identity(cast.first_name, cast.last_name, cast.born_on, cast.phone)
        async with establishment_tx(pool, establishment.id) as con:
            safe = await vault.of(con, establishment.id)
            enrolment = Enrolment(
                identity,
                "fr",
                cast.regimen,
                started,
                cast.weight_kg,
                demonstration_courses.prescription(rulebook, cast.regimen, cast.weight_kg),
            )
            patient_id, _ = await enrol(con, safe, rulebook, nurse, enrolment)
            way_in = await accounts.of_person(con, establishment.id, patient_id)
            token = token_hash(new_token(establishment.id, patient_id))
            if way_in:
                await sessions.add(con, token, uuid4(), way_in, "device", "demo", timedelta(weeks=2 * WEEKS))
            if len(followed) % 4 == 1:  # some patients have named their pharmacist
                named = pharmacy.person_id
                await patients.grant_access(con, establishment.id, patient_id, staff_id=named, basis="named_by_patient")
        own = Submitter(establishment.id, patient_id, [token])
        followed.append(_Followed(own, nurse, oncologist, cast.regimen, started, dice.betavariate(1.3, 4)))
    return followed


def _moments(
    followed: list[_Followed], lives: Callable[[str, int], Sequence[PastReport]], now: datetime, dice: random.Random
) -> Iterator[tuple[datetime, _Followed, PastReport]]:
    """When each patient reported, and what: as the simulator has it, at some hour of the day, never in the last day."""
    for who in followed:
        for told in lives(who.regimen, (now.date() - who.started_on).days):
            at = (now - timedelta(days=told.days_ago)).replace(hour=dice.choice((7, 8, 11, 14, 18, 19, 20)))
            if now - timedelta(weeks=WEEKS) <= at < now - timedelta(days=1):
                yield at, who, told


async def _report(
    owner: asyncpg.Pool,
    pool: asyncpg.Pool,
    vault: Vault,
    rulebook: Rulebook,
    models: Models,
    who: _Followed,
    at: datetime,
    told: PastReport,
    dice: random.Random,
) -> None:
    """One past report, and if it alerted: called, taken, closed."""
    await clock.set_to(owner, at, frozen=True)
    here = who.submitter.establishment_id
    async with establishment_tx(pool, here) as con:
        await submit_report(
            con,
            await vault.of(con, here),
            rulebook,
            who.submitter,
            uuid7(),
            _draft(rulebook, told.answers, at, told.measurements),
            models,
        )
        alert = await demonstration.open_alert_of(con, here, who.submitter.patient_id)
        if alert:
            await demonstration.calls_answered(con, here, alert[0])
    if alert is None:
        return
    await clock.advance(owner, 60 * dice.randint(4, 70))
    async with establishment_tx(pool, here) as con:
        await alerts.acknowledge(con, rulebook, who.nurse, alert[0], alert[1])
    await clock.advance(owner, 60 * dice.randint(10, 120))
    async with establishment_tx(pool, here) as con:
        await alerts.close(con, rulebook, who.nurse, alert[0], _ending(alert, told.answers, dice))


def _ending(alert: tuple[UUID, int, str], answers: dict[str, Answer], dice: random.Random) -> CloseAlert:
    grave = alert[2] == "red"
    outcome = dice.choice((Outcome.SEEN_BY_DOCTOR, Outcome.TREATMENT_CHANGED)) if grave else Outcome.SETTLED_AT_HOME
    symptom = max(answers, key=lambda id_: highest(answers[id_]), default=None)
    return CloseAlert(
        version=alert[1] + 1,
        action=Action.ASKED_ONCOLOGIST if grave else dice.choice((Action.CALLED_PATIENT, Action.ADVICE_GIVEN)),
        outcome=outcome,
        toxicity=Toxicity(symptom, dice.choice((2, 3)) if grave else dice.choice((1, 2))) if symptom else None,
        hospitalised=grave and dice.random() < 0.2,
        dose_changed=outcome is Outcome.TREATMENT_CHANGED,
        verdict="useful" if grave or dice.random() < 0.65 else "not_useful",
    )


def _treated(who: _Followed, n: int) -> Treated:
    """The first patient is the visitor's own."""
    own = who.submitter
    return Treated(own.establishment_id, own.patient_id, who.oncologist, who.nurse, who.trouble, visitor=n == 0)


async def _today(
    owner: asyncpg.Pool,
    pool: asyncpg.Pool,
    vault: Vault,
    rulebook: Rulebook,
    models: Models,
    followed: list[_Followed],
    now: datetime,
) -> None:
    """What is on the worklist when the visitor opens it."""
    here = followed[1:]  # the first patient is the visitor's own: nothing has happened to her today
    for story, who in zip(TODAY, here, strict=False):
        at = now - story.ago
        await clock.set_to(owner, at, frozen=True)
        place = who.submitter.establishment_id
        async with establishment_tx(pool, place) as con:
            draft = _draft(rulebook, story.answers, at, story.measurements, story.note)
            await submit_report(con, await vault.of(con, place), rulebook, who.submitter, uuid7(), draft, models)
            alert = await demonstration.open_alert_of(con, place, who.submitter.patient_id)
            if alert:
                await demonstration.calls_answered(con, place, alert[0])
        if alert and story.taken:
            await clock.advance(owner, 180)
            async with establishment_tx(pool, place) as con:
                await alerts.acknowledge(con, rulebook, who.nurse, alert[0], alert[1])


def _draft(
    rulebook: Rulebook,
    answers: dict[str, Answer],
    at: datetime,
    measurements: dict[str, float] | None = None,
    note: str | None = None,
) -> ReportDraft:
    return ReportDraft(
        answered_at=at, questionnaire=rulebook.version, answers=answers, measurements=measurements or {}, note=note
    )
