"""`vigie demo`: from an empty folder to links that work, and nothing left of it afterwards, however it ends."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.world import ROOT, environment, free_ports, until

READY = 60.0  # seconds; the goals are in README.md, this machine may be busy
# A shell that starts a run in the background has it ignore Ctrl-C, and what it starts too: here it is what we test.
signal.signal(signal.SIGINT, signal.default_int_handler)

LINK = re.compile(
    r"^  (?P<who>.+?) \((?P<name>.+)\) +http://localhost:\d+/(?P<face>\w+)/#/sign-in/(?P<token>\S+)$", re.M
)


def processes(folder: Path) -> dict[int, str]:
    """Every living process that works in this data folder: `demo`, `serve`, `work` and PostgreSQL, with its command."""
    found, mark = {}, os.fsencode(str(folder))
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command, env = (place / "cmdline").read_bytes(), (place / "environ").read_bytes()
            zombie = (place / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if not zombie and int(place.name) != os.getpid() and (mark in command or b"VIGIE_DATA=" + mark in env):
            found[int(place.name)] = command.replace(b"\0", b" ").decode()
    return found


class Demo:
    """One run of the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.output = folder, folder / "output"
        self.port, internal = free_ports(2)
        env = {**environment({}, folder, None), "VIGIE_INTERNAL_PORT": str(internal)}
        del env["VIGIE_PORT"], env["VIGIE_PROFILE"]
        self.env = env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start it; what the last run printed is forgotten."""
        with open(self.output, "wb") as output:
            command = [sys.executable, "-m", "app.cli", "demo", "--port", str(self.port), *arguments]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text("utf-8")

    async def says(self, words: str) -> float:
        """Wait until it has printed this; after how many seconds."""
        begin = time.monotonic()
        while words not in self.said():
            assert self.process is not None
            assert self.process.poll() is None, self.said()
            assert time.monotonic() - begin < READY, self.said()
            await asyncio.sleep(0.02)
        return time.monotonic() - begin

    def links(self) -> list[dict[str, str]]:
        """The links that it printed."""
        return [found.groupdict() for found in LINK.finditer(self.said())]

    async def sign_in(self, link: dict[str, str]) -> tuple[int, Any]:
        """Follow a link once."""
        address = f"http://127.0.0.1:{self.port}/api/sign-in/demo"
        async with aiohttp.ClientSession() as http, http.post(address, json={"token": link["token"]}) as response:
            return response.status, await response.json()

    async def ends(self, number: int, seconds: float = 25.0) -> int:
        """Send a signal and wait; the exit status. Nothing may be left of it then."""
        assert self.process is not None
        self.process.send_signal(number)
        await until(lambda: self.process is not None and self.process.poll() is not None, seconds, "it does not end")
        return self.process.returncode


@pytest_asyncio.fixture(scope="module")
async def loaded() -> AsyncIterator[Path]:
    """A data folder in which the demonstration was loaded once, and stopped."""
    folder = Path(tempfile.mkdtemp(prefix="vigie-demo-"))
    folder.chmod(0o755)
    demo = Demo(folder)
    try:
        demo.start()
        await demo.says("Ctrl-C stops everything")
        (folder / "first").write_text(demo.said(), "utf-8")
        assert await demo.ends(signal.SIGTERM) == 0
        assert processes(folder) == {}
        yield folder
    finally:
        bury(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def demo(loaded: Path) -> Iterator[Demo]:
    """The demonstration on data that are there already."""
    yield Demo(loaded)
    bury(loaded)


def bury(folder: Path) -> None:
    """Nothing outlives a test."""
    while left := processes(folder):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def test_the_first_start_shows_its_progress_and_a_link_for_each_kind_of_person(loaded: Path) -> None:
    said = (loaded / "first").read_text("utf-8")
    for words in ("starting PostgreSQL", "migrations applied", "loading the demonstration", "reports", "ready"):
        assert re.search(rf"^\[ *[0-9.]+ s\] .*{words}", said, re.MULTILINE), words
    assert "not an emergency service" in said
    assert "Everybody in it is invented" in said
    found = LINK.findall(said)
    assert [face for _, _, face, _ in found] == ["patient", "clinic", "clinic", "clinic"]
    assert len({who for who, _, _, _ in found}) == 4
    mode = (loaded / "keys.json").stat().st_mode
    assert mode & 0o077 == 0


async def test_each_link_signs_its_person_in_once(demo: Demo) -> None:
    demo.start()
    await demo.says("Ctrl-C stops everything")
    seen = []
    for link in demo.links():
        status, me = await demo.sign_in(link)
        assert status == 200
        assert me["name"] == link["name"]
        assert me["profile"] == "demo"
        seen.append((me["kind"], me["role"], me["coordination_level"]))
        status, problem = await demo.sign_in(link)
        assert (status, problem["code"]) == (401, "code_refused")
    assert seen == [
        ("patient", "patient", None),
        ("staff", "coordinator", 1),
        ("staff", "coordinator", 2),
        ("staff", "oncologist", None),
    ]
    assert await demo.ends(signal.SIGINT) == 0
    assert processes(demo.folder) == {}


async def test_a_second_start_keeps_the_data_and_loads_nothing(demo: Demo) -> None:
    async def people() -> list[str]:
        demo.start()
        await demo.says("Ctrl-C stops everything")
        assert "loading the demonstration" not in demo.said()
        links = demo.links()
        assert len(links) == 4
        ids = [(await demo.sign_in(link))[1]["id"] for link in links]
        await demo.ends(signal.SIGTERM)
        return ids

    assert await people() == await people()


async def test_reset_starts_afresh(demo: Demo) -> None:
    demo.start()
    await demo.says("Ctrl-C stops everything")
    _, before = await demo.sign_in(demo.links()[0])
    await demo.ends(signal.SIGTERM)
    demo.start("--reset")
    await demo.says("Ctrl-C stops everything")
    assert "throwing the old demonstration away" in demo.said()
    assert "loading the demonstration" in demo.said()
    _, after = await demo.sign_in(demo.links()[0])
    assert after["name"] == before["name"]
    assert after["id"] != before["id"]
    assert await demo.ends(signal.SIGTERM) == 0
    assert processes(demo.folder) == {}


async def test_a_killed_demo_leaves_nothing_running_and_loses_nothing(demo: Demo) -> None:
    demo.start()
    await demo.says("Ctrl-C stops everything")
    running = " ".join(processes(demo.folder).values())
    assert " serve " in running
    assert " work " in running
    await demo.ends(signal.SIGKILL)

    await until(lambda: not processes(demo.folder), 20, "something runs on")
    demo.start()
    await demo.says("Ctrl-C stops everything")
    assert "loading the demonstration" not in demo.said()
    assert await demo.ends(signal.SIGTERM) == 0
    assert processes(demo.folder) == {}


async def test_a_child_or_the_database_that_dies_is_started_again(demo: Demo) -> None:
    demo.start()
    await demo.says("Ctrl-C stops everything")
    for pid, command in processes(demo.folder).items():
        if " serve " in command or " work " in command or "postgres" in command:
            os.kill(pid, signal.SIGKILL)
    await demo.says("`serve` had ended and was started again")
    await demo.says("`work` had ended and was started again")

    async def ready() -> bool:
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{demo.port}/health/ready") as response,
            ):
                return response.status == 200
        except aiohttp.ClientError:
            return False

    await until(ready, 30, "it does not recover")
    assert await demo.ends(signal.SIGTERM) == 0
    assert processes(demo.folder) == {}


async def test_sigterm_stops_the_loading_also_where_ctrl_c_is_ignored(folder: Path) -> None:
    demo = Demo(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        demo.start()
        await demo.says("3 establishments")
        assert await demo.ends(signal.SIGTERM) != 0
        assert processes(folder) == {}
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        bury(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_stopped_while_it_loads_it_leaves_nothing_running_and_asks_for_a_reset(
    folder: Path, number: signal.Signals
) -> None:
    demo = Demo(folder)
    try:
        demo.start()
        await demo.says("3 establishments")  # loading has begun, and the first reports are on their way
        assert await demo.ends(number) != 0
        assert "Traceback" not in demo.said()
        assert processes(folder) == {}
        demo.start()
        assert demo.process is not None
        assert await asyncio.to_thread(demo.process.wait, 30) == 1
        assert "Start it with --reset" in demo.said()
        assert processes(folder) == {}
    finally:
        bury(folder)


async def test_a_port_that_somebody_else_holds_is_said_before_anything_is_done(demo: Demo) -> None:
    """Another Vigie on that port would answer in our place, and its visitors would be sent away with links of ours."""
    demo.start()
    await demo.says("Ctrl-C stops everything")
    second = Demo(demo.folder / "second")
    second.folder.mkdir()
    second.port = demo.port
    try:
        second.start()
        assert second.process is not None
        assert await asyncio.to_thread(second.process.wait, 30) == 1
        assert f"Port {demo.port} is taken" in second.said()
        assert "Choose another one with --port" in second.said()
        assert not (second.folder / "postgres").exists()
    finally:
        await demo.ends(signal.SIGTERM)
