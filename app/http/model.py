"""The risk model, for those who evaluate it: its page, its scores, and who lets it speak."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from app.http import door
from app.http.door import AnyRequest, asking, house_of
from app.services import risk_decisions, risk_page, risk_reasons
from app.services.risk_decisions import Decide, ProposeLive, Why
from app.services.risk_page import ModelPage
from app.services.risk_reasons import ScorePage, ScoreWords

Sha = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Approve(Struct, frozen=True, forbid_unknown_fields=True):
    """A name under a proposal. For a synthetic card: that its author knows that it has learned from invented patients."""

    knows_synthetic: bool = False


class Because(Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: Why


class TryBeside(Struct, frozen=True, forbid_unknown_fields=True):
    """A card to score beside the one in force, heard by nobody; null ends it."""

    card_sha256: Sha | None
    reason: Why


@get("/model", guards=[door.evaluators], operation_id="readModel")
async def get_model(request: AnyRequest) -> ModelPage:
    """The card in words, mode and thresholds, what it did or would have done, weekly monitors, decisions."""
    async with asking(request) as ask:
        return await risk_page.model_page(ask.con, house_of(request).models, ask.caller, ask.now)


@get("/model/scores", guards=[door.evaluators], operation_id="listScores")
async def get_scores(
    request: AnyRequest,
    before: Annotated[datetime | None, QueryParameter(name="before")] = None,
    card: Annotated[str | None, QueryParameter(name="card", pattern="^[0-9a-f]{64}$")] = None,
) -> ScorePage:
    """Each score with its contributions in words; no patient is named."""
    house = house_of(request)
    async with asking(request) as ask:
        return await risk_reasons.scores(ask.con, house.models, house.rulebook, ask.caller, before, card)


class AlertRisk(Struct, frozen=True):
    """What the model said where it made the level; null wherever it was not heard."""

    risk: ScoreWords | None


@get("/alerts/{alert_id:uuid}/risk", guards=[door.clinical], operation_id="readAlertRisk")
async def get_alert_risk(alert_id: FromPath[UUID], request: AnyRequest) -> AlertRisk:
    """Why the model raised this alert, in words that add up; nothing while it runs in shadow."""
    house = house_of(request)
    async with asking(request) as ask:
        return AlertRisk(await risk_reasons.of_alert(ask.con, house.models, house.rulebook, ask.caller, alert_id))


@post("/model/proposals", guards=[door.evaluators], operation_id="proposeLive")
async def post_proposal(data: JSONBody[ProposeLive], request: AnyRequest) -> ModelPage:
    """Propose to let the model raise levels within an alert budget; the author's is the first of two names."""
    house = house_of(request)
    async with asking(request) as ask:
        here = ask.caller.establishment_id
        await risk_decisions.propose(ask.con, house.models, here, ask.caller, data, ask.now)
        return await risk_page.model_page(ask.con, house.models, ask.caller, ask.now)


@post(
    "/model/proposals/{proposal_id:uuid}/approve",
    guards=[door.evaluators],
    status_code=200,
    operation_id="approveLive",
)
async def post_approval(proposal_id: FromPath[UUID], data: JSONBody[Approve], request: AnyRequest) -> ModelPage:
    """Put one's name under a proposal; with the second name it is in force."""
    house = house_of(request)
    async with asking(request) as ask:
        await risk_decisions.approve(ask.con, house.models, ask.caller, proposal_id, data.knows_synthetic, ask.now)
        page = await risk_page.model_page(ask.con, house.models, ask.caller, ask.now)
    house.hints.say(request.user.establishment_id)
    return page


@post("/model/mode", guards=[door.deciders], status_code=200, operation_id="setModelMode")
async def post_mode(data: JSONBody[Decide], request: AnyRequest) -> ModelPage:
    """Silence the model, or let it run in shadow: one clinician is enough."""
    house = house_of(request)
    async with asking(request) as ask:
        await risk_decisions.decide(ask.con, house.models, ask.caller, data, ask.now)
        page = await risk_page.model_page(ask.con, house.models, ask.caller, ask.now)
    house.hints.say(request.user.establishment_id)
    return page


@post("/model/challenger", guards=[door.deciders], status_code=200, operation_id="tryCardBeside")
async def post_challenger(data: JSONBody[TryBeside], request: AnyRequest) -> ModelPage:
    """Let another card score beside the one in force, in shadow."""
    house = house_of(request)
    async with asking(request) as ask:
        await risk_decisions.try_beside(ask.con, house.models, ask.caller, data.card_sha256, data.reason, ask.now)
        return await risk_page.model_page(ask.con, house.models, ask.caller, ask.now)


@post("/model/rollback", guards=[door.deciders], status_code=200, operation_id="rollBackModel")
async def post_rollback(data: JSONBody[Because], request: AnyRequest) -> ModelPage:
    """Go back to the decision before: one clinician is enough, and it is never a louder one."""
    house = house_of(request)
    async with asking(request) as ask:
        await risk_decisions.roll_back(ask.con, house.models, ask.caller, data.reason)
        page = await risk_page.model_page(ask.con, house.models, ask.caller, ask.now)
    house.hints.say(request.user.establishment_id)
    return page


@post("/model/unfreeze", guards=[door.deciders], status_code=200, operation_id="unfreezeModel")
async def post_unfreeze(data: JSONBody[Because], request: AnyRequest) -> ModelPage:
    """End a freeze, by name and with a reason."""
    house = house_of(request)
    async with asking(request) as ask:
        await risk_decisions.unfreeze(ask.con, ask.caller, data.reason)
        page = await risk_page.model_page(ask.con, house.models, ask.caller, ask.now)
    house.hints.say(request.user.establishment_id)
    return page


HANDLERS = [
    get_model,
    get_scores,
    get_alert_risk,
    post_proposal,
    post_approval,
    post_mode,
    post_challenger,
    post_rollback,
    post_unfreeze,
]
