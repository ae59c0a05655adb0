"""The public application: middlewares, routers, and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Contact, License, SecurityScheme

from app.http import (
    alerts,
    boxes,
    caregivers,
    cases,
    courses,
    devices,
    faces,
    health,
    indicators,
    intakes,
    model,
    outcomes,
    patients,
    reaching,
    reports,
    rosters,
    rules,
    sign_in,
    timelines,
    watching,
)
from app.http.door import PATIENT_COOKIES, STAFF_COOKIES, StrictRequest
from app.http.guard import BodyGuard
from app.http.headers import SecurityHeaders
from app.http.problems import HANDLERS as EXCEPTION_HANDLERS
from app.http.problems import MEDIA_TYPE as PROBLEM_JSON
from app.http.problems import Problem

# What any endpoint may answer besides; each a problem document with a stable code.
REFUSALS = {
    400: "The body could not be read, or the request could not be understood.",
    401: "Nobody is signed in here, or the code or credentials are not right.",
    403: "Not for this role, or not from Vigie's own pages.",
    404: "Nothing here, or not yours to see.",
    409: "It has changed, or differs from what is kept.",
    413: "The body is too large.",
    415: "Not JSON in UTF-8.",
    422: "A value is not acceptable; `errors` say where.",
    429: "Too many tries; `Retry-After` says how long to wait.",
    503: "The database is away; nothing was kept; try again.",
}
READ_REFUSALS = (400, 401, 403, 404, 503)
MODULES = (
    sign_in,
    reports,
    devices,
    alerts,
    cases,
    rosters,
    patients,
    rules,
    reaching,
    watching,
    indicators,
    courses,
    intakes,
    boxes,
    caregivers,
    timelines,
    model,
    outcomes,
)


def router(*, demo_links: bool) -> Router:
    """Everything under /api."""
    handlers = [handler for module in MODULES for handler in module.HANDLERS]
    if demo_links:
        handlers += sign_in.DEMO_HANDLERS
    return Router("/api", route_handlers=handlers)


def public_app(
    state: dict[str, Any],
    *,
    origin: str,
    demo_links: bool,
    lifespan: Sequence[Callable[[Litestar], AbstractAsyncContextManager[None]]] = (),
) -> Litestar:
    """What the world sees; no OpenAPI document here."""
    app = Litestar(
        [router(demo_links=demo_links), *faces.HANDLERS, *health.HANDLERS],
        state=State(state),
        request_class=StrictRequest,
        middleware=[DefineMiddleware(BodyGuard, origin=origin)],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=list(lifespan),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,  # the body guard has counted already
    )
    # Around everything: litestar's middlewares see only addresses that exist.
    app.asgi_handler = SecurityHeaders(app.asgi_handler, https=origin.startswith("https://"))
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the API (demo links left out: they exist in the demo profile only)."""
    config = OpenAPIConfig(
        title="Vigie",
        version="0.1.0",
        description="Telemonitoring of oral anticancer treatments. Not an emergency service: call 15 or 112.",
        license=License(name="Apache-2.0"),
        contact=Contact(name="Vigie"),
        render_plugins=[],
        use_handler_docstrings=True,
        security=[{"patient": []}, {"staff": []}],
        components=Components(
            security_schemes={
                "patient": SecurityScheme(type="apiKey", security_scheme_in="cookie", name=PATIENT_COOKIES.session),
                "staff": SecurityScheme(type="apiKey", security_scheme_in="cookie", name=STAFF_COOKIES.session),
                "box": SecurityScheme(type="http", scheme="bearer"),
            }
        ),
    )
    app = Litestar(
        [router(demo_links=False)],
        request_class=StrictRequest,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=config,
        logging_config=None,
    )
    return _with_refusals(app.openapi_schema.to_schema())


def _with_refusals(document: dict[str, Any]) -> dict[str, Any]:
    """litestar describes its own error bodies; ours are problem documents, the same for every operation."""
    _, schemas = msgspec.json.schema_components((Problem,), ref_template="#/components/schemas/{name}")
    components = document["components"]
    components["schemas"] |= schemas
    components["responses"] = {
        str(status): {
            "description": words,
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, words in REFUSALS.items()
    }
    for operations in document["paths"].values():
        for method, operation in operations.items():
            for status in REFUSALS if method != "get" else READ_REFUSALS:
                operation["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    return document
