"""Push subscriptions, and the receipts that service workers send back."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID, uuid4

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.db import devices, notices, outbox
from app.db.devices import DeviceLine
from app.db.door import establishment_tx
from app.domain.endpoints import check_endpoint
from app.domain.errors import NotFound, TooManyDevices
from app.domain.reach import Device
from app.http import door
from app.http.door import AnyRequest, asking, house_of


class PushKey(Struct, frozen=True):
    """The VAPID public key that browsers subscribe with."""

    key: str


class SubscriptionKeys(Struct, frozen=True, forbid_unknown_fields=True):
    """The browser's public key and secret, base64url."""

    p256dh: Annotated[str, Meta(max_length=200)]
    auth: Annotated[str, Meta(max_length=100)]


class NewDevice(Struct, frozen=True, forbid_unknown_fields=True):
    """A browser's push subscription."""

    endpoint: Annotated[str, Meta(max_length=2048)]
    keys: SubscriptionKeys
    label: Annotated[str, Meta(max_length=200)]


class NewDeviceId(Struct, frozen=True):
    """The id under which the device is kept."""

    id: UUID


class Devices(Struct, frozen=True):
    """The caller's own devices."""

    devices: list[DeviceLine]


class PushReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What the service worker saw happen. The token came inside the encrypted push."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]
    state: Literal["received", "opened"]


@get("/push-key", guards=[door.fully_signed_in], operation_id="readPushKey")
async def get_push_key(request: AnyRequest) -> PushKey:
    """The key to subscribe with."""
    return PushKey(house_of(request).push_key)


@get("/devices", guards=[door.fully_signed_in], operation_id="listDevices")
async def get_devices(request: AnyRequest) -> Devices:
    """The caller's devices."""
    async with asking(request) as ask:
        return Devices(await devices.lines(ask.con, ask.caller.establishment_id, ask.caller.person_id))


@post("/devices", guards=[door.fully_signed_in], operation_id="addDevice")
async def post_device(data: JSONBody[NewDevice], request: AnyRequest) -> NewDeviceId:
    """Keep a subscription. Its endpoint is a URL chosen by whoever sends it: only known push services are taken."""
    house = house_of(request)
    checked = check_endpoint(data.endpoint, data.keys.p256dh, data.keys.auth, house.push_extra_origins, house.push_key)
    async with asking(request) as ask:
        device = Device(uuid4(), checked.endpoint, checked.p256dh, checked.auth, checked.server_key)
        kept = await devices.add(ask.con, ask.caller.establishment_id, ask.caller.person_id, device, data.label)
    if kept is None:
        raise TooManyDevices
    return NewDeviceId(kept)


@delete("/devices/{device_id:uuid}", guards=[door.fully_signed_in], operation_id="dropDevice")
async def delete_device(device_id: FromPath[UUID], request: AnyRequest) -> None:
    """Forget one of the caller's devices."""
    async with asking(request) as ask:
        if not await devices.drop(ask.con, ask.caller.establishment_id, ask.caller.person_id, device_id):
            raise NotFound


@post("/receipts", guards=[door.public], status_code=204, operation_id="postReceipt")
async def post_receipt(data: JSONBody[PushReceipt], request: AnyRequest) -> Response[None]:
    """A service worker says that a notification was shown or opened. The same answer for a token that nobody knows."""
    establishment, _, token = data.token.partition(".")
    house = house_of(request)
    try:
        here = UUID(hex=establishment)
    except ValueError:
        return Response(None, status_code=204)
    async with establishment_tx(house.pool, here) as con:
        heard = await outbox.receipt(con, here, token, data.state)
        noticed = None if heard else await notices.receipt(con, here, token, data.state)
        if noticed:
            await devices.receipted(con, here, noticed.person_id)
    if heard:
        _, person, home = heard
        async with establishment_tx(house.pool, home) as con:  # a partner's devices are at home
            await devices.receipted(con, home, person)
        house.hints.say(here)
    return Response(None, status_code=204)


HANDLERS = [get_push_key, get_devices, post_device, delete_device, post_receipt]
