"""Push subscriptions of staff and patients."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.reach import Device

MOST_DEVICES = 10  # per person; reliability.md


class DeviceLine(Struct, frozen=True):
    """A device as its owner sees it."""

    id: UUID
    label: str
    created_at: datetime
    last_receipt_at: datetime | None


class KeyUse(Struct, frozen=True):
    """The devices that subscribed with one VAPID key: how many, since when the oldest, how many were not heard of for long."""

    server_key: str
    devices: int
    oldest_at: datetime
    unheard: int


DEVICES = """
select id, endpoint, p256dh, auth, server_key from push_device
where establishment_id = $1 and person_id = $2 and dropped_at is null order by last_receipt_at desc nulls last, created_at desc
"""

LIST_DEVICES = """
select id, label, created_at, last_receipt_at from push_device
where establishment_id = $1 and person_id = $2 and dropped_at is null order by created_at
"""

# The same browser subscribing again keeps its row. The same subscription told again keeps the key it was made with: it is bound to it for
# ever, whatever the house's key is now.
ADD_DEVICE = """
insert into push_device (establishment_id, id, person_id, endpoint, p256dh, auth, label, server_key, created_at)
select $1, $2, $3, $4, $5, $6, $7, $8, app_now()
where (select count(*) from push_device where establishment_id = $1 and person_id = $3 and dropped_at is null and endpoint <> $4) < 10
on conflict (establishment_id, person_id, endpoint) do update
set p256dh = excluded.p256dh, auth = excluded.auth, label = excluded.label, dropped_at = null,
    server_key = case when push_device.p256dh = excluded.p256dh and push_device.auth = excluded.auth then push_device.server_key
                      else excluded.server_key end
returning id
"""

DROP_DEVICE = """
update push_device set dropped_at = app_now()
where establishment_id = $1 and person_id = $2 and id = $3 and dropped_at is null returning id
"""

DROP_ALL_DEVICES = (
    "update push_device set dropped_at = app_now() where establishment_id = $1 and dropped_at is null returning id"
)

# Over all establishments, as the worker, who alone sees them all. A device is heard of when it subscribes and when it shows something.
BY_KEY = """
select server_key, count(*)::int, min(created_at),
       (count(*) filter (where coalesce(last_receipt_at, created_at) < app_now() - $1::interval))::int
from push_device where dropped_at is null and server_key is not null group by server_key
"""

RECEIPTED = """
update push_device set last_receipt_at = app_now() where establishment_id = $1 and person_id = $2 and dropped_at is null
"""


async def of_person(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID) -> list[Device]:
    """Where to send, most recently heard of first."""
    return [Device(*row) for row in await con.fetch(DEVICES, establishment_id, person_id)]


async def lines(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID) -> list[DeviceLine]:
    """The person's own list."""
    return [DeviceLine(*row) for row in await con.fetch(LIST_DEVICES, establishment_id, person_id)]


async def add(
    con: asyncpg.Connection, establishment_id: UUID, person_id: UUID, device: Device, label: str
) -> UUID | None:
    """Keep a subscription; its id, or None when ten are there already."""
    args = establishment_id, device.id, person_id, device.endpoint, device.p256dh, device.auth, label, device.server_key
    return await con.fetchval(ADD_DEVICE, *args)


async def drop(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID, device_id: UUID) -> bool:
    """Forget one; False if it is not this person's."""
    return await con.fetchval(DROP_DEVICE, establishment_id, person_id, device_id) is not None


async def drop_all(con: asyncpg.Connection, establishment_id: UUID) -> int:
    """Forget every device of an establishment (test profile)."""
    return len(await con.fetch(DROP_ALL_DEVICES, establishment_id))


async def by_key(con: asyncpg.Connection, unheard_for: timedelta) -> list[KeyUse]:
    """Which VAPID keys devices are bound to. The worker only."""
    return [KeyUse(*row) for row in await con.fetch(BY_KEY, unheard_for)]


async def receipted(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID) -> None:
    """A receipt has come from this person."""
    await con.execute(RECEIPTED, establishment_id, person_id)
