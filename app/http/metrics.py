"""Prometheus metrics on the internal listener. No patient, no professional and no establishment is a label."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import asyncpg
from litestar import Response, get
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from app.db import attempts, health, metrics, technical
from app.domain import canary
from app.http import door
from app.http.door import AnyRequest, house_of
from app.http.problems import UNREACHABLE


@get("/metrics", guards=[door.public], include_in_schema=False)
async def get_metrics(request: AnyRequest) -> Response[bytes]:
    """What the database knows, hence the same from every process; `vigie_up` is 0 when it does not answer."""
    house = house_of(request)
    registry = CollectorRegistry()
    families: list[Metric] = [_gauge("vigie_up", "Whether the database answers.", 0.0)]
    if house.watch is not None:
        with suppress(*UNREACHABLE):
            async with house.watch.acquire(timeout=2) as con:
                families = await _families(con)
    registry.register(_Told(families))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Told(Collector):
    """What was read already: reading waits, and a collector may not."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


async def _families(con: asyncpg.Connection) -> list[Metric]:
    open_ = GaugeMetricFamily("vigie_alerts", "Alerts that are not closed.", labels=["level", "state"])
    oldest = GaugeMetricFamily(
        "vigie_alert_age_seconds", "Age of the oldest alert that is not closed.", labels=["level", "state"]
    )
    for level, state, count, age in await metrics.alerts(con, canary.HERE):
        open_.add_metric([level, state], count)
        oldest.add_metric([level, state], age)
    depth = GaugeMetricFamily("vigie_outbox_depth", "Messages that wait.", labels=["kind"])
    lag = GaugeMetricFamily("vigie_outbox_lag_seconds", "Wait of the oldest message that is due.", labels=["kind"])
    for kind, count, waited in await metrics.outbox(con):
        depth.add_metric([kind], count)
        lag.add_metric([kind], waited)
    sent = CounterMetricFamily(
        "vigie_delivery_attempts", "What came of attempts to send.", labels=["channel", "outcome", "because"]
    )
    for channel, outcome, because, times in await attempts.counts(con):
        sent.add_metric([channel, outcome, because], times)
    sweeps = GaugeMetricFamily("vigie_sweep_age_seconds", "Since each leader's last sign of life.", labels=["sweep"])
    for name, age in sorted((await health.ages(con)).items()):
        sweeps.add_metric([name], age)
    wrong = GaugeMetricFamily("vigie_technical_alerts", "Establishments with an open technical alert.", labels=["kind"])
    for kind, times in sorted((await technical.open_kinds(con)).items()):
        wrong.add_metric([kind], times)
    taken, worst, p99, now = await metrics.lateness(con)
    late = GaugeMetricFamily(
        "vigie_escalation_lateness_seconds", "How late rungs were taken in the last 15 minutes.", labels=["quantile"]
    )
    late.add_metric(["0.99"], p99)
    late.add_metric(["1"], worst)
    return [
        _gauge("vigie_up", "Whether the database answers.", 1.0),
        open_,
        oldest,
        depth,
        lag,
        sent,
        sweeps,
        wrong,
        late,
        _gauge("vigie_escalations_taken", "Rungs taken in the last 15 minutes.", taken),
        _gauge("vigie_escalation_overdue_seconds", "How late the latest rung that is due is now.", now),
    ]


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)
