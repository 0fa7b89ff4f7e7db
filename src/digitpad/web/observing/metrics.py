"""`/metrics` for Prometheus: what all workers have counted, and what is measured at each scrape.

Each worker counts (see `meters`) in files in a folder that all share (see `shared_folder`). Files of dead workers
still count, so a total never falls while the server runs. What holds for the whole server (the store, the model, the
last hours) is measured by the worker that is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from digitpad import shared_folder
from digitpad.errors import StoreError
from digitpad.records.outbox.store import Outbox
from digitpad.web import meters
from digitpad.web.endpoints import endpoint, path_of
from digitpad.web.guards import visitors
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.observing import access_log
from digitpad.web.observing.drift import Drift
from digitpad.web.recording.predicting import Predictor, predictor

blueprint = Blueprint("metrics", __name__)


def init_app(app: Flask, *, readable: str) -> None:
    """Count requests. `readable` says who may read the counts: open, operator, or off."""
    app.extensions["metrics"] = readable
    app.extensions["drift"] = Drift()
    if readable != "off":
        app.register_blueprint(blueprint)
    app.after_request(_count)


@blueprint.get("/metrics")
@endpoint(
    "Show the metrics for Prometheus", gives={200: "text/plain"}, refuses=(NotTheOperator,), operator=True
)
def metrics() -> Response:
    """Open, or for the operator alone where DIGITPAD_METRICS says so."""
    if current_app.extensions["metrics"] == "operator" and not visitors.is_operator():
        raise NotTheOperator("these metrics are for the operator: send the token")
    registry = CollectorRegistry() if shared_folder.path() else REGISTRY
    if shared_folder.path():
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    looked = CollectorRegistry()
    looked.register(_Looked(predictor(), current_app.extensions["drift"]))
    return Response(generate_latest(registry) + generate_latest(looked), content_type=CONTENT_TYPE_LATEST)


def _count(response: Response) -> Response:
    rule = request.url_rule
    requests, seconds = _counted(rule.rule if rule else None, request.method, response.status_code)
    requests.inc()
    seconds.observe(access_log.elapsed())
    return response


@lru_cache(maxsize=1024)
def _counted(rule: str | None, method: str, status: int) -> tuple[Counter, Histogram]:
    """The metrics that count such a request: labelled by URL rule, never by path, since paths are unlimited."""
    route, method = (path_of(rule), method) if rule else ("(none)", "(any)")
    return meters.REQUESTS.labels(route, method, status), meters.SECONDS.labels(route, method)


class _Looked(Collector):
    """What is measured at each scrape."""

    def __init__(self, here: Predictor, drift: Drift) -> None:
        self._here = here
        self._drift = drift

    def collect(self) -> Iterator[Metric]:
        card = self._here.recognizer.card
        model = GaugeMetricFamily(
            "digitpad_model_info", "The model that reads; always 1.", labels=["version", "network"]
        )
        model.add_metric([card.version, card.network], 1)
        yield model
        accuracy = GaugeMetricFamily(
            "digitpad_model_accuracy", "Shares read rightly, as the model card has them.", labels=["data"]
        )
        for data, share in card.accuracy.items():
            accuracy.add_metric([data], share)
        yield accuracy
        kept, there = self._looked_after()
        yield GaugeMetricFamily(
            "digitpad_store_up", "1 where records can be kept just now, 0 where not.", value=kept
        )
        yield GaugeMetricFamily(
            "digitpad_database_up",
            "1 where the database itself takes them, 0 where they wait in the outbox for it, or are not kept.",
            value=there,
        )
        if isinstance(self._here.store, Outbox):
            yield from _backlog(self._here.store)
        yield from self._drift.families(self._here.store, card)

    def _looked_after(self) -> tuple[bool, bool]:
        """Whether records can be kept, and whether the store reports no trouble: Cassandra may be unreachable."""
        try:
            remarks = self._here.check()
        except StoreError:
            return False, False
        return True, not remarks


def _backlog(outbox: Outbox) -> Iterator[Metric]:
    """What waits on this host for an unreachable database."""
    try:
        waits = outbox.backlog()
    except StoreError:
        return
    yield GaugeMetricFamily(
        "digitpad_outbox_records", "Records that wait in the outbox for Cassandra.", value=waits.records
    )
    yield GaugeMetricFamily(
        "digitpad_outbox_age_seconds", "How long the oldest of them has waited.", value=waits.seconds
    )
