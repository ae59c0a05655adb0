"""Reports that wait together are kept together, and each gets what it would have got alone.

The application of `serve` is called in this process, so that a test decides who is under way while others come: a free lane is never
left to chance.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio
from uuid_utils.compat import uuid7

from app.db.hints import Hints
from app.domain.people import Submitter
from app.domain.reports import ReportDraft
from app.http import api, together
from app.http.door import PATIENT_COOKIES, House
from app.http.pulse import Pulse
from app.http.together import Lanes, Together
from app.services import reports
from app.services.sign_in import new_token, token_hash
from tests.cast import Cast, Patient, Tenant, cast
from tests.http.bodies import CANARY
from tests.model_cast import MODELS
from tests.rules.book import rulebook
from tests.world import START, until

__all__ = ["cast"]

RED = {"chest_pain": {"S": 3}}
ORANGE = {"nausea": {"F": 4, "S": 4}}


class Phone:
    """A patient's browser with the credential of its device."""

    def __init__(self, crowds: Crowds, who: Patient, token: str) -> None:
        self.crowds, self.who, self.token = crowds, who, token

    def send(self, answers: dict[str, Any], report_id: UUID | None = None, **more: Any) -> asyncio.Task[httpx.Response]:
        """Send a report; the answer comes when it comes."""
        body = {"answered_at": START.isoformat(), "questionnaire": "test", "answers": answers, **more}
        headers = {"cookie": f"{PATIENT_COOKIES.device}={self.token}"}
        put = self.crowds.browser.put(f"/api/reports/{report_id or uuid7()}", json=body, headers=headers)
        return asyncio.create_task(put)


class Crowds:
    """The public application over the cast's database, and a hand on its lanes."""

    def __init__(self, cast: Cast, house: House, browser: httpx.AsyncClient) -> None:
        self.cast, self.house, self.browser = cast, house, browser
        self.sizes: list[int] = []

    async def phones(self, tenant: Tenant, count: int) -> list[Phone]:
        """That many new patients on capecitabine with a phone each."""
        return [await self.phone(await self._patient(tenant)) for _ in range(count)]

    async def phone(self, who: Patient) -> Phone:
        """A phone of this patient."""
        token = new_token(who.establishment_id, who.id)
        await self.cast.superuser.execute(
            "insert into session (token_hash, id, account_id, purpose, device, created_at, last_seen_at, expires_at)"
            " select $1, gen_random_uuid(), id, 'device', 'phone', app_now(), app_now(), app_now() + interval '90 days'"
            " from account where person_id = $2",
            token_hash(token),
            who.id,
        )
        return Phone(self, who, token)

    async def _patient(self, tenant: Tenant) -> Patient:
        new, model = uuid4(), tenant.patient
        for copied in (
            "insert into patient select (jsonb_populate_record(p, jsonb_build_object('id', $2::uuid,"
            " 'identity_token', uuid_send($2)))).* from patient p where id = $1",
            "insert into course select (jsonb_populate_record(c, jsonb_build_object('patient_id', $2::uuid,"
            " 'id', gen_random_uuid()))).* from course c where patient_id = $1",
            "insert into account select (jsonb_populate_record(a, jsonb_build_object('person_id', $2::uuid,"
            " 'id', $2::uuid))).* from account a where person_id = $1",
        ):
            await self.cast.superuser.execute(copied, model.id, new)
        return Patient(tenant.id, new, "", model.regimen)

    @asynccontextmanager
    async def full(self, *tenants: Tenant) -> AsyncIterator[None]:
        """All lanes of these establishments are taken, as by reports that are under way, until the end of it."""
        draft = msgspec.convert({"answered_at": START, "questionnaire": "t", "answers": {}}, ReportDraft)
        async with AsyncExitStack() as stack:
            for tenant in tenants:
                for _ in range(together.LANES):
                    ghost = Submitter(tenant.id, uuid4(), [])
                    assert await stack.enter_async_context(self.house.together.turn(ghost, uuid7(), draft)) is None
            yield

    def lanes(self, tenant: Tenant) -> Lanes | None:
        """What is under way there."""
        return self.house.together._lanes.get(tenant.id)

    async def waiting(self, tenant: Tenant, count: int) -> None:
        """Until so many reports wait there."""

        def there() -> bool:
            lanes = self.lanes(tenant)
            return lanes is not None and len(lanes.waiting) == count

        await until(there, 10, f"{count} reports should be waiting")

    async def count(self, table: str, phones: list[Phone]) -> int:
        """Rows of these patients."""
        ids = [phone.who.id for phone in phones]
        return int(await self.cast.superuser.fetchval(f"select count(*) from {table} where patient_id = any($1)", ids))  # noqa: S608 - a table's name, from this file


@pytest_asyncio.fixture
async def crowds(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Crowds]:
    """The application, whose waiting reports wait as long as the test wants; the sizes of its crowds are written down."""
    monkeypatch.setattr(together, "WAIT", 60.0)
    monkeypatch.setattr(together, "LONGEST", 60.0)
    hints = Hints(cast.where, "vigie_app")
    house = House(
        pool=cast.app,
        vault=cast.vault,
        rulebook=rulebook(),
        models=MODELS,
        together=Together(cast.app, cast.vault, rulebook(), MODELS),
        hints=hints,
        profile="test",
        origin="http://localhost",
        push_key="",
        push_extra_origins=frozenset(),
        demo_links=False,
    )
    state: dict[str, Any] = {"house": house, "pulse": Pulse(cast.app, hints), "files": {}}
    app = api.public_app(state, origin="http://localhost", demo_links=False)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type] # litestar's own words for ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        made = Crowds(cast, house, browser)
        honest = together.submit_together

        async def counted(con: Any, safe: Any, book: Any, several: Any, models: Any) -> Any:
            made.sizes.append(len(several))
            return await honest(con, safe, book, several, models)

        monkeypatch.setattr(together, "submit_together", counted)
        yield made
        await until(lambda: not house.together._lanes, 10, "a lane was never given back")
        idle = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
        assert await cast.superuser.fetchval(idle) == 0


def statuses(answered: list[httpx.Response]) -> list[int]:
    """What each was answered."""
    return [answer.status_code for answer in answered]


async def answers(tasks: list[asyncio.Task[httpx.Response]]) -> list[httpx.Response]:
    """All of them, in the order in which they were sent; fails when one never comes."""
    async with asyncio.timeout(30):
        return await asyncio.gather(*tasks)


async def together_now(crowds: Crowds, tenant: Tenant, *sends: Callable[[], asyncio.Task[httpx.Response]]) -> Any:
    """Reports that come one after the other while all lanes are busy; their answers."""
    async with crowds.full(tenant):
        tasks = []
        for count, send in enumerate(sends, 1):
            tasks.append(send())
            await crowds.waiting(tenant, count)
    return await answers(tasks)


async def test_reports_that_wait_together_are_one_transaction_and_each_its_own_report(crowds: Crowds) -> None:
    phones, told = await crowds.phones(crowds.cast.a, 6), [RED, ORANGE, {}] * 2
    sends = [lambda p=p, t=t: p.send(t) for p, t in zip(phones, told, strict=True)]
    answered = await together_now(crowds, crowds.cast.a, *sends)
    assert (crowds.sizes, statuses(answered)) == ([6], [201] * 6)
    assert [answer.json()["level"] for answer in answered] == ["red", "orange", "green"] * 2
    rows = await crowds.cast.superuser.fetch(
        "select r.patient_id, r.content, r.xmin::text, v.level, a.level as alert, a.reports, s.mode,"
        " (select array_agg(e.verb order by e.verb) from event e where e.patient_id = r.patient_id) as heard,"
        " (select count(*) from notification n where n.alert_id = a.id) as calls"
        " from report r join verdict v on v.report_id = r.id join risk_score s on s.report_id = r.id"
        " left join alert a on a.patient_id = r.patient_id where r.patient_id = any($1)",
        [phone.who.id for phone in phones],
    )
    assert len(rows) == 6
    assert len({row["xmin"] for row in rows}) == 1, "one transaction"
    for row in rows:
        mine = told[[phone.who.id for phone in phones].index(row["patient_id"])]
        assert msgspec.json.decode(row["content"])["answers"] == mine
        expected = {"chest_pain": "red", "nausea": "orange"}.get(next(iter(mine), ""))
        assert (row["level"], row["alert"]) == (expected or "green", expected)
        assert row["heard"] == ["alert_opened", "report_received"][0 if expected else 1 :]
        assert (row["reports"], row["calls"] > 0) == ((1, True) if expected else (None, False))


async def test_with_a_free_lane_nobody_waits_for_company(crowds: Crowds) -> None:
    phones = await crowds.phones(crowds.cast.a, 3)
    assert statuses([await phone.send(RED) for phone in phones]) == [201] * 3
    assert crowds.sizes == []


async def test_each_establishment_has_its_own_crowd(crowds: Crowds) -> None:
    cast, both = crowds.cast, (crowds.cast.a, crowds.cast.b)
    phones = [phone for tenant in both for phone in await crowds.phones(tenant, 3)]
    async with crowds.full(*both):
        tasks = [phone.send(ORANGE) for phone in phones]
        for tenant in both:
            await crowds.waiting(tenant, 3)
    assert statuses(await answers(tasks)) == [201] * 6
    assert crowds.sizes == [3, 3]
    for tenant, mine in (cast.a, phones[:3]), (cast.b, phones[3:]):
        houses = await cast.superuser.fetch(
            "select distinct r.establishment_id, a.establishment_id as alert from report r join alert a using (patient_id)"
            " where r.patient_id = any($1)",
            [phone.who.id for phone in mine],
        )
        assert [tuple(row) for row in houses] == [(tenant.id, tenant.id)]


async def test_a_crowd_holds_each_patient_once(crowds: Crowds) -> None:
    one, other = await crowds.phones(crowds.cast.a, 2)
    sends = (lambda: one.send(ORANGE), lambda: one.send(RED), lambda: other.send({}))
    answered = await together_now(crowds, crowds.cast.a, *sends)
    assert statuses(answered) == [201] * 3
    assert crowds.sizes == [2, 1], "the second report of one patient waits for the next crowd"
    alert = await crowds.cast.alert(one.who)
    assert (alert["reports"], alert["version"], alert["round"], alert["level"]) == (2, 2, 2, "red")


async def test_the_same_id_twice_among_others_is_one_report_with_one_answer(crowds: Crowds) -> None:
    one, other = await crowds.phones(crowds.cast.a, 2)
    id_ = uuid7()
    sends = (lambda: one.send(RED, id_), lambda: one.send(RED, id_), lambda: other.send({}))
    answered = await together_now(crowds, crowds.cast.a, *sends)
    assert statuses(answered) == [201, 200, 201]
    assert answered[1].json() == {**answered[0].json(), "duplicate": True}
    assert [await crowds.count(table, [one]) for table in ("report", "verdict", "alert")] == [1, 1, 1]


async def test_another_content_under_the_same_id_among_others_is_refused_and_read_by_hand(crowds: Crowds) -> None:
    one, other = await crowds.phones(crowds.cast.a, 2)
    id_ = uuid7()
    sends = (lambda: one.send({}, id_), lambda: one.send({}, id_, note="encore"), lambda: other.send({}))
    answered = await together_now(crowds, crowds.cast.a, *sends)
    assert statuses(answered) == [201, 409, 201]
    assert answered[1].json()["code"] == "report_differs"
    assert await crowds.count("report_conflict", [one]) == 1
    assert (await crowds.cast.alert(one.who))["read_by_hand"]


async def test_a_report_on_which_triage_breaks_is_read_by_hand_and_the_others_are_judged(
    crowds: Crowds, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = reports.triage

    def picky(answers: Any, measurements: Any, chart: Any, book: Any) -> Any:
        if "fatigue" in answers:
            raise RuntimeError(CANARY)
        return honest(answers, measurements, chart, book)

    monkeypatch.setattr(reports, "triage", picky)
    good, poison, better = phones = await crowds.phones(crowds.cast.a, 3)
    sends = (lambda: good.send(RED), lambda: poison.send({"fatigue": {"S": 1}}), lambda: better.send({}))
    answered = [answer.json() for answer in await together_now(crowds, crowds.cast.a, *sends)]
    assert crowds.sizes == [3]
    assert [answer["level"] for answer in answered] == ["red", "orange", "green"]
    assert [answer["read_by_hand"] for answer in answered] == [False, True, False]
    assert await crowds.count("report", phones) == 3


async def test_a_report_that_the_database_refuses_sinks_alone(crowds: Crowds, monkeypatch: pytest.MonkeyPatch) -> None:
    good, poison, better = await crowds.phones(crowds.cast.a, 3)
    honest = reports.judge_report

    async def spoiled(con: Any, bench: Any, one: Any, chart: Any, *, by_hand: bool = False) -> Any:
        judged = await honest(con, bench, one, chart, by_hand=by_hand)
        if one.who.patient_id != poison.who.id:
            return judged
        verdict = msgspec.structs.replace(judged.written.verdict, recipient="nobody that the table knows")
        return msgspec.structs.replace(judged, written=msgspec.structs.replace(judged.written, verdict=verdict))

    monkeypatch.setattr(reports, "judge_report", spoiled)
    sends = (lambda: good.send(RED), lambda: poison.send(RED), lambda: better.send({}))
    answered = await together_now(crowds, crowds.cast.a, *sends)
    assert crowds.sizes == [3]
    assert statuses(answered) == [201, 422, 201], "what becomes of it is what becomes of it alone"
    assert [await crowds.count("report", [phone]) for phone in (good, poison, better)] == [1, 0, 1]
    assert (await crowds.cast.alert(good.who))["reports"] == 1


async def test_what_is_implausible_is_refused_and_the_others_are_kept(crowds: Crowds) -> None:
    good, odd = await crowds.phones(crowds.cast.a, 2)
    sends = (lambda: odd.send({}, measurements={"temperature_c": 49.0}), lambda: good.send(RED))
    answered = await together_now(crowds, crowds.cast.a, *sends)
    assert statuses(answered) == [422, 201]
    assert answered[0].json()["code"] == "value_implausible"
    assert await crowds.count("report", [odd]) == 0


async def test_a_revoked_credential_among_good_ones_opens_nothing(crowds: Crowds) -> None:
    phones = await crowds.phones(crowds.cast.a, 3)
    await crowds.cast.superuser.execute(
        "update session set ended_at = app_now() where token_hash = $1", token_hash(phones[1].token)
    )
    answered = await together_now(crowds, crowds.cast.a, *[lambda p=p: p.send(RED) for p in phones])
    assert (crowds.sizes, statuses(answered)) == ([3], [201, 401, 201])
    assert [await crowds.count("report", [phone]) for phone in phones] == [1, 0, 1]


async def test_in_a_crowd_a_credential_opens_its_own_patients_chart_only(crowds: Crowds) -> None:
    cast = crowds.cast
    one, victim, elsewhere = [*await crowds.phones(cast.a, 2), *await crowds.phones(cast.b, 1)]
    draft = msgspec.convert({"answered_at": START, "questionnaire": "t", "answers": RED}, ReportDraft)
    stolen = token_hash(one.token)
    claims = (
        (cast.a.id, one.who.id, stolen),
        (cast.a.id, victim.who.id, stolen),
        (cast.b.id, elsewhere.who.id, token_hash(elsewhere.token)),
    )
    several = [reports.sent(Submitter(here, who, [token]), uuid7(), draft) for here, who, token in claims]
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        done = await reports.submit_together(con, safe, rulebook(), several, MODELS)
    assert [each is not None for each in done] == [True, False, False]
    assert [await crowds.count("report", [phone]) for phone in (one, victim, elsewhere)] == [1, 0, 0]


@pytest.mark.parametrize("written", [False, True])
async def test_a_connection_that_dies_under_a_crowd_loses_nothing(
    crowds: Crowds, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    honest = together.submit_together

    async def dying(con: Any, *rest: Any) -> Any:
        done = await honest(con, *rest) if written else None
        await crowds.cast.superuser.execute("select pg_terminate_backend($1, 5000)", con.get_server_pid())
        return done or await honest(con, *rest)

    monkeypatch.setattr(together, "submit_together", dying)
    phones = await crowds.phones(crowds.cast.a, 4)
    answered = await together_now(crowds, crowds.cast.a, *[lambda p=p: p.send(RED) for p in phones])
    assert statuses(answered) == [201] * 4
    for table in ("report", "verdict", "alert"):
        assert [await crowds.count(table, [phone]) for phone in phones] == [1] * 4


async def test_a_crowd_whose_commit_was_not_heard_is_not_kept_twice(
    crowds: Crowds, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = together.crowd_tx

    @asynccontextmanager
    async def unheard(*where: Any) -> AsyncIterator[Any]:
        async with honest(*where) as con:
            yield con
        raise ConnectionResetError

    monkeypatch.setattr(together, "crowd_tx", unheard)
    phones = await crowds.phones(crowds.cast.a, 3)
    answered = await together_now(crowds, crowds.cast.a, *[lambda p=p: p.send(RED) for p in phones])
    assert statuses(answered) == [200] * 3, "the first answer again"
    assert await crowds.count("report", phones) == await crowds.count("alert", phones) == 3


async def test_a_database_that_was_long_away_is_not_asked_twice(
    crowds: Crowds, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise TimeoutError

    monkeypatch.setattr(together, "submit_together", away)
    monkeypatch.setattr(together, "HASTE", -1.0)
    phones = await crowds.phones(crowds.cast.a, 3)
    answered = await together_now(crowds, crowds.cast.a, *[lambda p=p: p.send(RED) for p in phones])
    assert statuses(answered) == [503] * 3
    assert all(answer.headers["retry-after"] for answer in answered)
    assert await crowds.count("report", phones) == 0


async def test_who_goes_away_while_waiting_is_left_out_and_who_goes_away_under_way_is_kept(
    crowds: Crowds, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, go_on, honest = asyncio.Event(), asyncio.Event(), together.submit_together

    async def slow(*what: Any) -> Any:
        under_way.set()
        await go_on.wait()
        return await honest(*what)

    monkeypatch.setattr(together, "submit_together", slow)
    phones = await crowds.phones(crowds.cast.a, 3)
    async with crowds.full(crowds.cast.a):
        stays, leaves_early, leaves_late = tasks = [phone.send(RED) for phone in phones]
        await crowds.waiting(crowds.cast.a, 3)
        leaves_early.cancel()
        await asyncio.wait([leaves_early])
    await asyncio.wait_for(under_way.wait(), 30)
    leaves_late.cancel()
    await asyncio.wait([leaves_late])
    go_on.set()
    assert (await stays).status_code == 201
    assert [task.cancelled() for task in tasks] == [False, True, True]
    assert crowds.sizes == [2]
    assert [await crowds.count("report", [phone]) for phone in phones] == [1, 0, 1]


async def test_a_patient_whom_somebody_else_holds_does_not_hold_up_the_crowd(crowds: Crowds) -> None:
    held, *others = await crowds.phones(crowds.cast.a, 3)
    async with crowds.cast.asking(crowds.cast.a, lock=held.who.id):
        async with crowds.full(crowds.cast.a):
            tasks = [phone.send(RED) for phone in (held, *others)]
            await crowds.waiting(crowds.cast.a, 3)
        assert statuses(await answers(tasks[1:])) == [201, 201]
        assert not tasks[0].done()
    assert statuses(await answers(tasks[:1])) == [201]
    assert crowds.sizes == [], "the crowd had not begun"


@pytest.mark.parametrize("patience", ["WAIT", "LONGEST"])
async def test_who_waits_behind_others_that_are_stuck_goes_alone(
    crowds: Crowds, monkeypatch: pytest.MonkeyPatch, patience: str
) -> None:
    monkeypatch.setattr(together, patience, 0.05)
    phones = await crowds.phones(crowds.cast.a, 3)
    async with crowds.full(crowds.cast.a):
        assert statuses(await answers([phone.send(RED) for phone in phones])) == [201] * 3
    assert crowds.sizes == []


async def test_a_crowd_has_its_limit_and_nobody_is_forgotten(crowds: Crowds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST", 3)
    phones = await crowds.phones(crowds.cast.a, 7)
    answered = await together_now(crowds, crowds.cast.a, *[lambda p=p: p.send(RED) for p in phones])
    assert statuses(answered) == [201] * 7
    assert sorted(crowds.sizes) == [1, 3, 3]
