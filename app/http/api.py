"""The public application: middlewares, routers, and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Contact, License

from app.http import alerts, devices, faces, health, patients, reports, sign_in
from app.http.door import StrictRequest
from app.http.guard import BodyGuard
from app.http.headers import SecurityHeaders
from app.http.problems import HANDLERS as EXCEPTION_HANDLERS

MODULES = (sign_in, reports, devices, alerts, patients)


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
    )
    app = Litestar(
        [router(demo_links=False)],
        request_class=StrictRequest,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=config,
        logging_config=None,
    )
    return app.openapi_schema.to_schema()
