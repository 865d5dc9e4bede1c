"""What a failed model call means: whether trying again can help, and what a human can do."""

from __future__ import annotations

import math
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from engine.domain.errors import AgentError
from engine.ports.agent import AgentFailed, FailureClass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anthropic import APIStatusError

_TRANSIENT_STATUS = frozenset({408, 409, 425, 429})
_LOGICAL_TYPES = frozenset(
    {
        "authentication_error",
        "billing_error",
        "invalid_request_error",
        "not_found_error",
        "permission_error",
        "request_too_large",
    }
)
_BACKEND_WIDE_STATUS = frozenset({401, 402, 403, 404})
_BACKEND_WIDE_TYPES = frozenset(
    {"authentication_error", "billing_error", "not_found_error", "permission_error"}
)
_NO_CREDIT = "credit balance"
"""The Messages API refuses an account without money with 400 and these words."""
_HINTS: Mapping[int, str] = {
    400: "correct what the server names; the model's name is in .aibrain/aio.toml",
    401: "check ANTHROPIC_API_KEY",
    402: "check the billing of the account behind ANTHROPIC_API_KEY",
    403: "the key may not do this; check its permissions and the model's name",
    404: "check the model's name in .aibrain/aio.toml and ANTHROPIC_BASE_URL",
    413: "the request is too large; split the task into smaller ones",
    422: "correct what the server names; the model's name is in .aibrain/aio.toml",
}
_CHECK_SERVER = "check the model server and ANTHROPIC_BASE_URL"
_WAIT = "wait, or check the state of the model server"
_LONGEST_MESSAGE = 300


class ModelCallError(AgentError):
    """One model call gave no complete reply.

    `retry_after_s` is what the server asked for, uncapped; None: nothing. `is_backend_wide`: key,
    account, model or server are wrong, not what this task asked.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        failure: FailureClass = FailureClass.TRANSIENT,
        retry_after_s: float | None = None,
        is_backend_wide: bool = False,
    ) -> None:
        super().__init__(_one_line(message), hint=hint)
        self.failure = failure
        self.retry_after_s = retry_after_s
        self.is_backend_wide = is_backend_wide

    def as_event(self) -> AgentFailed:
        """The end of the turn that could not go on."""
        return AgentFailed(
            failure=self.failure,
            message=str(self),
            retry_after_s=self.retry_after_s,
            is_backend_wide=self.is_backend_wide,
        )


def of_status(error: APIStatusError, now: datetime) -> ModelCallError:
    """The fault behind an answer that is not a success."""
    status = error.status_code
    is_transient = status in _TRANSIENT_STATUS or status >= 500
    said = error.api_message or error.message
    return ModelCallError(
        f"model server answered {status}: {said}",
        hint=_WAIT if is_transient else _HINTS.get(status, _CHECK_SERVER),
        failure=FailureClass.TRANSIENT if is_transient else FailureClass.LOGICAL,
        retry_after_s=retry_after(error.response.headers, now),
        is_backend_wide=status in _BACKEND_WIDE_STATUS or _NO_CREDIT in said,
    )


def of_stream_error(kind: str, said: str) -> ModelCallError:
    """The fault behind an error event inside a stream; an unknown kind counts as transient."""
    is_logical = kind in _LOGICAL_TYPES
    return ModelCallError(
        f"model server broke off with {kind}: {said}",
        hint=_CHECK_SERVER if is_logical else _WAIT,
        failure=FailureClass.LOGICAL if is_logical else FailureClass.TRANSIENT,
        is_backend_wide=kind in _BACKEND_WIDE_TYPES,
    )


def of_connection(cause: BaseException) -> ModelCallError:
    """The fault behind a connection that failed, broke or fell silent."""
    said = ": ".join(filter(None, (type(cause).__name__, str(cause))))
    return ModelCallError(f"connection to the model server failed: {said}", hint=_CHECK_SERVER)


def of_foreign_server(content_type: str) -> ModelCallError:
    """The server answered, but not with a stream of the Messages API."""
    return ModelCallError(
        f"the server answered {content_type or 'an unnamed type'} instead of an event stream",
        hint="ANTHROPIC_BASE_URL must point to a server that speaks the Messages API",
        failure=FailureClass.LOGICAL,
        is_backend_wide=True,
    )


def of_unreadable(what: str) -> ModelCallError:
    """The stream broke the rules of the Messages API."""
    return ModelCallError(f"unreadable stream: {what}", hint=_CHECK_SERVER)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the server asks to wait; None if it asks for nothing that can be read."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    raw = headers.get("retry-after")
    if (seconds := _number(raw)) is not None:
        return seconds
    return _seconds_until(raw, now)


def _number(raw: str | None) -> float | None:
    try:
        number = float(raw or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _seconds_until(raw: str | None, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(raw or "")
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_MESSAGE]
