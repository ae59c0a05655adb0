"""What holds for a patient beside their chart: hours, policy, mutes, and agreements under which a partner may be called."""

from __future__ import annotations

from datetime import time
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.domain.mutes import Mute

# What holds for a patient beside their chart: opening hours and policy that the establishment has chosen, what is muted, and under
# which agreements a partner may be called. `p` is the patient's row, `t.at` the time.
_STANDING_JSON = """
json_build_object(
    'zone', est.timezone,
    'hours', case when st.opens is not null then
        json_build_object('weekdays', st.weekdays, 'opens', to_char(st.opens, 'HH24:MI:SS'),
                          'closes', to_char(st.closes, 'HH24:MI:SS')) end,
    'policy', coalesce(st.policy, 'standard'),
    'mutes', coalesce((select json_agg(json_build_object('id', m.id, 'symptom', m.symptom, 'level', m.level, 'grade', m.grade,
                                                         'rules', m.rules, 'until_at', m.until_at))
                       from mute m where m.establishment_id = p.establishment_id and m.patient_id = p.id and m.ended_at is null
                         and m.until_at > t.at), '[]'),
    'agreements', coalesce((select json_agg(json_build_object('id', g.id, 'regimen_levels', g.regimen_levels, 'regimens', g.regimens))
                            from agreement g where g.establishment_id = p.establishment_id and g.side = 'covered'
                              and g.signed_at is not null and g.partner_signed_at is not null and g.ended_at is null
                              and g.until_on >= t.at::date - 2), '[]')) as standing
"""
_STANDING_JOINS = """
join establishment est on est.id = p.establishment_id
left join lateral (select * from establishment_setting s where s.establishment_id = p.establishment_id
                   and s.from_on <= (t.at at time zone est.timezone)::date
                   order by s.from_on desc, s.made_at desc limit 1) st on true
"""

# For one patient, without touching their episode.
STANDING = f"""
select {_STANDING_JSON}
from (select app_now() as at) t
join patient p on p.establishment_id = $1 and p.id = $2
{_STANDING_JOINS}
"""  # noqa: S608 - constants only

# What other statements take of these parts.
PARTS = {"standing": _STANDING_JSON, "standing_joins": _STANDING_JOINS}


class Hours(Struct, frozen=True):
    """Opening hours that an establishment has chosen; 0 is Monday, times of day are local."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time


class Covering(Struct, frozen=True):
    """An agreement under which a partner may be called, and for which treatments (None: whatever)."""

    id: UUID
    regimen_levels: tuple[int, ...] | None
    regimens: tuple[str, ...] | None


class Standing(Struct, frozen=True):
    """What holds for a patient beside their chart."""

    zone: str
    hours: Hours | None
    policy: str
    mutes: tuple[Mute, ...]
    agreements: tuple[Covering, ...]

    def agreements_for(self, regimen: str, level: int) -> list[UUID]:
        """The agreements that speak of this treatment, at whatever hour."""
        return [
            a.id
            for a in self.agreements
            if (a.regimen_levels is None or level in a.regimen_levels) and (a.regimens is None or regimen in a.regimens)
        ]


_standing = json.Decoder(Standing)


def standing_of(text: str) -> Standing:
    """The column `standing`, read."""
    return _standing.decode(text)


async def standing(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> Standing:
    """What holds for a patient beside their chart; the patient must be there."""
    return standing_of(await con.fetchval(STANDING, establishment_id, patient_id))
