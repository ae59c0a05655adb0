"""What is told, and when: scheduled and spontaneous reports, silence of the very ill, answers with their noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.domain.itemfiles import SymptomFile
from app.domain.questionnaire import interval_days
from app.domain.rulebook import Rulebook
from app.learning.cohort import F64, LETTERS, MEASURED
from app.learning.simulator.body import Body, Ints, Mask
from app.learning.simulator.channels import F32

STATES = ("disease", "infection", "dehydration", "mood")
F, S, I, P = (LETTERS.index(letter) for letter in "FSIP")  # noqa: E741 - the field's own letters


class Diary:
    """Asks, and keeps what was answered, day after day."""

    def __init__(
        self, body: Body, rulebook: Rulebook, symptoms: tuple[str, ...], dice: dict[str, np.random.Generator]
    ) -> None:
        people, table = body.people, body.table
        n = len(people.regimen)
        self.body, self.dice, self.symptoms = body, dice["reports"], symptoms
        columns = (*table.channels, *STATES)
        loads = np.zeros((len(symptoms), len(columns)), np.float32)
        for i, symptom in enumerate(symptoms):
            for source, weight in body.p.loads.get(symptom, {}).items():
                loads[i, columns.index(source)] = weight
        self._loads_squared = (loads * loads).T.copy()
        own = [table.symptoms.index(s) if s in table.symptoms else -1 for s in symptoms]
        named = np.concatenate([table.named, np.ones((len(table.ids), 1), np.float32)], axis=1)[:, own]
        self._named = named[people.regimen]
        baseline = np.concatenate([people.baseline, np.zeros((n, 1), np.float32)], axis=1)[:, own]
        self.baseline = baseline
        self._asked = np.array([[_asks(rulebook.symptoms[s], letter) for letter in LETTERS] for s in symptoms])
        self._letters = ["".join(rulebook.symptoms[s].attributes) for s in symptoms]
        regimens = [rulebook.regimens[id_] for id_ in table.ids]
        self._intervals = np.array([[interval_days(r, cycle, rulebook) for cycle in (1, 9)] for r in regimens])
        self._first_cycles = rulebook.questions.cadence.first_cycles
        self.due = 1 + self.dice.integers(0, self._intervals[people.regimen, 0])
        self.silent = self.silent_before = np.zeros(n, np.int64)
        self.last = np.full((n, len(symptoms), len(LETTERS)), -1, np.int8)
        self._told = np.zeros(n, np.bool_)

    def ask(self, day: int, cycle: Ints) -> tuple[Ints, Mask]:
        """Who reports today, and whether it was due."""
        body, p = self.body, self.body.p.reports
        e, n = p["engagement"], len(cycle)
        worst = body.worst
        will = (
            body.people.engagement
            - e["week"] * (day / 7)
            - e["grade"] * np.maximum(worst - 2, 0)
            - e["dehydration"] * np.maximum(body.dehydration - 1.5, 0)
            - e["infection"] * (body.infection > 2)
        )
        here = body.following & (body.ward_days == 0)
        due = (self.due <= day) & body.following
        sends = due & here & (self.dice.random(n) < 1 / (1 + np.exp(-will)))
        s = p["spontaneous"]
        moved = self.dice.random(n) < s["base"] + s["per_grade"] * np.minimum(np.maximum(worst - 1, 0), 2)
        spontaneous = here & ~due & moved
        later = (cycle > self._first_cycles).astype(np.int64)
        self.due = np.where(due, day + self._intervals[body.people.regimen, later], self.due)
        self.silent_before = self.silent
        self.silent = np.where(sends | spontaneous, 0, self.silent + (due & ~sends))
        return np.flatnonzero(sends | spontaneous), due

    def answer(self, who: Ints, day: int) -> NDArray[np.int8]:
        """Scores of the symptoms of those who report; -1 is not asked or not there."""
        body, p = self.body, self.body.p.reports
        g, people = self.dice, body.people
        mood = people.mood[who] + body.p.states["mood_per_grade"] * (body.worst[who] - 1)
        inner = np.column_stack(
            [body.latent[who], body.disease(day)[who], body.infection[who], body.dehydration[who], np.maximum(mood, 0)]
        ).astype(np.float32)
        felt = np.sqrt((inner * inner) @ self._loads_squared) * self._named[who]
        felt = felt + p["answer"]["baseline"] * self.baseline[who]
        there = felt > 0.3
        style = people.style[who]
        if body.site.drift_day is not None:
            style = style + body.p.drift["style"] * (people.enrolled[who] + day >= body.site.drift_day)
        base = felt + style[:, None] * (felt > 0.4)
        quiet = p["answer"]["quiet"]
        spread = np.where(there, 1.0, quiet).astype(np.float32)
        scores = np.full((len(who), len(self.symptoms), len(LETTERS)), -1, np.int8)
        for letter, name in ((F, "F"), (S, "S"), (I, "I")):
            asked = np.flatnonzero(self._asked[:, letter])
            off, sd = p["answer"][name]
            noise = sd * g.standard_normal((len(who), len(asked)), np.float32) * spread[:, asked]
            said = np.rint(base[:, asked] + off * there[:, asked] + noise)
            scores[:, asked, letter] = np.clip(said, 0, 4)
        self._say_yes(scores, who, felt)
        self._settle(scores)
        copies = people.careless[who] & (g.random(len(who)) < p["careless"]["copies"])
        scores = np.where((copies & self._told[who])[:, None, None], self.last[who], scores)
        self.last[who] = scores
        self._told[who] = True
        return scores

    def measure(self, who: Ints, scores: NDArray[np.int8]) -> F64:
        """Measurements of those who report, NaN where not measured; a fever felt is told with them."""
        body, m, g = self.body, self.body.p.measurements, self.dice
        n, latent = len(who), self.body.latent[who]
        found = np.full((n, len(MEASURED)), np.nan)

        def put(name: str, value: NDArray[np.floating], missing: float | NDArray[np.float64]) -> None:
            found[:, MEASURED.index(name)] = np.where(g.random(n) < missing, np.nan, value)

        t = m["temperature"]
        infection, fever = body.infection[who], latent[:, body.at["drug_fever"]]
        warm = np.maximum(t["infection"] * np.minimum(infection, t["infection_high"]), t["drug_fever"] * fever)
        temperature = (t["mean"] + t["sd"] * g.standard_normal(n) + warm).round(1)
        ill = (infection > t["ill_from"]) | (fever > t["ill_from"])
        put("temperature_c", temperature, np.where(ill, t["missing_ill"], t["missing"]))
        if "fever" in self.symptoms:
            f = m["fever_said"]
            says = (temperature >= f["at"]) & (g.random(n) < f["probability"])
            scores[:, self.symptoms.index("fever"), P] = np.where(says, 1, -1)
        w = m["weight"]
        share = 1 - body.weight_loss[who] / 100 + w["oedema"] * latent[:, body.at["oedema"]]
        kg = body.people.weight[who] * share * (1 + w["sd"] * g.standard_normal(n))
        put("weight_kg", kg.astype(np.float64).round(1), w["missing"])
        s = m["systolic"]
        pressure = s["blood_pressure"] * latent[:, body.at["blood_pressure"]] + s["dehydration"] * body.dehydration[who]
        raw = body.people.systolic[who] + pressure + s["sd"] * g.standard_normal(n)
        put("systolic", np.clip(raw.round(), 70, 230), s["missing"])
        h = m["heart_rate"]
        rate = h["mean"] + h["dehydration"] * body.dehydration[who] + h["infection"] * infection
        rate = rate + h["anaemia"] * latent[:, body.at["anaemia"]] + h["sd"] * g.standard_normal(n)
        put("heart_rate", np.clip(rate.round(), 40, 190), h["missing"])
        c = m["counts"]
        for name, symptom, channel, bands in (
            ("stools_over_baseline", "diarrhoea", "bowel", c["stools"]),
            ("vomiting_episodes_24h", "vomiting", "emesis", c["vomiting"]),
        ):
            weight = body.p.loads[symptom][channel]
            level = np.interp(weight * latent[:, body.at[channel]], range(len(bands)), bands)
            count = np.maximum(np.rint(level + c["noise"] * g.standard_normal(n)), 0)
            told = scores[:, self.symptoms.index(symptom)].max(axis=1) > 0
            put(name, np.where(told, count, np.nan), c["missing"])
        return found

    def _say_yes(self, scores: NDArray[np.int8], who: Ints, felt: F32) -> None:
        y, asked = self.body.p.reports["presence"], np.flatnonzero(self._asked[:, P])
        level = felt[:, asked]
        chance = np.where(
            level > y["never_below"], 1 / (1 + np.exp(-y["slope"] * (level - y["middle"]))), y["by_mistake"]
        )
        scores[:, asked, P] = self.dice.random(level.shape) < chance

    def _settle(self, scores: NDArray[np.int8]) -> None:
        """A first answer of 0 leaves the rest unasked; a symptom that is not there is not listed."""
        for i, letters in enumerate(self._letters):
            none = scores[:, i, LETTERS.index(letters[0])] <= 0
            scores[none, i, :] = -1


def _asks(symptom: SymptomFile, letter: str) -> bool:
    return symptom.kind != "safety_item" and letter in symptom.attributes
