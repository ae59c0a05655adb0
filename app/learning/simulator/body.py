"""What goes on inside: toxicities, infection, dehydration, weight; and what happens because of it. One day a step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.learning.simulator.channels import F32, SHAPES, Drugs
from app.learning.simulator.parameters import Parameters
from app.learning.simulator.population import Patients
from app.learning.simulator.sites import Site

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Body:
    """The state of every patient today; arrays have a row per patient."""

    def __init__(
        self, people: Patients, site: Site, table: Drugs, p: Parameters, dice: dict[str, np.random.Generator]
    ) -> None:
        n, k = people.severity.shape
        self.people, self.site, self.table, self.p = people, site, table, p
        self.noise, self.luck = dice["course"], dice["events"]
        self.at = {name: i for i, name in enumerate(table.channels)}
        self.latent = np.zeros((n, k), np.float32)
        self.wander = np.zeros((n, k), np.float32)
        self.support = np.zeros((n, k), np.float32)
        self.infection, self.infected_days = np.zeros(n, np.float32), np.zeros(n, np.int64)
        self.dehydration, self.weight_loss = np.zeros(n, np.float32), np.zeros(n, np.float32)
        self.fast, self.slow = np.ones(n, np.float32), np.ones(n, np.float32)
        self.ward_days = np.zeros(n, np.int64)
        self.grave = np.zeros(n, np.bool_)
        self.calm_days = np.full(n, 99, np.int64)
        self.following = np.ones(n, np.bool_)
        self.fever_from = people.onset[:, self.at["drug_fever"]].copy()
        self.fever_days = np.zeros(n, np.float32)
        shape = table.shape[people.regimen]
        self._shape = {letter: shape == i for i, letter in enumerate(SHAPES)}
        self._slow = self._shape["C"] | self._shape["U"]
        rise = p.severity["rise_days"]
        self._rise = np.select([self._shape[s] for s in "ACUS"], [rise[s] for s in "ACUS"], 6).astype(np.float32)
        self._hidden = np.array([p.channels[c].hidden for c in table.channels])
        self._cap = np.where(self._hidden, 2.99, 9).astype(np.float32)
        self._peak = table.peak[people.regimen]
        self._length = table.cycle_days[people.regimen][:, None].astype(np.float32)
        weights = p.events["weights"]
        self._weights = np.array([weights.get(c, 1.0) for c in table.channels], np.float32)
        self._has = people.severity > p.severity["ou"]["where_above"]

    @property
    def worst(self) -> Ints:
        """The worst clinical grade today; what only a laboratory sees counts as 2 at most."""
        return np.asarray(np.floor(np.minimum(self.latent, self._cap)).max(axis=1), np.int64)

    def grow(self, day: int, day_of_cycle: Ints, dose: F32) -> None:
        """One day further: exposure, latent severities, infection, dehydration, weight."""
        self._expose(dose)
        self.latent = self._severity(day, day_of_cycle)
        self._infect()
        s, latent = self.p.states["dehydration"], self.latent
        bowel, emesis, mouth = (latent[:, self.at[c]] for c in ("bowel", "emesis", "mouth"))
        target = (
            s["bowel"] * np.maximum(bowel - s["bowel_from"], 0)
            + s["emesis"] * np.maximum(emesis - s["emesis_from"], 0)
            + s["mouth"] * np.maximum(mouth - s["mouth_from"], 0)
            + s["infection"] * (self.infection > 1)
        )
        self.dehydration += s["rate"] * (target - self.dehydration)
        w = self.p.states["weight"]
        self.weight_loss += (
            w["emesis"] * np.maximum(emesis - w["emesis_from"], 0)
            + w["mouth"] * np.maximum(mouth - 1, 0)
            + w["bowel"] * np.maximum(bowel - 1, 0)
            + w["disease"] * self.disease(day)
            - w["regain"]
            - w["decay"] * self.weight_loss
        ).astype(np.float32)
        np.clip(self.weight_loss, w["low"], w["high"], out=self.weight_loss)
        self.support *= self.p.care["support_keep"]

    def disease(self, day: int) -> F32:
        """Burden of the illness itself."""
        return self.people.disease + self.people.slope * np.float32(day)

    def happen(self, day: int) -> tuple[Mask, Mask, Mask]:
        """New grade 3 onsets, unplanned visits, and treatments stopped today."""
        e, latent = self.p.events, self.latent
        neutropenia = latent[:, self.at["neutropenia"]]
        febrile = (self.infection > e["febrile_neutropenia"]["infection"]) & (
            neutropenia >= e["febrile_neutropenia"]["neutropenia"]
        )
        self.grave = (
            (self.worst >= 3)
            | febrile
            | (self.infection >= e["infection_grave"])
            | (self.dehydration >= e["dehydration_grave"])
        )
        onset = self.grave & (self.calm_days >= e["episode_over_after"]) & self.following
        self.calm_days = np.where(self.grave, 0, self.calm_days + 1)
        visit = (self.luck.random(len(latent)) < self._hazard(day)) & (self.ward_days == 0) & self.following
        stays = self.luck.integers(e["stay"]["low"], e["stay"]["high"] + 1, len(latent))
        self.ward_days = np.where(visit, stays, np.maximum(self.ward_days - 1, 0))
        stop = e["stop"]
        tired = self.grave & (self.luck.random(len(latent)) < stop["grave_share"])
        hazard = stop["base"] + stop["disease"] * self.disease(day) + stop["grave"] * tired
        stopped = (self.luck.random(len(latent)) < hazard) & self.following
        return onset, visit, stopped

    @property
    def running(self) -> Mask:
        """A grade 3 episode or a hospital stay is under way: no longer at risk of a new one."""
        return np.asarray((self.calm_days < self.p.events["episode_over_after"]) | (self.ward_days > 0))

    def _expose(self, dose: F32) -> None:
        x = self.p.intake["exposure"]
        relative = dose / self.table.duty[self.people.regimen]
        self.fast += (relative - self.fast) / x["fast_days"]
        self.slow += (relative - self.slow) / x["slow_days"]
        np.clip(self.fast, 0, x["high"], out=self.fast)
        np.clip(self.slow, 0, x["high"], out=self.slow)

    def _severity(self, day: int, day_of_cycle: Ints) -> F32:
        s, people, f32 = self.p.severity, self.people, np.float32
        since = f32(day) - people.onset
        course = 1 / (1 + np.exp(np.clip(-3 * since / self._rise, -30, 30)))
        t = s["tolerance"]
        tolerance = t["floor"] + (1 - t["floor"]) * np.exp(-np.maximum(since - t["after"], 0) / t["over"])
        away = np.abs(day_of_cycle[:, None] - self._peak)
        away = np.minimum(away, self._length - away) / (s["phase"]["width"] * self._length)
        phase = s["phase"]["floor"] + (1 - s["phase"]["floor"]) * np.exp(-0.5 * away * away)
        ramp = np.clip(since / s["episode"]["ramp"], 0, 1)
        shape = self._shape
        course = (
            np.where(shape["E"], ramp, course) * np.where(shape["A"], tolerance, 1) * np.where(shape["C"], phase, 1)
        )
        course[:, self.at["drug_fever"]] = self._drug_fever(day)
        exposure = np.where(self._slow, self.slow[:, None], self.fast[:, None]) ** f32(s["exposure_power"])
        self.wander *= f32(s["ou"]["keep"])
        self.wander += f32(s["ou"]["sd"]) * self.noise.standard_normal(self.wander.shape, np.float32)
        latent = people.severity * course * exposure * (1 - self.support) + np.where(self._has, self.wander, 0)
        return np.asarray(np.clip(latent, 0, 5), np.float32)

    def _drug_fever(self, day: int) -> F32:
        """On or off: episodes of a few days that come back."""
        s = self.p.severity["drug_fever"]
        n = len(self.fever_from)
        length = self.noise.integers(s["days_low"], s["days_high"] + 1, n)
        pause = self.noise.exponential(s["pause"], n)
        over = day >= self.fever_from + np.maximum(self.fever_days, 1)
        started = (day >= self.fever_from) & (self.fever_days == 0)
        self.fever_days = np.where(started, length, self.fever_days)
        ended = over & (self.fever_days > 0) & ~started
        self.fever_from = np.where(ended, day + 2 + pause, self.fever_from)
        self.fever_days = np.where(ended, 0, self.fever_days)
        return (self.fever_days > 0).astype(np.float32)

    def _infect(self) -> None:
        i, latent = self.p.states["infection"], self.latent
        neutropenia, mouth = latent[:, self.at["neutropenia"]], latent[:, self.at["mouth"]]
        hazard = i["hazard"] * np.exp(
            i["neutropenia"] * np.maximum(neutropenia - 1, 0)
            + i["mouth"] * np.maximum(mouth - 1, 0)
            + i["frailty"] * self.people.frailty
        )
        begins = (self.luck.random(len(hazard)) < hazard) & (self.infected_days == 0)
        growing = (self.infected_days > 0) & (self.infected_days <= i["growth_days"]) & (self.ward_days == 0)
        growth = i["growth"] * np.where(neutropenia > 2, i["neutropenic"], 1)
        decay = np.where(self.ward_days > 0, i["decay"] ** 2, i["decay"])
        level = np.where(growing, self.infection + growth, self.infection * decay)
        self.infection = np.where(begins, i["start"], level).astype(np.float32)
        self.infected_days = np.where(begins, 1, np.where(self.infected_days > 0, self.infected_days + 1, 0))
        gone = (self.infection < 0.05) & (self.infected_days > i["growth_days"])
        self.infected_days[gone] = 0

    def _hazard(self, day: int) -> NDArray[np.float64]:
        v, site, latent = self.p.events["visit"], self.site, self.latent
        felt = np.minimum(np.maximum(latent - v["from"], 0) @ self._weights, v["symptoms_high"])
        risk = (
            site.frailty * self.people.frailty
            + site.symptoms * felt
            + v["dehydration"] * np.maximum(self.dehydration - 0.8, 0)
            + v["infection"] * self.infection
            + site.disease * self.disease(day)
            + v["lung"] * np.maximum(latent[:, self.at["lung"]] - 1.5, 0)
            + v["clot"] * np.maximum(latent[:, self.at["clot"]] - 1.2, 0)
            + v["monitored"] * site.monitored
        )
        scale = np.full(len(latent), v["hazard"] * site.visits)
        if site.drift_day is not None:
            scale[self.people.enrolled + day >= site.drift_day] *= self.p.drift["visits"]
        return np.asarray(scale * np.exp(risk))
