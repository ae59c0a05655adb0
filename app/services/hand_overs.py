"""The patient has received boxes and says so: kept once, and nothing of what is known is told back.

The credential that only submits is enough, as for doses: it writes and reads nothing.
"""

from __future__ import annotations

from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Author
from app.domain.rulebook import Rulebook
from app.services import courses, supplies
from app.services.intakes import Teller
from app.services.supplies import NewSupply


class HandOverReceipt(Struct, frozen=True):
    """It is kept."""

    id: UUID


async def tell(
    con: asyncpg.Connection, rulebook: Rulebook, who: Teller, box_id: UUID, given: NewSupply
) -> HandOverReceipt:
    """Keep what came. The same id again changes nothing. Raises NoCourse, ContentRefused."""
    known = await courses.current(con, rulebook, who.establishment_id, who.patient_id)
    await supplies.keep(con, who.establishment_id, known, box_id, given, Author(who.kind, who.author_id))
    return HandOverReceipt(box_id)
