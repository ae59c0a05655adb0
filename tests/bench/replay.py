"""How many stored reports a second the rules judge again, end to end on the embedded database.

.venv/bin/python -m tests.bench.replay [--patients 400] [--reports 50]
"""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import uvloop
from msgspec import json
from uuid_utils.compat import uuid7

from app.db.cluster import throwaway
from app.db.door import connect_pool
from app.db.migrate import migrate
from app.domain.cases import VignetteFile
from app.domain.yamls import load
from app.services import rulebooks, seed
from app.services.replays import replay
from app.services.vault import Vault
from tests.bench.reports import PATIENTS, ROOT

YEAR = timedelta(days=360)

REPORTS = """
with r as (
    insert into report (establishment_id, patient_id, id, course_id, received_at, told_at, author_kind, author_id, content, content_sha256,
                        cycle, day_of_cycle)
    select $1, p, i, (select id from course c where c.establishment_id = $1 and c.patient_id = p), t, t, 'patient', p, b::jsonb,
           sha256(b::bytea), 2, 9
    from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[]) x (p, i, t, b) returning id, patient_id)
insert into verdict (establishment_id, patient_id, report_id, id, level, emergency, recipient, hold, reasons, detail, rulebook, judged_at)
select $1, patient_id, id, gen_random_uuid(), 'green', false, 'none', false, '{}', '{}', 'bench', app_now() from r
"""


async def main(patients: int, each: int) -> None:
    """Fill a throw-away database with vignettes over a year, and judge all of it again."""
    rulebook = rulebooks.read(ROOT / "rules")
    file = load("vignettes.yaml", (ROOT / "rules" / "vignettes.yaml").read_bytes(), VignetteFile, [])
    contents = [
        json.encode({"answers": v.answers, "measurements": v.measurements}).decode()
        for v in (file.vignettes if file else ())
    ]
    with throwaway(shared_buffers="256MB") as cluster:
        where = cluster.connect_args()
        await migrate(where, ROOT / "migrations", lambda _: None)
        owner, pool = await connect_pool(where, "vigie_owner", size=2), await connect_pool(where, "vigie_app", size=2)
        master = {"bench": bytes(32)}
        seeded = await seed.seed(owner, pool, Vault(master), master, rulebook)
        here = seeded.establishments[0].id
        people = [uuid7() for _ in range(patients)]
        con = await asyncpg.connect(**where, server_settings={"role": "vigie_owner"})
        await con.execute(f"set app.establishment = '{here}'")
        await con.execute(PATIENTS, here, people, [p.bytes for p in people])
        now = datetime.now(UTC)
        for n in range(each):
            at = now - YEAR + n * YEAR / each
            bodies = [contents[(n * 7 + i) % len(contents)] for i in range(patients)]
            ids: list[UUID] = [uuid7() for _ in people]
            await con.execute(REPORTS, here, people, ids, [at] * patients, bodies)
        await con.execute("analyze")
        await con.close()
        started = time.perf_counter()
        found = await replay(owner, rulebook, (now - YEAR).date())
        took = time.perf_counter() - started
        print(f"{found.reports} reports in {took:.1f} s: {found.reports / took:.0f} a second")
        await pool.close()
        await owner.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=400)
    parser.add_argument("--reports", type=int, default=50)
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(arguments.patients, arguments.reports))
