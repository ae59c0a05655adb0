"""How professionals are reached: their own contacts and order, and the result of the weekly test for whoever plans the roster."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.domain.errors import ContentRefused, Fault
from app.domain.reach import Channel
from app.http import door
from app.http.door import AnyRequest, asking, house_of
from app.services import reaching
from app.services.reaching import MyReach, Reachability


class ReachPage(Struct, frozen=True):
    """How the caller is reached, and by which channels this house can reach anybody."""

    available: list[str]
    mine: MyReach


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """Channels in the order wanted; what is missing is not used."""

    order: Annotated[list[Channel], Meta(min_length=1, max_length=4, examples=[["web_push", "email"]])]


class NewContact(Struct, frozen=True, forbid_unknown_fields=True):
    """An address or number. It counts once the code that is sent to it was typed."""

    channel: Channel
    address: Annotated[str, Meta(min_length=3, max_length=254, examples=["nom@hopital.example"])]


class NewContactId(Struct, frozen=True):
    """The contact, which waits for its code."""

    id: UUID


class TypedCode(Struct, frozen=True, forbid_unknown_fields=True):
    """The six digits that were sent."""

    code: Annotated[str, Meta(pattern="^[0-9]{6}$", examples=["042137"])]


class ReachabilityPage(Struct, frozen=True):
    """Everybody who may be called, and whether they really can be."""

    staff: list[Reachability]


@get("/me/reach", guards=[door.staff], operation_id="readMyReach")
async def get_my_reach(request: AnyRequest) -> ReachPage:
    """The caller's order of channels, contacts and the last test of each device and contact."""
    async with asking(request) as ask:
        return ReachPage(sorted(house_of(request).channels), await reaching.mine(ask.con, ask.caller, ask.now))


@put("/me/reach", guards=[door.staff], operation_id="chooseMyChannels")
async def put_my_reach(data: JSONBody[Order], request: AnyRequest) -> ReachPage:
    """Be reached in this order."""
    async with asking(request) as ask:
        await reaching.choose(ask.con, ask.caller, data.order)
        return ReachPage(sorted(house_of(request).channels), await reaching.mine(ask.con, ask.caller, ask.now))


@post("/me/contacts", guards=[door.staff], operation_id="addMyContact")
async def post_contact(data: JSONBody[NewContact], request: AnyRequest) -> NewContactId:
    """Keep an address or number and send its code."""
    if data.channel not in house_of(request).channels:
        raise ContentRefused(faults=(Fault("channel", "This house does not send on this channel."),))
    async with asking(request) as ask:
        return NewContactId(await reaching.add_contact(ask.con, ask.caller, data.channel, data.address, ask.now))


@post("/me/contacts/{contact_id:uuid}/code", guards=[door.staff], status_code=204, operation_id="sendMyContactCode")
async def post_contact_code(contact_id: FromPath[UUID], request: AnyRequest) -> None:
    """Send a new code; the older one ends."""
    async with asking(request) as ask:
        await reaching.send_code(ask.con, ask.caller, contact_id, ask.now)


@post("/me/contacts/{contact_id:uuid}/verify", guards=[door.staff], status_code=204, operation_id="verifyMyContact")
async def post_contact_verify(contact_id: FromPath[UUID], data: JSONBody[TypedCode], request: AnyRequest) -> None:
    """Prove that the contact is the caller's."""
    async with asking(request) as ask:
        right = await reaching.verify(ask.con, ask.caller, contact_id, data.code, ask.now)
    if not right:
        raise reaching.refuse_code()  # outside: the try stays counted


@delete("/me/contacts/{contact_id:uuid}", guards=[door.staff], operation_id="removeMyContact")
async def delete_contact(contact_id: FromPath[UUID], request: AnyRequest) -> None:
    """Forget one of the caller's contacts."""
    async with asking(request) as ask:
        await reaching.remove_contact(ask.con, ask.caller, contact_id)


@post("/me/reach/{target_id:uuid}/test", guards=[door.staff], status_code=204, operation_id="testMyReach")
async def post_test(target_id: FromPath[UUID], request: AnyRequest) -> None:
    """Send a test to one of the caller's devices or contacts now; a tap on it is the proof."""
    async with asking(request) as ask:
        await reaching.test_now(ask.con, ask.caller, target_id, ask.now)


@get("/reachability", guards=[door.watchers], operation_id="listReachability")
async def get_reachability(request: AnyRequest) -> ReachabilityPage:
    """Who of those who may be called answered this week's test."""
    async with asking(request) as ask:
        return ReachabilityPage(await reaching.everybody(ask.con, ask.caller.establishment_id, ask.now))


HANDLERS = [
    get_my_reach,
    put_my_reach,
    post_contact,
    post_contact_code,
    post_contact_verify,
    delete_contact,
    post_test,
    get_reachability,
]
