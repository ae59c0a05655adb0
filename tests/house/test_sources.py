"""The sources: no host of a registry, no module without a word of introduction, no clock but the house's."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT

# Put together from parts, so that this file passes its own test.
PUBLIC_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("registry-1", "docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
]

# Who may ask the machine for the time, and why. Everybody else gets `now` as an argument.
CLOCK = {
    "app/demo_cli.py": "the demonstration's past ends now",
    "app/check_cli.py": "a test message is sent on the day somebody types the command",
    "app/http/pulse.py": "a heartbeat is for the wire; the page measures its age by its own clock",
    "app/rules_cli.py": "a review is overdue by the calendar of whoever runs the command",
    "app/model_work.py": "a card is reviewed, and a report scored, on the day somebody types the command",
    "app/delivery/web_push.py": "the signature of a push is judged by the push service's clock, which no test can set",
}

# Files under rules/ that hold no clinical number, and what they hold.
UNSOURCED = {
    "rules/rulebook.yaml": "the name of the rulebook and whether clinicians have signed it",
    "rules/vignettes.yaml": "whole patients to try the rules on",
}

UNFINISHED = re.compile(
    "|".join(("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", r"pytest\.(mark\.)?(skip|xfail)"))
)
BARE_IGNORE = re.compile(r"#\s*(noqa|type: ignore|mypy:|ruff:|pragma)\S*(\s[A-Z]+\d+(,\s?[A-Z]+\d+)*)?\s*$")


def tracked() -> list[Path]:
    """Every file that git keeps and that is still here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def machine_hosts() -> set[str]:
    """The hosts this machine fetches packages from: a mirror's name must not leak into the sources either."""
    pip = subprocess.run(
        [getattr(sys, "_base_executable", sys.executable), "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    hosts = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s'\"]+", pip)}
    return {host for host in hosts if host and host not in {"localhost", "127.0.0.1"}}


def hosts_in(text: str, hosts: set[str]) -> set[str]:
    return {host for host in hosts if re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", text)}


def test_no_file_names_a_registry() -> None:
    hosts = machine_hosts() | set(PUBLIC_HOSTS)
    found = {str(path.relative_to(ROOT)): hosts_in(path.read_text("utf-8", "replace"), hosts) for path in tracked()}
    assert {name: names for name, names in found.items() if names} == {}


def test_a_registry_in_a_file_would_be_seen() -> None:
    host = PUBLIC_HOSTS[0]
    assert hosts_in(f"--index-url https://{host}/simple", set(PUBLIC_HOSTS)) == {host}
    assert hosts_in(f"https://my{host}.example/", set(PUBLIC_HOSTS)) == set()


def test_the_lock_of_the_web_says_nothing_of_where_packages_come_from() -> None:
    lock = json.loads((ROOT / "app" / "web" / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry.get("integrity") and not entry.get("link")] == []


def test_every_module_says_what_it_holds() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files("app", "tests")
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def clock_calls(source: str) -> list[int]:
    """Lines that ask the machine what time it is."""
    asks = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
    asks |= {("time", "time_ns"), ("time", "gmtime"), ("time", "localtime")}
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and (node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", ""), node.attr) in asks
    ]


def test_only_the_named_modules_ask_the_machine_for_the_time() -> None:
    asking = {
        str(path.relative_to(ROOT)): lines
        for path in python_files("app")
        if (lines := clock_calls(path.read_text("utf-8"))) and str(path.relative_to(ROOT)) not in CLOCK
    }
    assert asking == {}, "take `now` as an argument, or name the module and its reason in CLOCK"
    for name in CLOCK:
        assert clock_calls((ROOT / name).read_text("utf-8")), f"{name} no longer needs to be named in CLOCK"


@pytest.mark.parametrize(
    "line", ["datetime.now(UTC)", "dt.datetime.now(UTC)", "date.today()", "time.time()", "f(clock=time.time)"]
)
def test_a_forbidden_clock_would_be_seen(line: str) -> None:
    assert clock_calls(f"x = {line}\n") == [1]


def test_nothing_is_unfinished_or_skipped() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files("app", "tests")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    }
    assert found == set()


def test_every_ignore_carries_its_reason() -> None:
    bare = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files("app", "tests")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if BARE_IGNORE.search(line)
    }
    assert bare == set(), "write why after the ignore"


def test_an_ignore_without_a_reason_would_be_seen() -> None:
    assert BARE_IGNORE.search("x = 1  # " + "noqa: E741")
    assert BARE_IGNORE.search("x = 1  # type: " + "ignore[arg-type]")
    assert not BARE_IGNORE.search("x = 1  # " + "noqa: E741 - the letter of the field")
    assert not BARE_IGNORE.search("x = 1  # type: " + "ignore[misc] # asyncpg ships no types")


def test_every_file_of_rules_names_its_source() -> None:
    files = [path for path in tracked() if path.relative_to(ROOT).parts[0] == "rules" and path.suffix == ".yaml"]
    unsourced = [
        str(path.relative_to(ROOT))
        for path in files
        if not path.name.endswith(".cases.yaml")
        and str(path.relative_to(ROOT)) not in UNSOURCED
        and not re.search(r"^\s*(- )?sources?:\s*\S", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert files, "the rulebook is gone"
    assert unsourced == []
