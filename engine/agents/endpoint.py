"""The Messages API through its SDK, as far as one agent needs it: bytes in, events out."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.agents import faults
from engine.ports.clock import Clock

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

DEFAULT_BASE_URL = "https://api.anthropic.com"
_CONNECT_TIMEOUT_S = 10.0
_JSON: Any = {"headers": {"Content-Type": "application/json", "Accept": "text/event-stream"}}


class MessagesEndpoint:
    """One pool of connections to one server, with one key.

    The SDK's own methods check and re-encode the whole history at each call, which grows with its
    square over a turn; a request body that is already JSON goes past that through the SDK's
    `post(content=...)`, and events come back undecoded through `AsyncStream.raw_events`.
    """

    def __init__(
        self, environ: Mapping[str, str], *, silence_timeout_s: float, clock: Clock
    ) -> None:
        self._key = environ.get("ANTHROPIC_API_KEY") or ""
        self._token = environ.get("ANTHROPIC_AUTH_TOKEN") or ""
        self._base_url = environ.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL
        self._silence_timeout_s = silence_timeout_s
        self._clock = clock
        self._client: AsyncAnthropic | None = None
        self._opening = asyncio.Lock()

    def check(self) -> str | None:
        """What keeps it from working, in one line that names no secret; None: nothing seen."""
        secret = self._key or self._token
        if not secret:
            return "no model key; set ANTHROPIC_API_KEY, or choose another backend"
        if not (secret.isascii() and secret.isprintable() and " " not in secret):
            return "the model key has blanks or unprintable characters; check ANTHROPIC_API_KEY"
        if not _is_http_url(self._base_url):
            return (
                f"ANTHROPIC_BASE_URL is {self._base_url[:100]!r}; it must look like "
                f"{DEFAULT_BASE_URL}"
            )
        return None

    async def warm_up(self) -> None:
        """Import the SDK (1.5 s) and build its client, in a thread; nothing if `check` objects."""
        if self.check() is None:
            await self._opened()

    async def close(self) -> None:
        """Close all connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def events(self, body: bytes) -> AsyncGenerator[tuple[str, str], None]:
        """Send one request; its events as (name, JSON text), as they arrive.

        Closing the iterator closes the connection at once.

        Raises:
            ModelCallError: refused, broken off or silent for too long.
        """
        client = await self._opened()
        import anthropic
        import httpx2

        try:
            stream = await client.post(
                "/v1/messages",
                content=body,
                cast_to=object,
                options=_JSON,
                stream=True,
                stream_cls=anthropic.AsyncStream[object],
            )
            async with stream:
                _demand_event_stream(stream.response.headers)
                raw: Any = anthropic.AsyncStream.raw_events(stream.response)
                async with aclosing(raw) as events:
                    async for event in events:
                        yield event.event or "", event.data
        except anthropic.APIStatusError as error:
            raise self._without_secret(faults.of_status(error, self._clock.now())) from None
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            raise faults.of_connection(error.__cause__ or error) from error
        except UnicodeDecodeError as error:
            raise faults.of_unreadable(str(error)) from error

    async def _opened(self) -> AsyncAnthropic:
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._build)
            return self._client

    def _build(self) -> AsyncAnthropic:
        sdk: Any = importlib.import_module("anthropic")
        httpx2: Any = importlib.import_module("httpx2")
        client: AsyncAnthropic = sdk.AsyncAnthropic(
            api_key=self._key or None,
            auth_token=None if self._key else self._token,
            base_url=self._base_url,
            max_retries=0,
            timeout=httpx2.Timeout(
                self._silence_timeout_s, connect=min(_CONNECT_TIMEOUT_S, self._silence_timeout_s)
            ),
        )
        return client

    def _without_secret(self, fault: faults.ModelCallError) -> faults.ModelCallError:
        for secret in filter(None, (self._key, self._token)):
            fault.message = fault.message.replace(secret, "<key>")
        return fault


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _demand_event_stream(headers: Mapping[str, str]) -> None:
    content_type = headers.get("content-type", "")
    if "event-stream" not in content_type:
        raise faults.of_foreign_server(content_type)
