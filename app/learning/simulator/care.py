"""What is taken, and what the care team does about what it sees: support, holds, lower doses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.learning.simulator.body import Body, Ints, Mask
from app.learning.simulator.channels import F32
from app.learning.simulator.population import OVER_TAKER, STOPS_WHEN_ILL

Counts = NDArray[np.int8]


class Care:
    """Orders in force and the intakes of every day."""

    def __init__(self, body: Body, days: int, dice: dict[str, np.random.Generator]) -> None:
        n = len(body.people.regimen)
        self.body, self.dice, self.luck = body, dice["care"], dice["intake"]
        self.hold_days, self.dose = np.zeros(n, np.int64), np.ones(n, np.float32)
        self.lasting = np.zeros(n, np.int64)
        self.planned, self.taken, self.rest_taken, self.hold_taken = (np.zeros((n, days), np.int8) for _ in range(4))
        self.strength = np.zeros((n, days), np.float32)
        self.on_hold = np.zeros((n, days), np.bool_)
        self.logged = self.luck.random((n, days)) >= body.p.intake["unlogged"]

    def take(self, day: int, day_of_cycle: Ints) -> F32:
        """Doses of the day as a share of a full one; kept for the intake file."""
        body, p = self.body, self.body.p.intake
        people, table = body.people, body.table
        on = table.on_day[people.regimen, day_of_cycle]
        held, doses = self.hold_days > 0, table.times[people.regimen]
        missing = people.missed + np.zeros(len(on), np.float32)
        ill = p["stops_when_ill"]
        stopping = 1 / (1 + np.exp(-(ill["base"] + ill["per_grade"] * body.worst)))
        missing = np.where(people.habit == STOPS_WHEN_ILL, stopping, missing)
        missed = self.luck.random(len(on)) < missing
        over = people.habit == OVER_TAKER
        chance = self.luck.random(len(on))
        twice = over & (chance < p["over_taker"]["double"])
        resting = over & table.rest_start[people.regimen, day_of_cycle] & (chance < p["over_taker"]["rest_days"])
        here = body.following & (body.ward_days == 0)
        count = np.where(here & on & ~held & ~missed, doses * (1 + twice), 0)
        extra = np.where(here & ~on & ~held & resting, doses, 0)
        self.planned[:, day] = np.where(body.following & on, doses, 0)
        self.taken[:, day], self.rest_taken[:, day] = count, extra
        self.on_hold[:, day] = held
        self.strength[:, day] = (count + extra) * self.dose
        self.hold_days = np.maximum(self.hold_days - 1, 0)
        return ((count + extra) / doses * self.dose).astype(np.float32)

    def look(self, day_of_cycle: Ints, visit: Mask, alerted: Mask) -> None:
        """The team meets who has an appointment, who came unplanned, and whose report it noticed."""
        body, p = self.body, self.body.p.care
        consult = (day_of_cycle == 1) & body.following
        seen = (consult | visit | alerted) & body.following
        worst = body.worst
        self.lasting = np.where(worst >= 2, self.lasting + 1, 0)
        treated = (body.latent >= np.where(alerted, 1.0, 2.0)[:, None]) & seen[:, None]
        np.copyto(body.support, np.maximum(body.support, np.float32(body.site.support)), where=treated)
        n = len(seen)
        grave = seen & body.grave
        rest = self.dice.integers(p["hold"]["low"], p["hold"]["high"] + 1, n)
        self.hold_days = np.where(grave & (self.hold_days == 0), rest, self.hold_days)
        lower = grave & (self.dice.random(n) < p["reduce"]["probability"])
        lasting = consult & ~grave & (self.lasting >= p["persistent"]["days"])
        less = lasting & (self.dice.random(n) < p["persistent"]["probability"])
        cut = p["reduce"]["by"] * lower + p["persistent"]["by"] * less
        self.dose = np.maximum(self.dose - cut, p["reduce"]["floor"]).astype(np.float32)
