"""The lock files against pyproject.toml: `python -m tests.house.locks` says what differs, `… write` updates them."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-build.lock": ["--group", "build"],
    "requirements-model.lock": ["pyproject.toml", "--extra", "model"],
    "requirements-test.lock": ["pyproject.toml", "--extra", "model", "--group", "test"],
}
COMPILE = [
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-annotate", "--no-header", "--no-emit-index-url"),  # so that no host of any registry gets into the file
]


class LockError(RuntimeError):
    """The lock files could not be judged; the message says why."""


def compiled(lock: str, project: Path = ROOT) -> str:
    """Return the lock file as pyproject.toml asks for it, keeping every committed pin that still fits.

    A release that somebody published since changes nothing: uv prefers the versions it finds in the file it writes to.
    Raises LockError when uv finds no solution or no index.
    """
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        raise LockError("uv is not installed. Run: python3 -m app test")
    with tempfile.TemporaryDirectory(prefix="vigie-locks-") as folder:
        output = Path(folder, lock)
        if (project / lock).exists():
            shutil.copy(project / lock, output)
        done = subprocess.run(
            [uv, *COMPILE, *LOCKS[lock], "--output-file", str(output)],
            cwd=project,
            env={**_pip_settings(), **os.environ},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LockError(
                f"{lock} cannot be compared with pyproject.toml: it needs a package index that answers, and versions "
                f"that fit each other. uv says: {done.stderr.strip()}"
            )
        return output.read_text("utf-8")


def difference(lock: str, project: Path = ROOT) -> str:
    """Return what would change in the file, as a diff; empty when it is what pyproject.toml asks for."""
    committed = (project / lock).read_text("utf-8") if (project / lock).exists() else ""
    fresh = compiled(lock, project)
    return "".join(
        difflib.unified_diff(committed.splitlines(True), fresh.splitlines(True), lock, "pyproject.toml asks", n=0)
    )


def _pip_settings() -> dict[str, str]:
    """Tell uv, which ignores pip's configuration, where this machine's pip looks for packages."""
    names = {"global.index-url": "UV_DEFAULT_INDEX", "global.cert": "SSL_CERT_FILE"}
    settings = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_CERT": "SSL_CERT_FILE"}
    found = {theirs: os.environ[ours] for ours, theirs in settings.items() if os.environ.get(ours)}
    outer = getattr(sys, "_base_executable", sys.executable)
    for ours, theirs in names.items():
        asked = subprocess.run([outer, "-m", "pip", "config", "get", ours], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.strip():
            found.setdefault(theirs, asked.stdout.strip())
    return found


def main(arguments: list[str]) -> int:
    """Say what differs, or write it."""
    differs = 0
    for lock in LOCKS:
        if arguments == ["write"]:
            (ROOT / lock).write_text(compiled(lock), "utf-8")
        elif text := difference(lock):
            print(text)
            differs = 1
    return differs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
