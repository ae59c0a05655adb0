"""Each endpoint says whom it lets in, and the OpenAPI document says what each is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_type_hints

import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg, QueryParameter

from app.http import canary, door, faces, health, internal, metrics
from app.http.api import openapi_document, router
from app.http.problems import MEDIA_TYPE

DOORS = {
    door.public,
    door.signed_in,
    door.fully_signed_in,
    door.submitters,
    door.at_home,
    door.patients,
    door.clinical,
    door.acting,
    door.coordinators,
    door.oncologists,
    door.boxes,
    door.staff,
    door.watchers,
    door.managers,
    door.evaluators,
    door.deciders,
}


def handlers() -> list[HTTPRouteHandler]:
    """Everything that answers, on both listeners and in every profile."""
    app = Litestar(
        [
            router(demo_links=True),
            *faces.HANDLERS,
            *health.HANDLERS,
            *internal.CLOCK,
            *canary.HANDLERS,
            metrics.get_metrics,
            internal.get_openapi,
        ],
        openapi_config=None,
        logging_config=None,
    )
    return answering(app)


def answering(app: Litestar) -> list[HTTPRouteHandler]:
    """The handlers of an application, without those that litestar adds to say which methods there are."""
    found = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    return [handler for handler in found if handler.handler_name.rpartition(".")[2] != "options_handler"]


HANDLERS = handlers()


def unguarded(found: list[HTTPRouteHandler]) -> list[str]:
    """Names of handlers without exactly one of our own guards."""
    return [h.handler_name for h in found if len([g for g in h.guards or () if g in DOORS]) != 1]


def test_every_endpoint_has_a_guard() -> None:
    assert len(HANDLERS) > 30
    assert unguarded(HANDLERS) == []


def test_an_endpoint_without_a_guard_would_be_seen() -> None:
    @get("/open", sync_to_thread=False)
    def get_open() -> str:
        return "open"

    app = Litestar([get_open], openapi_config=None, logging_config=None)
    assert len(unguarded(answering(app))) == 1


def test_what_is_open_to_everybody_is_open_on_purpose() -> None:
    open_doors = {h.handler_name.rpartition(".")[2] for h in HANDLERS if door.public in (h.guards or ())}
    assert open_doors == {
        "get_root",
        "get_face",
        "get_live",
        "get_ready",
        "get_openapi",
        "get_metrics",
        "post_canary",
        "get_clock",
        "put_clock",
        "post_advance",
        "post_reset",
        "post_activation",
        "post_password",
        "post_demo",
        "post_join_begin",
        "post_join",
        "post_sign_out",
        "post_receipt",
    }


def operations() -> list[tuple[str, dict[str, Any]]]:
    """Every operation of the document, by where it is."""
    paths = openapi_document()["paths"]
    return [(f"{method} {path}", operation) for path, methods in paths.items() for method, operation in methods.items()]


OPERATIONS = operations()


@pytest.mark.parametrize(("where", "operation"), OPERATIONS, ids=[where for where, _ in OPERATIONS])
def test_every_operation_has_a_name_a_summary_and_a_sentence(where: str, operation: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", operation["operationId"]), where
    assert operation.get("summary"), where
    assert str(operation.get("description", "")).endswith("."), where


def named_queries(annotation: Any) -> Iterator[str]:
    """Names that an annotation gives to a query parameter, however deep inside it."""
    yield from (m.name for m in getattr(annotation, "__metadata__", ()) if isinstance(m, ParameterKwarg) and m.name)
    for part in get_args(annotation):
        yield from named_queries(part)


def misnamed(found: list[HTTPRouteHandler], document: dict[str, Any]) -> list[str]:
    """Handlers whose declared query names the document, and so litestar too, does not know."""
    said = {
        operation["operationId"]: {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    wanted = {
        str(h.operation_id): {
            name for hint in get_type_hints(h.fn, include_extras=True).values() for name in named_queries(hint)
        }
        for h in found
    }
    return [id_ for id_, names in wanted.items() if names - said.get(id_, names)]


def test_a_query_has_the_name_in_the_document_that_its_handler_gives_it() -> None:
    queries = {
        name
        for h in HANDLERS
        for hint in get_type_hints(h.fn, include_extras=True).values()
        for name in named_queries(hint)
    }
    assert {"from", "to", "flag", "language"} <= queries
    assert misnamed(HANDLERS, openapi_document()) == []


def test_a_name_that_litestar_does_not_see_would_be_seen_here() -> None:
    @get("/hidden", sync_to_thread=False, operation_id="readHidden")
    def get_hidden(first: Annotated[str, QueryParameter(name="from")] | None = None) -> str:
        return first or ""

    with pytest.warns(DeprecationWarning, match="query parameter 'first' declared using deprecated inferred style"):
        app = Litestar([get_hidden], logging_config=None)
    assert misnamed([h for h in answering(app) if h.operation_id == "readHidden"], app.openapi_schema.to_schema()) == [
        "readHidden"
    ]


def test_no_two_operations_have_one_name() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(names) == len(set(names)) > 20


def test_the_document_is_openapi_3_1_and_holds_no_demonstration_link() -> None:
    document = openapi_document()
    assert document["openapi"].startswith("3.1")
    assert "/api/sign-in/demo" not in document["paths"]
    assert not [path for path in document["paths"] if not path.startswith("/api/")]


def test_the_document_is_the_same_each_time() -> None:
    assert openapi_document() == openapi_document()


def test_problem_documents_have_the_type_of_rfc_9457() -> None:
    assert MEDIA_TYPE == "application/problem+json"
