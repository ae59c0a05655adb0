"""Everything that is set from outside, read once. Only main and cli import this."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct, json

from app.delivery.email import SmtpError, SmtpServer, read_smtp
from app.delivery.phone import AdaptorError, load_adaptor
from app.domain.endpoints import check_extra_origin
from app.scoring import shipped

Profile = Literal["production", "demo", "test"]
PROFILES: tuple[Profile, ...] = ("production", "demo", "test")
HERE = Path(__file__).resolve().parent


class Settings(Struct, frozen=True, kw_only=True):
    """One process's configuration; see the table in README.md."""

    profile: Profile
    database_url: str | None
    data: Path
    host: str
    port: int
    internal_port: int
    origin: str
    rules: Path
    risk_card: Path
    migrations: Path
    web: Path
    master_keys: dict[str, bytes]
    vapid_private_key: str
    vapid_contact: str
    vapid_old_keys: tuple[str, ...]
    smtp: SmtpServer | None
    sms_adaptor: str
    voice_adaptor: str
    heartbeat_url: str
    heartbeat_hosts: frozenset[str]
    canary: bool
    push_extra_origins: frozenset[str]
    trusted_proxies: str
    log: str
    demo_links: bool


class SettingsRefused(Exception):
    """The configuration cannot be used; the message lists every problem and what to do about each."""

    def __init__(self, problems: list[str]):
        super().__init__("The configuration cannot be used:\n" + "\n".join(f"  - {p}" for p in problems))
        self.problems = problems


def folder(name: str) -> Path:
    """`rules` or `migrations`: beside app/ in a checkout, inside the package when installed."""
    beside = HERE.parent / name
    return beside if beside.is_dir() else HERE / "_data" / name


def read(
    env: Mapping[str, str] = os.environ,
    *,
    profile: Profile | None = None,
    data: Path | None = None,
    port: int | None = None,
) -> Settings:
    """Settings from the environment; arguments given on the command line win. Raises SettingsRefused with all problems at once."""
    problems: list[str] = []
    given = profile or env.get("VIGIE_PROFILE", "production")
    chosen: Profile = next((p for p in PROFILES if p == given), "production")
    if given != chosen:
        problems.append(f"VIGIE_PROFILE is {given!r}: use one of {', '.join(PROFILES)}")
    where = data or Path(env["VIGIE_DATA"]) if data or env.get("VIGIE_DATA") else _default_data(chosen)
    http = _port(
        env if port is None else {"--port": str(port)}, "VIGIE_PORT" if port is None else "--port", 8000, problems
    )
    internal = _port(env, "VIGIE_INTERNAL_PORT", http + 1, problems)
    local = chosen != "production"
    keys = _Keys(env, where if local else None)
    extra = frozenset(o.strip() for o in env.get("VIGIE_PUSH_EXTRA_ORIGINS", "").split(",") if o.strip())
    for each in extra:
        try:
            check_extra_origin(each)
        except ValueError as why:
            problems.append(f"VIGIE_PUSH_EXTRA_ORIGINS: {why}")
    log = env.get("VIGIE_LOG", "stderr")
    if log != "stderr" and not Path(log).absolute().parent.is_dir():
        problems.append(f"VIGIE_LOG: there is no folder {Path(log).absolute().parent}; make it, or write stderr")
    links = env.get("VIGIE_DEMO_LINKS", "1" if chosen == "demo" else "0") == "1"
    if chosen == "production" and extra:
        problems.append(
            "VIGIE_PUSH_EXTRA_ORIGINS is for demo and test only: remove it (pushes go to the known push services)"
        )
    if chosen == "production" and links:
        problems.append(
            "VIGIE_DEMO_LINKS=1 is for the demo profile only: remove it (it would let anybody with the list sign in)"
        )
    smtp = _smtp(env, problems, local=local)
    adaptors = {
        name: _adaptor(env, name, problems, local=local) for name in ("VIGIE_SMS_ADAPTOR", "VIGIE_VOICE_ADAPTOR")
    }
    heartbeat, hosts = _heartbeat(env, problems, local=local)
    canary = env.get("VIGIE_CANARY", "1" if chosen == "demo" else "0") == "1"
    if chosen == "production" and canary:
        problems.append("VIGIE_CANARY=1 is for demo and test only: remove it (it would keep an invented patient)")
    if canary:
        extra |= {f"http://127.0.0.1:{internal}"}  # the canary's device is on the internal listener
    origin = env.get("VIGIE_ORIGIN", f"http://localhost:{http}" if local else "")
    if chosen == "production" and not origin.startswith("https://"):
        problems.append(
            "VIGIE_ORIGIN must be the public https address of this site, for example https://vigie.example.org"
        )
    settings = Settings(
        profile=chosen,
        database_url=env.get("VIGIE_DATABASE_URL") or None,
        data=where,
        host=env.get("VIGIE_HOST", "127.0.0.1"),
        port=http,
        internal_port=internal,
        origin=origin.rstrip("/"),
        rules=Path(env.get("VIGIE_RULES") or folder("rules")),
        risk_card=Path(env.get("VIGIE_RISK_CARD") or HERE / "scoring" / "cards" / shipped.CARD),
        migrations=folder("migrations"),
        web=HERE / "web" / "dist",
        master_keys=keys.master(problems),
        vapid_private_key=keys.vapid(problems),
        vapid_contact=env.get("VIGIE_VAPID_CONTACT", "mailto:demo@example.org" if local else ""),
        vapid_old_keys=keys.old_vapid(problems),
        smtp=smtp,
        sms_adaptor=adaptors["VIGIE_SMS_ADAPTOR"],
        voice_adaptor=adaptors["VIGIE_VOICE_ADAPTOR"],
        heartbeat_url=heartbeat,
        heartbeat_hosts=hosts,
        canary=canary,
        push_extra_origins=extra,
        trusted_proxies=env.get("VIGIE_TRUSTED_PROXIES", ""),
        log=log,
        demo_links=links,
    )
    if chosen == "production" and not settings.vapid_contact.startswith(("mailto:", "https://")):
        problems.append("VIGIE_VAPID_CONTACT must be a mailto: or https: address where push services can reach you")
    if problems:
        raise SettingsRefused(problems)
    return settings


class _Keys:
    """Keys come from the environment; demo and test make their own once, in a file beside their data that only its owner reads."""

    def __init__(self, env: Mapping[str, str], home: Path | None) -> None:
        self.env, self.home = env, home
        self._made: dict[str, str] | None = None

    def master(self, problems: list[str]) -> dict[str, bytes]:
        """`VIGIE_MASTER_KEYS` is `id:base64,id:base64`, the first one wraps, the others still unwrap."""
        text = self.env.get("VIGIE_MASTER_KEYS") or self._own("master")
        keys: dict[str, bytes] = {}
        for part in filter(None, (p.strip() for p in text.split(","))):
            name, _, value = part.partition(":")
            try:
                keys[name] = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                keys[name] = b""
            if len(keys[name]) != 32:
                problems.append(
                    f"VIGIE_MASTER_KEYS: key {name!r} is not 32 bytes in base64; make one with `vigie keys`"
                )
        if not keys:
            problems.append(
                "VIGIE_MASTER_KEYS is missing; make one with `vigie keys` and keep a copy away from the database"
            )
        return keys

    def vapid(self, problems: list[str]) -> str:
        """The private key that signs web pushes, base64url of 32 bytes."""
        key = self.env.get("VIGIE_VAPID_PRIVATE_KEY") or self._own("vapid")
        if not key:
            problems.append(
                "VIGIE_VAPID_PRIVATE_KEY is missing; make one with `vigie keys` (devices subscribe to it: keep it)"
            )
        return key

    def old_vapid(self, problems: list[str]) -> tuple[str, ...]:
        """`VIGIE_VAPID_OLD_KEYS`: private keys of before, for the devices that have not subscribed again."""
        from app.delivery.vapid import VapidError, public_key

        old = tuple(filter(None, (k.strip() for k in self.env.get("VIGIE_VAPID_OLD_KEYS", "").split(","))))
        for key in old:
            try:
                public_key(key)
            except VapidError:
                problems.append(
                    "VIGIE_VAPID_OLD_KEYS: one of them is no VAPID private key; write those of before, with commas"
                )
        return old

    def _own(self, name: str) -> str:
        if self.home is None:
            return ""
        if self._made is None:
            self._made = self._read_or_make(self.home)
        return self._made.get(name, "")

    @staticmethod
    def _read_or_make(home: Path) -> dict[str, str]:
        path = home / "keys.json"
        if not path.exists():
            home.mkdir(parents=True, exist_ok=True)
            fresh = {"master": f"own:{base64.b64encode(secrets.token_bytes(32)).decode()}", "vapid": _new_vapid()}
            draft = home / f".keys-{secrets.token_hex(4)}"
            draft.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
            draft.write_bytes(json.encode(fresh))
            try:
                os.link(draft, path)  # of two processes that start together, one key file wins
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return json.decode(path.read_bytes(), type=dict[str, str])


def _smtp(env: Mapping[str, str], problems: list[str], *, local: bool) -> SmtpServer | None:
    url, ca = env.get("VIGIE_SMTP_URL", ""), env.get("VIGIE_SMTP_CA") or None
    if not url:
        return None
    if ca and not Path(ca).is_file():
        problems.append(f"VIGIE_SMTP_CA: there is no file {ca}")
        return None
    try:
        return read_smtp(url, env.get("VIGIE_MAIL_FROM", ""), ca, local=local)
    except SmtpError as why:
        problems.append(str(why))
        return None


def _adaptor(env: Mapping[str, str], name: str, problems: list[str], *, local: bool) -> str:
    setting = env.get(name, "")
    if setting:
        try:
            load_adaptor(setting, local=local)
        except AdaptorError as why:
            problems.append(f"{name}: {why}")
    return setting


def _heartbeat(env: Mapping[str, str], problems: list[str], *, local: bool) -> tuple[str, frozenset[str]]:
    """Where a watcher outside hears that the sweeps are alive: https, on a host that is named a second time on purpose."""
    url = env.get("VIGIE_HEARTBEAT_URL", "")
    hosts = frozenset(h.strip().casefold() for h in env.get("VIGIE_HEARTBEAT_HOSTS", "").split(",") if h.strip())
    if not url:
        return "", hosts
    parts = urlsplit(url)
    loopback = local and parts.hostname in ("127.0.0.1", "localhost") and parts.scheme == "http"
    if not loopback:
        if parts.scheme != "https" or parts.username or parts.fragment or not parts.hostname:
            problems.append(
                "VIGIE_HEARTBEAT_URL must be a plain https address, for example https://watch.example.org/ping/vigie"
            )
        elif parts.hostname not in hosts:
            problems.append(
                f"VIGIE_HEARTBEAT_HOSTS must name {parts.hostname}: Vigie calls no host that is not on a list"
            )
    return url, hosts


def new_keys() -> dict[str, str]:
    """Fresh values for the two key variables."""
    master = base64.b64encode(secrets.token_bytes(32)).decode()
    return {"VIGIE_MASTER_KEYS": f"k{secrets.token_hex(3)}:{master}", "VIGIE_VAPID_PRIVATE_KEY": _new_vapid()}


def _new_vapid() -> str:
    from app.delivery.vapid import make_vapid_keys

    return make_vapid_keys()[0]


def _default_data(profile: Profile) -> Path:
    from app.db.cluster import default_root

    return default_root() / profile


def _port(env: Mapping[str, str], name: str, default: int, problems: list[str]) -> int:
    text = env.get(name, str(default))
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    problems.append(f"{name} is {text!r}: use a port number between 1 and 65535")
    return default
