"""The embedded PostgreSQL: made once in a data folder, shared by all who name the folder, stopped by the last.

The server is nobody's child for long: it lives in its own session, so a killed application loses nothing and the next
process attaches. Every account has a random password (SCRAM), and only the unix socket is open.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg

from app.db.programs import ClusterError, Programs

if sys.platform != "win32":
    import fcntl

__all__ = ["Cluster", "ClusterError", "default_root", "throwaway"]

_PROC = Path(os.sep, "proc")
_LONGEST_SOCKET_PATH = 100  # the kernels allow 107 bytes on Linux and 103 on macOS


def default_root() -> Path:
    """Return the data folder used when none is configured: one that the server's account can reach."""
    if os.geteuid() == 0:
        return Path(os.sep, "var", "lib", "vigie")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "vigie"


class Cluster:
    """One PostgreSQL server and its data folder.

    `durable=False` switches fsync off and is for tests: a power cut may then cost data. `port` matters only on the
    TCP fallback, which is taken when the folder's path is too long or too odd for a unix socket.
    """

    def __init__(self, root: Path, *, port: int = 5432, durable: bool = True, shared_buffers: str = "256MB") -> None:
        self.root = Path(root).absolute()
        self.data, self.run_folder = self.root / "data", self.root / "run"
        self.durable, self.shared_buffers = durable, shared_buffers
        self.programs = Programs(self.root)
        path = str(self._socket(port))
        self.tcp = len(path) > _LONGEST_SOCKET_PATH or not re.fullmatch(r"[A-Za-z0-9_./-]+", path)
        self._wanted_port = port
        self._server: subprocess.Popen[bytes] | None = None

    # -- life cycle

    def start(self, timeout: float = 120.0) -> Cluster:
        """Make the cluster if it does not exist, start the server if it does not run; safe in many processes at once.

        `timeout` is in seconds and covers a crash recovery. Raises ClusterError with what to do.
        """
        with self._locked():
            self.programs.make_reachable()
            self.run_folder.mkdir(exist_ok=True)
            self.programs.own(self.run_folder)
            self.run_folder.chmod(0o700)
            if not (self.data / "PG_VERSION").exists():
                self._create()
            if not self.running():
                self._configure(self.data)
                self._spawn(time.monotonic() + timeout)
        return self

    def running(self) -> bool:
        """Tell whether a live postgres of this data folder (no zombie, no reused pid) accepts connections."""
        lines = self._pid_file()
        if not self._alive(lines):
            return False
        port = int(lines[3])
        with socket.socket(socket.AF_INET if self.tcp else socket.AF_UNIX) as probe:
            return probe.connect_ex(("127.0.0.1", port) if self.tcp else str(self._socket(port))) == 0

    def stop(self, timeout: float = 60.0) -> None:
        """Stop the server (PostgreSQL's fast shutdown), whoever started it; `timeout` is in seconds."""
        with self._locked():
            self._stop(timeout)

    def leave(self) -> bool:
        """Stop the server unless somebody else is connected; True when it was stopped. Close your own pools first."""
        with self._locked():
            if not self.running() or self.others_connected():
                return False
            self._stop(60.0)
            return True

    def others_connected(self) -> int:
        """Count the connections of clients, this question's own left out. Close your own pools first."""
        question = (
            "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        return int(self.programs.ask("psql", "-XAtqc", question, connect=self.superuser_args()))

    # -- ways in

    def connect_args(self, database: str = "vigie") -> dict[str, Any]:
        """Return what `asyncpg.connect` needs to come in as the login role `vigie`, which is no superuser."""
        return self._args("vigie", database)

    def superuser_args(self, database: str = "postgres") -> dict[str, Any]:
        """Return the same for the superuser: for maintenance and tests, never for the application."""
        return self._args("postgres", database)

    def dsn(self, database: str = "vigie") -> str:
        """Return the same as `connect_args`, as one URL."""
        args = self.connect_args(database)
        login = f"postgresql://{args['user']}:{args['password']}@"
        if self.tcp:
            return f"{login}{args['host']}:{args['port']}/{database}?sslmode=disable"
        return f"{login}/{database}?host={args['host']}&port={args['port']}"

    async def create_database_from(self, template: str, name: str | None = None) -> str:
        """Copy a database and return the copy's name; nobody may be connected to the template.

        The file_copy strategy takes a fifth of the default's time on a small schema: that is what tests want.
        """
        name = name or f"copy_{secrets.token_hex(6)}"
        connection = await asyncpg.connect(**self.superuser_args())
        try:
            await connection.execute(f'create database "{name}" owner vigie template "{template}" strategy file_copy')
        finally:
            await connection.close()
        return name

    async def drop_database(self, name: str) -> None:
        """Drop a database made by `create_database_from`, throwing out whoever is still connected."""
        connection = await asyncpg.connect(**self.superuser_args())
        try:
            await connection.execute(f'drop database if exists "{name}" with (force)')
        finally:
            await connection.close()

    # -- inside

    def _args(self, user: str, database: str) -> dict[str, Any]:
        lines = self._pid_file()
        port = int(lines[3]) if len(lines) > 3 else self._wanted_port
        args = {"port": port, "user": user, "password": self._password(user), "database": database}
        return {**args, "host": "127.0.0.1", "ssl": False} if self.tcp else {**args, "host": str(self.run_folder)}

    def _password(self, user: str) -> str:
        try:
            return (self.root / f"password.{user}").read_text()
        except OSError as missing:
            raise ClusterError(
                f"The password in {self.root / f'password.{user}'} cannot be read. Put the file back, or use the "
                "account that made this data folder."
            ) from missing

    def _socket(self, port: int) -> Path:
        return self.run_folder / f".s.PGSQL.{port}"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time makes, starts or stops the server; the kernel frees the lock of a killed one."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = open(self.root / ".lock", "a+")  # noqa: SIM115 (closed by the `with` below)
        except PermissionError as refused:
            raise ClusterError(
                f"{self.root} belongs to another account. Choose another data folder or use that account."
            ) from refused
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _create(self) -> None:
        """Make folder, login role and database aside, then rename: a killed first start leaves nothing half made."""
        half = self.root / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self.programs.own(half)
        for user in ("postgres", "vigie"):
            with contextlib.suppress(FileExistsError):
                secret = os.open(self.root / f"password.{user}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(secret, "w") as file:
                    file.write(secrets.token_urlsafe(24))
        handed = self.root / "password.handed"  # initdb runs as the server's account, which may not read our files
        handed.touch(0o600)
        handed.write_text(self._password("postgres"))
        self.programs.own(handed)
        try:
            # The builtin locale sorts alike on every machine, needs no ICU, and still folds É to é.
            self.programs.run(
                "initdb", "-D", half, "-U", "postgres", "-E", "UTF8", "-A", "scram-sha-256", "--pwfile", handed,
                "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            handed.unlink()
        with open(half / "postgresql.conf", "a") as conf:
            conf.write("\ninclude = 'vigie.conf'\n")
        self._configure(half)
        # CREATEROLE lets migrations make the roles that own and use the tables. Since PostgreSQL 16 it gives no way to
        # more rights than the login has itself. NOINHERIT: a connection has the rights of the role it has asked for.
        statements = (
            "create role vigie login nosuperuser createrole nocreatedb noreplication nobypassrls noinherit"
            f" password '{self._password('vigie')}';\n"
            "create database vigie owner vigie;\n"
            "revoke connect, temporary on database postgres from public;\n"
        )
        self.programs.run("postgres", "--single", "-D", half, "-c", "exit_on_error=on", "postgres", typed=statements)
        half.rename(self.data)

    def _configure(self, folder: Path) -> None:
        switch = "on" if self.durable else "off"
        if self.tcp:
            self._wanted_port = self._free_port()
        settings = {
            "listen_addresses": "127.0.0.1" if self.tcp else "",
            "unix_socket_directories": "" if self.tcp else str(self.run_folder),
            "unix_socket_permissions": "0700",
            "port": str(self._wanted_port),
            "max_connections": "120",
            "shared_buffers": self.shared_buffers,
            "max_wal_size": "2GB",
            "wal_compression": "pglz",
            "fsync": switch,
            "synchronous_commit": switch,
            "full_page_writes": switch,
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "on",
            "log_filename": "postgresql-%a.log",
            "log_truncate_on_rotation": "on",
            "log_rotation_age": "1d",
            "log_error_verbosity": "terse",  # the detail of a refused row quotes it, and logs carry no patient data
            "log_min_error_statement": "panic",
        }
        conf = folder / "vigie.conf"
        conf.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
        self.programs.own(conf)

    def _free_port(self) -> int:
        """Keep the port of the last time while nobody else has taken it."""
        remembered = self.root / "port"
        wanted = int(remembered.read_text()) if remembered.exists() else self._wanted_port
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        remembered.write_text(str(port))
        return port

    def _spawn(self, deadline: float) -> None:
        self._refuse_other_major()
        while True:  # backends of a killed server hold the shared memory for a moment: try again
            self._server = self.programs.spawn("postgres", "-D", self.data)
            while self._server.poll() is None:
                if self.running():
                    return
                if time.monotonic() > deadline:
                    raise ClusterError(f"PostgreSQL did not become ready in time. See {self.root / 'startup.log'}.")
                time.sleep(0.02)
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL does not start. See {self.root / 'startup.log'}.")
            time.sleep(0.1)

    def _refuse_other_major(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = subprocess.run(
            [self.programs.folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[2]
        if made_by != ours.split(".")[0]:
            raise ClusterError(
                f"{self.data} was made by PostgreSQL {made_by}, this release brings {ours}. Start the release that "
                "made it, save with pg_dump, then load into an empty data folder."
            )

    def _stop(self, timeout: float) -> None:
        if not self.running():
            return
        os.kill(int(self._pid_file()[0]), signal.SIGINT)
        end = time.monotonic() + timeout
        while (self.data / "postmaster.pid").exists():
            if self._server:
                self._server.poll()
            if time.monotonic() > end:
                raise ClusterError(f"PostgreSQL did not stop in {timeout:.0f} s. See {self.data / 'log'}.")
            time.sleep(0.02)
        if self._server:
            self._server.wait(timeout)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return []

    def _alive(self, pid_file: list[str]) -> bool:
        if len(pid_file) < 8 or pid_file[7].strip() != "ready":
            return False
        pid = int(pid_file[0])
        if self._server and self._server.pid == pid:
            return self._server.poll() is None
        try:
            os.kill(pid, 0)
            if _PROC.exists():
                stat = (_PROC / str(pid) / "stat").read_text()
                return "(postgres)" in stat and stat.rpartition(")")[2].split()[0] != "Z"
        except PermissionError:
            return True
        except OSError:
            return False
        return True


@contextlib.contextmanager
def throwaway(*, durable: bool = False, shared_buffers: str = "64MB") -> Iterator[Cluster]:
    """Lend a server in a temporary folder and remove both at the end; what a killed run left behind goes first."""
    place = Path(tempfile.gettempdir())
    for left in place.glob("vigie-throwaway-*"):
        _remove_if_abandoned(left)
    born = Path(tempfile.mkdtemp(prefix="vigie-born-", dir=place))
    born.chmod(0o755)  # the server's account must pass; what is secret inside has its own 0600
    with open(born / ".in-use", "w") as in_use:
        fcntl.flock(in_use, fcntl.LOCK_EX)
        root = born.rename(place / born.name.replace("born", "throwaway"))  # only now can others find it, in use
        cluster = Cluster(root, durable=durable, shared_buffers=shared_buffers)
        try:
            yield cluster.start()
        finally:
            cluster.stop()
            shutil.rmtree(root, ignore_errors=True)


def _remove_if_abandoned(root: Path) -> None:
    """The kernel frees the lock of a killed process: a folder whose lock can be had belongs to nobody."""
    with contextlib.suppress(OSError, ClusterError), open(root / ".in-use") as in_use:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        Cluster(root).stop()
        shutil.rmtree(root, ignore_errors=True)
