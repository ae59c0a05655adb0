"""Who the patients are before the first dose, and how each of them would react to a full dose."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.learning.simulator.channels import F32, SHAPES, Drugs
from app.learning.simulator.parameters import Parameters
from app.learning.simulator.sites import Site

PERFECT, FORGETFUL, STOPS_WHEN_ILL, OVER_TAKER = range(4)


class Patients(msgspec.Struct, frozen=True, kw_only=True):
    """Arrays with an entry per patient. `enrolled` counts days from the first enrolment of the cohort."""

    regimen: NDArray[np.int64]
    enrolled: NDArray[np.int64]
    woman: NDArray[np.bool_]
    age: F32
    ecog: NDArray[np.int64]
    comorbidities: NDArray[np.int64]
    frailty: F32
    disease: F32
    slope: F32
    mood: F32
    weight: F32
    systolic: F32
    baseline: F32
    engagement: F32
    style: F32
    careless: NDArray[np.bool_]
    habit: NDArray[np.int64]
    missed: F32
    severity: F32
    onset: F32


def draw(n: int, site: Site, table: Drugs, p: Parameters, dice: dict[str, np.random.Generator]) -> Patients:
    """So many patients of a site, section 1 and 2 of the specification."""
    g, w = dice["population"], p.population
    enrolled = np.sort(g.integers(0, p.horizon.enrolment_days, n))
    regimen = _regimens(g, enrolled, site, table)
    woman = _women(g, regimen, table, p)
    age = np.clip(g.normal(w["age"]["mean"], w["age"]["sd"], n), w["age"]["low"], w["age"]["high"])
    ecog = np.clip(np.rint(g.gamma(1.6, 0.5, n) + 0.02 * (age - 60)), 0, 3).astype(np.int64)
    comorbidities = g.poisson(0.5 + 0.02 * np.maximum(age - 50, 0))
    f = w["frailty"]
    frailty = f["noise"] * g.standard_normal(n) + f["ecog"] * (ecog - 1) + f["comorbidities"] * (comorbidities - 1)
    frailty = (frailty - frailty.mean()) / max(float(frailty.std()), 1e-6)
    d, m, b = w["disease"], w["mood"], w["baseline_symptom"]
    present = g.random((n, len(table.symptoms))) < b["probability"]
    kg = np.where(woman, w["weight_kg"]["women"], w["weight_kg"]["men"])
    bp = w["systolic"]
    e = p.reports["engagement"]
    engagement = g.normal(e["mean"], e["sd"], n) - e["age"] * (age - 63) + e["tech"] * g.standard_normal(n)
    habit = g.choice(4, n, p=list(p.intake["shares"].values()))
    forgetful = g.beta(p.intake["forgetful"]["a"], p.intake["forgetful"]["b"], n)
    severity, onset = _toxicity(dice["toxicity"], frailty, regimen, site, table, p)
    return Patients(
        regimen=regimen,
        enrolled=enrolled,
        woman=woman,
        age=age.astype(np.float32),
        ecog=ecog,
        comorbidities=comorbidities,
        frailty=frailty.astype(np.float32),
        disease=np.clip(g.gamma(d["shape"], d["scale"], n) + d["ecog"] * (ecog - 1), 0, d["high"]).astype(np.float32),
        slope=np.maximum(0, g.normal(d["slope"], d["slope_sd"], n)).astype(np.float32),
        mood=np.clip(g.gamma(m["shape"], m["scale"], n), 0, m["high"]).astype(np.float32),
        weight=np.clip(kg + g.normal(0, w["weight_kg"]["sd"], n), 38, 140).round(1).astype(np.float32),
        systolic=(g.normal(bp["mean"], bp["sd"], n) + bp["per_year"] * (age - 60)).astype(np.float32),
        baseline=np.where(present, g.gamma(b["shape"], b["scale"], present.shape), 0).astype(np.float32),
        engagement=engagement.astype(np.float32),
        style=g.normal(0, p.reports["answer"]["style_sd"], n).astype(np.float32),
        careless=g.random(n) < p.reports["careless"]["share"],
        habit=habit,
        missed=np.where(habit == FORGETFUL, forgetful, p.intake["perfect_missed"]).astype(np.float32),
        severity=severity,
        onset=onset,
    )


def _regimens(g: np.random.Generator, enrolled: NDArray[np.int64], site: Site, table: Drugs) -> NDArray[np.int64]:
    def drawn(mix: dict[str, float]) -> NDArray[np.int64]:
        weights = np.array([mix.get(id_, 0.0) for id_ in table.ids])
        return g.choice(len(table.ids), len(enrolled), p=weights / weights.sum())

    found = drawn(site.mix)
    if site.drift_day is None:
        return found
    return np.where(enrolled >= site.drift_day, drawn(site.mix_after or site.mix), found)


def _women(g: np.random.Generator, regimen: NDArray[np.int64], table: Drugs, p: Parameters) -> NDArray[np.bool_]:
    """By drug where the tumour it treats says it: breast, ovary, prostate."""
    by_drug = p.population["women_by_drug"]
    share = np.array([by_drug.get(id_, p.population["women"]) for id_ in table.ids])
    return np.asarray(g.random(len(regimen)) < share[regimen])


def _toxicity(
    g: np.random.Generator,
    frailty: NDArray[np.float64],
    regimen: NDArray[np.int64],
    site: Site,
    table: Drugs,
    p: Parameters,
) -> tuple[F32, F32]:
    """Severity at the peak with full exposure, correlated through frailty; and the day of onset."""
    s = p.severity
    a1, a3 = table.a1[regimen], table.a3[regimen]
    z = site.rho * frailty[:, None] + np.sqrt(1 - site.rho**2) * g.standard_normal(a1.shape)
    severity = np.clip(site.c * (1 + 2 * (z - a1) / np.maximum(a3 - a1, 0.15)), 0, 4.6)
    onset = table.onset[regimen] * np.exp(g.normal(0, s["onset_spread"], a1.shape))
    episode = table.shape[regimen] == SHAPES.index("E")
    e = s["episode"]
    rare = episode & (np.array(table.channels) != "drug_fever")
    grave = e["low"] + e["range"] * g.beta(e["a"], e["b"], a1.shape)
    severity = np.where(rare & (severity >= 1), grave, np.where(rare, 0, severity))
    onset = np.where(rare, g.exponential(e["mean_start"], a1.shape), onset)
    return severity.astype(np.float32), onset.astype(np.float32)
