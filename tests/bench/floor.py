"""The floor's server: one durable statement behind a bare litestar handler. Started by tests.bench.reports."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from litestar import Litestar, Request, put
from litestar.datastructures import State

from tests.bench.reports import FLOOR


@put("/reports/{report_id:uuid}", status_code=201)
async def put_report(report_id: UUID, request: Request, state: State) -> dict[str, str]:
    """Keep it and say so."""
    content = await request.body()
    async with state.pool.acquire() as con:
        await con.execute(FLOOR, report_id, uuid4(), content.decode())
    return {"id": str(report_id), "level": "orange"}


@asynccontextmanager
async def pool(app: Litestar) -> AsyncIterator[None]:
    """As many connections as Vigie has."""
    where = {"dsn": os.environ["VIGIE_DATABASE_URL"], "server_settings": {"role": "vigie_owner"}}
    app.state.pool = await asyncpg.create_pool(**where, min_size=1, max_size=16)
    yield
    await app.state.pool.close()


if __name__ == "__main__":
    app = Litestar([put_report], lifespan=[pool], openapi_config=None, logging_config=None)
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning")
