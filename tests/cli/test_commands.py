"""The other commands: help, keys, OpenAPI, migrations by several starters, seed, invitations, a port that is taken."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pyotp
import pytest

from app.config import new_keys
from app.db.cluster import Cluster
from tests.world import ROOT, Person, Process, Seed, World, environment, vigie


def test_every_command_explains_itself(folder: Path) -> None:
    env = environment({}, folder, None)
    overview = vigie("--help", env=env)
    assert overview.returncode == 0
    assert "not an emergency service" in " ".join(overview.stdout.split())
    commands = re.findall(r"^    (\w+)\s+\S", overview.stdout, re.MULTILINE)
    assert {"demo", "serve", "work", "migrate", "check", "seed", "openapi", "keys", "invite", "rules"} <= set(commands)
    for command in commands:
        done = vigie(command, "--help", env=env)
        assert done.returncode == 0, command
        assert f"vigie {command}" in done.stdout
        assert len(done.stdout.split()) > 10
    assert list(folder.iterdir()) == []


def test_a_command_that_does_not_exist_is_refused_with_the_ones_that_do(folder: Path) -> None:
    done = vigie("serv", env=environment({}, folder, None))
    assert done.returncode == 2
    assert "serve" in done.stderr


def test_keys_are_fresh_each_time_and_good(production: dict[str, str]) -> None:
    made = [dict(line.split("=", 1) for line in vigie("keys", env=production).stdout.splitlines()) for _ in range(2)]
    assert made[0].keys() == {"VIGIE_MASTER_KEYS", "VIGIE_VAPID_PRIVATE_KEY"}
    assert made[0]["VIGIE_MASTER_KEYS"] != made[1]["VIGIE_MASTER_KEYS"]
    env = {**production, **made[0], "VIGIE_DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}
    told = vigie("check", env=env).stdout
    assert "KEY" not in told


def test_the_openapi_document_is_printed_without_database_or_keys(folder: Path) -> None:
    done = vigie("openapi", env=environment({}, folder, None))
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["openapi"].startswith("3.1")
    assert "/api/reports/{report_id}" in document["paths"]


async def test_several_starters_migrate_once(cluster: Cluster, nothing_yet: str, folder: Path) -> None:
    env = environment(new_keys(), folder, cluster.dsn(nothing_yet))
    starters = [asyncio.to_thread(vigie, "migrate", env=env) for _ in range(4)]
    done = await asyncio.gather(*starters)
    assert [starter.returncode for starter in done] == [0, 0, 0, 0], [starter.stderr for starter in done]
    assert sum("migrations applied" in starter.stdout for starter in done) == 1
    assert sum("nothing to do" in starter.stdout for starter in done) == 3


async def test_seed_gives_the_same_people_again_with_fresh_codes(cluster: Cluster, seeded: Seed, folder: Path) -> None:
    name = await cluster.create_database_from(seeded.database)
    try:
        env = environment(seeded.keys, folder, cluster.dsn(name))
        again = json.loads(vigie("seed", env=env).stdout)
    finally:
        await cluster.drop_database(name)
    for before, after in zip(seeded.printed["establishments"], again["establishments"], strict=True):
        assert before["id"] == after["id"]
        assert before["staff"] == after["staff"]
        assert [p["id"] for p in before["patients"]] == [p["id"] for p in after["patients"]]
        codes = {p["activation_code"] for p in before["patients"] + after["patients"]}
        assert len(codes) == 2 * len(after["patients"])
    roles = {(s["role"], s["coordination_level"]) for s in again["establishments"][0]["staff"]}
    assert {role for role, _ in roles} == {
        "coordinator", "oncologist", "city_professional", "manager", "administrator", "auditor",
    }  # fmt: skip
    assert {("coordinator", 1), ("coordinator", 2)} <= roles


@pytest.mark.parametrize("profile", ["production", "demo"])
def test_seed_is_refused_outside_the_test_profile(production: dict[str, str], profile: str) -> None:
    refused = vigie("seed", env={**production, "VIGIE_PROFILE": profile})
    assert refused.returncode == 2
    assert "VIGIE_PROFILE=test only" in refused.stderr


async def test_seed_can_forget_every_device(fresh: World) -> None:
    nurse, foreign = await fresh.sign_in("level2"), await fresh.sign_in("level2", "B")
    for person in (nurse, foreign):
        await person.add_phone()
    done = await asyncio.to_thread(fresh.vigie, "seed", "--remove-devices")
    assert json.loads(done.stdout) == {"removed": 2}
    for person in (nurse, foreign):
        assert (await person.get("/api/devices")).ok(200)["devices"] == []


async def test_an_invitation_lets_its_professional_in_once(fresh: World) -> None:
    invite = (
        "invite", "--establishment", "Clinique des Tilleuls", "--phone", "01 99 00 10 99", "--name", "Anne Dupuy",
        "--login", "Anne.Dupuy@tilleuls.example", "--role", "coordinator", "--level", "2", "--on-duty", "mon-sun@0-24",
    )  # fmt: skip
    done = await asyncio.to_thread(fresh.vigie, *invite)
    assert done.returncode == 0, done.stderr
    link = done.stdout.splitlines()[0]
    assert "/clinic/#/join/" in link
    code = link.rpartition("/")[2]
    anne = Person(fresh, "Anne Dupuy")
    begun = (await anne.post("/api/join/begin", {"code": code})).ok(200)
    digits = pyotp.TOTP(begun["totp_secret"]).at(await fresh.now())
    joined = await anne.post("/api/join", {"code": code, "password": "quatre mots bien choisis", "totp": digits})
    assert joined.ok(200)["coordination_level"] == 2
    assert (await anne.worklist())["on_duty"] == [
        {"coordination_level": 2, "role": "coordinator", "name": "Anne Dupuy"}
    ]
    assert (await Person(fresh, "x").post("/api/join/begin", {"code": code})).code == "code_refused"
    again = await asyncio.to_thread(fresh.vigie, *invite)
    assert again.returncode == 2
    assert "anne.dupuy@tilleuls.example" in again.stderr.casefold()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--role", "coordinator"), "A coordinator needs --level"),
        (("--role", "oncologist", "--level", "1"), "A coordinator needs --level"),
        (("--role", "oncologist", "--on-duty", "monday@8-18"), "Write for example mon-fri@8-18"),
        (("--role", "oncologist"), "phone"),
        (("--role", "oncologist", "--phone", "1", "--timezone", "Paris"), "Write for example Europe/Paris"),
    ],
)
async def test_an_invitation_that_cannot_be_is_refused_in_words(
    fresh: World, arguments: tuple[str, ...], words: str
) -> None:
    base = ("invite", "--establishment", "Nouvelle clinique", "--name", "A", "--login", "a@nouvelle.example")
    refused = await asyncio.to_thread(fresh.vigie, *base, *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_that_is_taken_is_said(cluster: Cluster, template: str, folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env = environment(new_keys(), folder, cluster.dsn(template))
        for name in ("VIGIE_PORT", "VIGIE_INTERNAL_PORT"):
            done = vigie("serve", env={**env, name: str(taken.getsockname()[1])}, seconds=20)
            assert done.returncode == 1
            assert "A port is taken" in done.stderr
            assert "Traceback" not in done.stderr


def test_a_port_that_cannot_be_is_said(folder: Path) -> None:
    for port in ("0", "70000", "-1"):
        done = vigie("serve", "--port", port, env=environment(new_keys(), folder, None), seconds=20)
        assert done.returncode == 1
        assert "between 1 and 65535" in done.stderr


async def test_processes_end_at_once_on_both_signals_also_with_an_open_worklist(cluster: Cluster, seeded: Seed) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        async with World.of(cluster, seeded) as world:
            nurse = await world.sign_in("level2")
            async with nurse.stream() as live:
                world.serve.signal(number)
                await live.next("bye", 0, 5)
                assert await world.serve.ended(10) == 0
            world.work.signal(number)
            assert await world.work.ended(10) == 0


async def test_a_process_ends_when_the_one_that_started_it_was_killed(cluster: Cluster, seeded: Seed) -> None:
    """The lifeline that `demo` and the tests use."""
    async with World.of(cluster, seeded) as world:
        for process in (world.serve, world.work):
            process._close_lifeline()
            assert await process.ended(10) == 0


def test_the_module_and_the_installed_command_are_the_same(folder: Path) -> None:
    installed = Path(sys.executable).parent / "vigie"
    if installed.exists():  # not in an environment made by the launcher, which installs the dependencies only
        done = subprocess.run(
            [installed, "keys"], cwd=ROOT, env=environment({}, folder, None), capture_output=True, check=False
        )
        assert done.returncode == 0


def test_processes_never_print_a_trace_for_a_missing_folder(folder: Path) -> None:
    process = Process("serve", ["serve"], environment(new_keys(), folder, None, VIGIE_RULES=str(folder)), folder)
    done = vigie("serve", env=process.env, seconds=20)
    assert done.returncode == 1
    assert "The rulebook cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
