"""Who may do what: every operation of the API for every role, and each refusal is written down."""

from __future__ import annotations

from uuid import UUID

import pytest
import pytest_asyncio

from tests.http.bodies import HOSTILE, problem, send
from tests.http.roles import EVERYBODY, MAY, PUBLIC, Operation, cast, operations
from tests.world import Person, World

OPERATIONS = operations()
GUARDED = [operation for operation in OPERATIONS if MAY.get(operation.id) != PUBLIC]


@pytest_asyncio.fixture(scope="module")
async def people(world: World) -> dict[str, Person]:
    """One browser for each role."""
    await world.empty()
    return await cast(world)


async def denials(who: Person) -> int:
    """How often this person was refused, as the audit trail has it."""
    query = "select count(*) from event where actor_id = $1 and verb = 'denied'"
    return int(await who.world.value(query, UUID(who.me["id"])))


def test_every_operation_says_who_may_do_it() -> None:
    assert {operation.id for operation in OPERATIONS} == MAY.keys()


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.id)
async def test_whoever_is_not_signed_in_does_nothing(world: World, operation: Operation) -> None:
    answer = await world.ask(operation.method, operation.path(), operation.body)
    problem(answer, 401, "sign_in_needed")


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.id)
async def test_each_role_does_its_own_work_and_no_other(people: dict[str, Person], operation: Operation) -> None:
    for role in EVERYBODY:
        who, before = people[role], await denials(people[role])
        if role in MAY[operation.id]:
            if operation.id != "streamWorklist":  # has no end
                answer = await who.ask(operation.method, operation.path(), operation.body)
                assert answer.status not in (401, 403, 500), f"{role}: {answer.text}"
                assert await denials(who) == before
        else:
            answer = await who.ask(operation.method, operation.path(), operation.body)
            problem(answer, 403, "not_for_your_role")
            assert await denials(who) == before + 1, f"{role} was refused and nobody wrote it down"


WRITES = [operation for operation in OPERATIONS if operation.writes]


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.id)
async def test_no_hostile_body_shakes_any_write_whoever_sends_it(
    world: World, people: dict[str, Person], operation: Operation
) -> None:
    """N17 of reliability.md, at a small size."""
    roles = ("patient", "level2", "oncologist", "manager") if operation.id != "signOut" else ()
    await world.rows("truncate throttle")
    for who in (None, *(people[role] for role in roles)):
        for what, body in HOSTILE.items():
            answer = await send(world, operation.method, operation.path(), body, who=who)
            assert answer.status < 500, f"{what}: {answer.text}"
            assert answer.seconds < 1.0, f"{what} took {answer.seconds:.1f} s"
            if answer.status >= 400:
                problem(answer, answer.status, str(answer.code))


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.id)
async def test_no_write_is_taken_from_another_site(
    people: dict[str, Person], world: World, operation: Operation
) -> None:
    for role in ("patient", "level2"):
        answer = await send(
            world, operation.method, operation.path(), b"{}", who=people[role], **{"Sec-Fetch-Site": "cross-site"}
        )
        problem(answer, 403, "foreign_origin")
