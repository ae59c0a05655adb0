"""`python3 -m app …`: from nothing to a running Vigie, with Python 3.11 and pip alone.

Makes `.venv`, installs the pinned dependencies, builds the web when its sources changed, and hands over to the `vigie`
command inside. Standard library only: this file runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

if sys.version_info < (3, 11):  # noqa: UP036 (whoever starts it with an older one learns it here)
    sys.exit(f"Vigie needs Python 3.11 or later, this is {sys.version.split()[0]}. Try: python3.11 -m app demo")

HERE = Path(__file__).resolve().parents[1]
VENV = HERE / ".venv"
STAMP = VENV / ".vigie.json"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
BUILD, RUN, TEST = "requirements-build.lock", "requirements.lock", "requirements-test.lock"
MODEL = "requirements-model.lock"
LEARNS = {"train", "recalibrate", "goals"}
STARTED = time.monotonic()

HELP = """Vigie: telemonitoring of patients who take anticancer drugs by mouth.

  python3 -m app demo             set everything up, load the demonstration, serve it until Ctrl-C
  python3 -m app test             every check and the whole test suite, on a throw-away PostgreSQL
  python3 -m app test tests/db    these tests only; pytest's own arguments work as well
  python3 -m app serve | work | migrate | check | …    what the vigie command does; each answers --help

The first start makes .venv here and installs what requirements.lock names. After it, .venv/bin/vigie does the same."""

CHECKS = {
    "format (repair: .venv/bin/ruff format)": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "types": [str(PYTHON), "-m", "mypy", "--no-error-summary"],
    "floors (who imports whom)": [str(BIN / "lint-imports"), "--no-cache"],
    "web: types, templates, accessibility": [str(PYTHON), "app/web/build.py", "check"],
    "web: tests": [str(PYTHON), "app/web/build.py", "test"],
}


def main(arguments: list[str]) -> int:
    """Set up what this command needs, then become that command."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(HELP)
        return 0
    if not (HERE / RUN).exists():  # an installed wheel: pip has set everything up
        from app.cli import main as vigie

        return vigie() or 0
    testing = arguments[0] == "test"
    prepare([BUILD, lock_for(arguments)], web=testing or arguments[0] in {"demo", "serve"})
    if testing:
        return test(arguments[1:])
    # -P: the checkout is found by its name in .venv, not by the folder we happen to be in
    return become([str(PYTHON), "-P", "-m", "app.cli", *arguments])


def lock_for(arguments: list[str]) -> str:
    """What a command needs installed: of all commands only those that learn need scikit-learn."""
    if arguments[0] == "test":
        return TEST
    return MODEL if arguments[0] == "model" and not LEARNS.isdisjoint(arguments[1:2]) else RUN


def become(command: list[str]) -> NoReturn:
    """Hand this process over."""
    if sys.platform == "win32":
        sys.exit(subprocess.run(command, check=False).returncode)  # exec does not keep the shell waiting there
    sys.stdout.flush()
    os.execv(command[0], command)


def test(arguments: list[str]) -> int:
    """All checks, then all tests; the tests' own summary comes last. With arguments: those tests only."""
    failed = []
    for name, command in CHECKS.items() if not arguments else ():
        say(f"check: {name}")
        if subprocess.run(command, cwd=HERE, check=False, stdin=subprocess.DEVNULL).returncode:
            failed.append(name)
    if failed:
        say(f"FAILED: {'; '.join(failed)}. Read what it says above. The tests run all the same; this run has failed.")
    say("tests")
    result = subprocess.run([str(PYTHON), "-m", "pytest", *arguments], cwd=HERE, check=False).returncode
    return result or bool(failed)


def prepare(locks: list[str], *, web: bool) -> None:
    """Make `.venv` hold at least these locks and build the web; quick when nothing changed, one process at a time."""
    if ready(locks) and not (web and web_changed()):
        return
    with alone():
        if not ready(locks):
            install(locks)
        if web and web_changed():
            say("building the web pages")
            run([str(PYTHON), "app/web/build.py"], "The web pages could not be built; the reason is above.")


def ready(locks: list[str]) -> bool:
    """Whether a finished set-up of this very place, Python and these locks is there."""
    stamp = read_stamp()
    return stamp is not None and PYTHON.exists() and all(stamp.get(lock) == digest(lock) for lock in locks)


def install(locks: list[str]) -> None:
    """Install the locks with the hashes they pin; what was killed half way is made anew."""
    pip = [getattr(sys, "_base_executable", sys.executable) if inside() else sys.executable, "-m", "pip"]
    check_pip(pip)
    stamp = read_stamp()
    if stamp is None or "half" in stamp or not PYTHON.exists():
        say(f"making {VENV}")
        # Without pip, because Debian's Python cannot put it in; the pip outside installs into it instead.
        run(
            [pip[0], "-m", "venv", "--clear", "--without-pip", str(VENV)],
            f"{VENV} could not be made. Is the folder writable, and is there room on the disk?",
        )
        stamp = {}
    done = {name: value for name, value in stamp.items() if value == digest(name)}
    for lock in locks:
        if lock in done:
            continue
        count = sum(line[:1].isalnum() for line in (HERE / lock).read_text("utf-8").splitlines())
        say(f"installing {lock}: {count} packages" + ("" if count < 20 else ", some 20 to 60 s the first time"))
        write_stamp({**done, "half": lock})
        # http-ece is published as source only. Its build would fetch whatever setuptools is newest, without a hash: so
        # the build lock, installed first, brings the pinned one, and nothing is built in isolation.
        run(
            [
                *(*pip, "--python", str(PYTHON), "install", "-qq", "--disable-pip-version-check", "--no-input"),
                *("--no-deps", "--only-binary=:all:", "--no-binary=http-ece", "--use-pep517", "--no-build-isolation"),
                *("--require-hashes", "-r", str(HERE / lock)),
            ],
            f"pip could not install {lock}; its reason is above. Without network, give pip an index it can reach.",
        )
        done[lock] = digest(lock)
        if lock == TEST:  # the test lock holds all of the others, at the same versions: tests/house proves it
            done[RUN], done[MODEL] = digest(RUN), digest(MODEL)
        if lock == MODEL:
            done[RUN] = digest(RUN)
    put_command()
    write_stamp(done)
    say("installed")


def check_pip(pip: list[str]) -> None:
    """Say what to do when there is no pip, or one that cannot install into another environment."""
    asked = subprocess.run([*pip, "--version"], capture_output=True, text=True, check=False)
    if asked.returncode:
        sys.exit(
            f"Vigie needs pip, and {sys.executable} has none. On Debian or Ubuntu: apt-get install python3-pip. "
            f"Elsewhere: {sys.executable} -m ensurepip --upgrade"
        )
    version = asked.stdout.split()[1]
    if tuple(int(part) for part in version.split(".")[:2]) < (22, 3):
        sys.exit(
            f"Vigie needs pip 22.3 or later, this is {version}. Run: {sys.executable} -m pip install --upgrade pip"
        )


def put_command() -> None:
    """Put `vigie` into .venv: it runs the checkout, from whatever folder it is called."""
    site = next(VENV.glob("lib*/python3*/site-packages"), VENV / "Lib" / "site-packages")
    (site / "vigie.pth").write_text(f"{HERE}\n", "utf-8")
    if sys.platform == "win32":
        (BIN / "vigie.cmd").write_text(f'@"{PYTHON}" -P -m app.cli %*\n', "utf-8")
        return
    script = BIN / "vigie"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} -P -m app.cli "$@"\n', "utf-8")
    script.chmod(0o755)


def web_changed() -> bool:
    """Whether the web has sources that differ from what was last built."""
    from app.web import build

    stamp = build.WEB / "dist" / ".stamp"
    with contextlib.suppress(OSError):
        return stamp.read_text("utf-8") != build.fingerprint(build.WEB)
    return (build.WEB / "src").is_dir()


def read_stamp() -> dict[str, str] | None:
    """What the last set-up wrote; None when there is none, or it was made elsewhere or by another Python."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
        return stamp if stamp.pop("place") == place() else None
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def write_stamp(stamp: dict[str, str]) -> None:
    """Say what .venv holds: a digest per finished lock, and under `half` the one that is being installed."""
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps({**stamp, "place": place()}), "utf-8")
    new.replace(STAMP)


def inside() -> bool:
    """Whether this very Python is the one of .venv, which has no pip."""
    return Path(sys.prefix).resolve() == VENV


def place() -> str:
    """What a virtual environment cannot survive a change of."""
    return f"{VENV} {sys.version} {sys.base_prefix}"


def digest(lock: str) -> str:
    """SHA-256 of a lock file; nothing's for one that is gone."""
    if not (HERE / lock).exists():
        return ""
    return hashlib.sha256((HERE / lock).read_bytes()).hexdigest()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one launcher at a time prepare; the system frees the lock of a killed one."""
    with open(HERE / ".vigie-launcher.lock", "a+b") as handle:
        if not take(handle.fileno()):
            say("another start is preparing .venv; waiting for it")
            while not take(handle.fileno()):
                time.sleep(0.2)
        yield


def take(handle: int) -> bool:
    """Lock an open file, or answer False when somebody else has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def run(arguments: list[str], otherwise: str) -> None:
    """Run a program of the set-up, or end with a sentence that says what to do."""
    clean = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV"}
    env = {name: value for name, value in os.environ.items() if name not in clean}
    env |= {"PIP_ROOT_USER_ACTION": "ignore", "PIP_USER": "0"}
    if subprocess.run(arguments, cwd=HERE, env=env, check=False, stdin=subprocess.DEVNULL).returncode:
        sys.exit(otherwise)


def say(what: str) -> None:
    """Tell what is being done and since when."""
    print(f"[{time.monotonic() - STARTED:5.1f} s] {what}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
