"""The keys that open names are lost: nobody can be named, and alerting goes on (reliability.md, Keys)."""

from __future__ import annotations

from app.config import new_keys
from app.db.cluster import Cluster
from tests.stories.cast import BAD_DIARRHOEA
from tests.world import Seed, World


async def test_without_the_right_master_key_reports_still_come_in_and_people_are_called(
    cluster: Cluster, seeded: Seed
) -> None:
    async with World.of(cluster, seeded) as world:
        nurse = await world.sign_in("level2")
        phone = await nurse.add_phone()
        patient = await world.new_patient()
        await world.serve.kill()
        world.serve.env = {**world.serve.env, "VIGIE_MASTER_KEYS": new_keys()["VIGIE_MASTER_KEYS"]}
        world.serve.start()
        await world.live()
        assert (await patient.report(BAD_DIARRHOEA)).ok(201)["level"] == "red"
        await phone.receipt(await phone.next())
        assert await world.value("select count(*) from notification where state = 'received'") == 1
        unnamed = await nurse.get("/api/worklist")
        assert (unnamed.status, unnamed.code) == (500, "seal_broken")
        assert "Alerts still run" in unnamed.json["detail"]
