"""The rulebook, to be read by whoever works with it."""

from __future__ import annotations

from litestar import get

from app.http import door
from app.http.door import AnyRequest, asking, house_of
from app.services.rulebook_pages import RulesPage, rules_page


@get("/rules", guards=[door.staff], operation_id="readRules")
async def get_rules(request: AnyRequest) -> RulesPage:
    """Every symptom, regimen and rule in words, with source and review date; versions in use; the last replay."""
    async with asking(request) as ask:
        return await rules_page(ask.con, house_of(request).rulebook, ask.now)


HANDLERS = [get_rules]
