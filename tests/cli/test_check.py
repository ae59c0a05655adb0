"""`vigie check` says each problem in words that tell what to do, and ends with 1."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from app import config
from app.config import SettingsRefused, new_keys
from app.db.cluster import Cluster, throwaway
from tests.world import ROOT, Process, Seed, environment, until, vigie


def problems(env: dict[str, str], status: int = 1) -> str:
    """What `check` prints; fails the test unless it ends with `status` and without a trace."""
    done = vigie("check", env=env)
    assert done.stderr == ""
    assert done.returncode == status, done.stdout
    return done.stdout


def test_everything_that_is_missing_is_said_at_once(folder: Path) -> None:
    env = environment({}, folder, None, VIGIE_PROFILE="production")
    told = problems(env)
    for name in ("VIGIE_MASTER_KEYS", "VIGIE_VAPID_PRIVATE_KEY", "VIGIE_ORIGIN", "VIGIE_VAPID_CONTACT"):
        assert name in told
    assert "make one with `vigie keys`" in told
    assert told.rstrip().endswith("4 problems")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VIGIE_DEMO_LINKS", "1", "for the demo profile only: remove it"),
        ("VIGIE_PUSH_EXTRA_ORIGINS", "http://127.0.0.1:9999", "for demo and test only: remove it"),
        ("VIGIE_PUSH_EXTRA_ORIGINS", "127.0.0.1", "write scheme, host and port only"),
        ("VIGIE_ORIGIN", "http://vigie.example.org", "must be the public https address"),
        ("VIGIE_VAPID_CONTACT", "vigie@example.org", "must be a mailto: or https: address"),
        ("VIGIE_PROFILE", "prod", "use one of production, demo, test"),
        ("VIGIE_PORT", "80000", "use a port number between 1 and 65535"),
        ("VIGIE_INTERNAL_PORT", "none", "use a port number between 1 and 65535"),
        ("VIGIE_MASTER_KEYS", "k1:dG9vIHNob3J0", "key 'k1' is not 32 bytes in base64"),
        ("VIGIE_MASTER_KEYS", "k1:not base64", "key 'k1' is not 32 bytes in base64"),
        ("VIGIE_LOG", "/no/such/folder/vigie.log", "there is no folder /no/such/folder"),
    ],
)
def test_what_production_refuses_is_said(production: dict[str, str], name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        config.read({**production, name: value})
    assert words in str(refused.value)


def test_check_says_all_of_it_and_neither_serve_nor_work_starts(production: dict[str, str]) -> None:
    wrong = {
        "VIGIE_DEMO_LINKS": "1",
        "VIGIE_PUSH_EXTRA_ORIGINS": "http://127.0.0.1:9999",
        "VIGIE_ORIGIN": "http://vigie.example.org",
        "VIGIE_MASTER_KEYS": "k1:dG9vIHNob3J0",
    }
    told = problems({**production, **wrong})
    assert told.rstrip().endswith("4 problems")
    for command in ("serve", "work"):
        refused = vigie(command, env={**production, **wrong}, seconds=20)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        for name in wrong:
            assert name in told
            assert name in refused.stderr


def test_a_vapid_key_that_is_none_is_said(production: dict[str, str]) -> None:
    env = {**production, "VIGIE_VAPID_PRIVATE_KEY": "abc", "VIGIE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    told = problems(env)
    assert "must be 32 bytes in base64url" in told
    assert "the database cannot be reached" in told.casefold()  # the other problems are not hidden by it


def test_a_broken_rulebook_is_said_with_its_file(production: dict[str, str], folder: Path) -> None:
    rules = folder / "rules"
    shutil.copytree(ROOT / "rules", rules)
    (rules / "symptoms" / "chest_pain.yaml").write_text("id: chest_pain\n", "utf-8")
    told = problems({**production, "VIGIE_RULES": str(rules), "VIGIE_DATABASE_URL": "postgresql://x@127.0.0.1:1/x"})
    assert "rulebook: symptoms/chest_pain.yaml" in told


def test_a_database_that_cannot_be_reached_is_said_by_every_command_without_its_password(
    production: dict[str, str], cluster: Cluster
) -> None:
    right = cluster.dsn("postgres")
    for url in (
        re.sub(r"vigie:[^@]*@", "vigie:geheim@", right),
        right.replace("/postgres?", "/nosuch?"),
        "mysql://vigie:geheim@127.0.0.1/vigie",
        "postgresql://vigie:geheim@127.0.0.1:1/vigie",
    ):
        env = {**production, "VIGIE_DATABASE_URL": url}
        told = problems(env)
        assert "The database cannot be reached" in told
        assert "check VIGIE_DATABASE_URL" in told
        assert "geheim" not in told
    for command in ("serve", "work", "migrate"):
        refused = vigie(command, env=env, seconds=30)
        assert refused.returncode == 1
        assert "The database cannot be reached" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert "geheim" not in refused.stderr + refused.stdout


def test_migrations_that_wait_are_said_and_nobody_starts_before_them(
    production: dict[str, str], cluster: Cluster, nothing_yet: str
) -> None:
    env = {**production, "VIGIE_DATABASE_URL": cluster.dsn(nothing_yet)}
    assert re.search(r"the database lacks 0001_people.*: run `vigie migrate`", problems(env))
    for command in ("serve", "work"):
        refused = vigie(command, env=env, seconds=15)
        assert refused.returncode == 1
        assert "run `vigie migrate` first" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_server_on_which_vigie_was_never_is_said_in_words(production: dict[str, str]) -> None:
    with throwaway(shared_buffers="16MB") as untouched:
        env = {**production, "VIGIE_DATABASE_URL": untouched.dsn()}
        assert "run `vigie migrate`" in problems(env)
        for command in ("serve", "work"):
            refused = vigie(command, env=env, seconds=15)
            assert refused.returncode == 1
            assert "run `vigie migrate` first" in refused.stderr


async def test_a_database_that_may_lose_reports_and_a_moved_clock_are_said(
    production: dict[str, str], cluster: Cluster, seeded: Seed
) -> None:
    name = await cluster.create_database_from(seeded.database)
    try:
        env = {**production, **seeded.keys, "VIGIE_DATABASE_URL": cluster.dsn(name)}
        told = problems(env)
        for words in (
            "fsync is off",
            "set synchronous_commit = on",
            "full_page_writes is off",
            "the database's clock was moved by a test",
            "no worker leads the sweeps: start `vigie work`",
        ):
            assert words in told
        for command in ("serve", "work"):
            refused = vigie(command, env=env, seconds=15)
            assert refused.returncode == 1
            assert "not safe for patients" in refused.stderr
            assert "clock was moved" in refused.stderr
    finally:
        await cluster.drop_database(name)


async def test_keys_that_do_not_open_the_database_are_said(
    production: dict[str, str], cluster: Cluster, seeded: Seed
) -> None:
    name = await cluster.create_database_from(seeded.database)
    try:
        right = {**production, **seeded.keys, "VIGIE_DATABASE_URL": cluster.dsn(name)}
        assert "VIGIE_MASTER_KEYS" not in problems(right)
        wrong = {**right, "VIGIE_MASTER_KEYS": new_keys()["VIGIE_MASTER_KEYS"]}
        assert "VIGIE_MASTER_KEYS" in problems(wrong)
        key_id = seeded.keys["VIGIE_MASTER_KEYS"].partition(":")[0]
        other = new_keys()["VIGIE_MASTER_KEYS"].partition(":")[2]
        same_name = {**right, "VIGIE_MASTER_KEYS": f"{key_id}:{other}"}
        assert "VIGIE_MASTER_KEYS" in problems(same_name)
    finally:
        await cluster.drop_database(name)


async def test_a_complete_production_is_well_and_serves_without_clock_and_demo_links(
    production: dict[str, str], folder: Path
) -> None:
    with throwaway(durable=True, shared_buffers="16MB") as durable:
        env = {**production, "VIGIE_DATABASE_URL": durable.dsn()}
        assert vigie("migrate", env=env).returncode == 0
        work, serve = Process("work", ["work"], env, folder), Process("serve", ["serve"], env, folder)
        try:
            work.start()
            serve.start()

            async def well() -> bool:
                return (await asyncio.to_thread(vigie, "check", env=env)).returncode == 0

            await until(well, 30, vigie("check", env=env).stdout)
            assert problems(env, status=0) == "All is well.\n"
            async with aiohttp.ClientSession() as http:

                async def status(method: str, port: str, path: str) -> int:
                    async with http.request(method, f"http://127.0.0.1:{env[port]}{path}", json={}) as response:
                        return response.status

                async def live() -> bool:
                    try:
                        return await status("GET", "VIGIE_PORT", "/health/ready") == 200
                    except aiohttp.ClientError:
                        return False

                await until(live, 30, serve.said())
                assert await status("GET", "VIGIE_INTERNAL_PORT", "/health/live") == 200
                assert await status("GET", "VIGIE_INTERNAL_PORT", "/openapi.json") == 200
                for path in (
                    "/clock",
                    "/openapi.json",
                    "/schema",
                    "/schema/openapi.json",
                    "/docs",
                    "/api/openapi.json",
                ):
                    assert await status("GET", "VIGIE_PORT", path) == 404, path
                assert await status("GET", "VIGIE_INTERNAL_PORT", "/clock") == 404
                assert await status("POST", "VIGIE_INTERNAL_PORT", "/clock/advance") == 404
                assert await status("POST", "VIGIE_PORT", "/api/sign-in/demo") == 404
            await serve.stop()
            await work.stop()
            refused = vigie("seed", env=env)
            assert refused.returncode != 0
            assert "test only" in refused.stderr
            connection = await asyncpg.connect(**durable.superuser_args("vigie"))
            assert await connection.fetchval("select count(*) from account") == 0  # no default account, no seed
            await connection.close()
        finally:
            work.bury()
            serve.bury()
