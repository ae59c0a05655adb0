"""The shapes of ASGI as our middlewares use them; litestar's own are unions that no plain dict fits."""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = Any  # a dict of the connection
Message = Any  # a dict of one event
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
