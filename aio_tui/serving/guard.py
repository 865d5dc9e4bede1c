"""Who may come in: whoever has the token, from a page of ours, to a name of ours.

A page of somebody else in the same browser can send requests here, and a name of somebody else can
be made to lead here. So the Host must be an address of this machine, the Origin must be the same,
and the token comes once in the address and then in a cookie that other sites do not get to send.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Nothing is loaded from elsewhere, whatever a page says."""
_LINK = re.compile(r"<link\s[^>]*>")
_MOST_SCREENS = 8
_WS = "/ws"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Stands before every request.

    Args:
        token: the secret.
        hosts: host names, without port, that this server goes by beside those of loopback.
        any_address: any Host that is a bare address is ours too.
    """

    def __init__(
        self, token: str, *, hosts: frozenset[str] = frozenset(), any_address: bool = False
    ) -> None:
        self._token = token
        self._hosts = hosts | {"127.0.0.1", "localhost", "::1"}
        self._any_address = any_address
        self._screens = 0

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def stand_guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        return stand_guard

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._check_names(request)
        offered = request.query.get("token")
        if offered is not None and request.path == "/":
            return self._let_in(offered, request)
        if not self._is_token(request.cookies.get(_cookie_name(request), "")):
            raise web.HTTPForbidden(text="open the address that 'aio-tui serve' printed\n")
        if request.path == _WS:
            return await self._screen(request, handler)
        return _sealed(await handler(request), request.host)

    def _check_names(self, request: web.Request) -> None:
        if not self._is_ours(request.host):
            raise web.HTTPForbidden(text="this server does not go by that name\n")
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            raise web.HTTPForbidden(text="a page of another site asks\n")

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        return name in self._hosts or (self._any_address and _is_address(name))

    def _is_token(self, offered: str) -> bool:
        return hmac.compare_digest(offered.encode(errors="replace"), self._token.encode())

    def _let_in(self, offered: str, request: web.Request) -> web.StreamResponse:
        if not self._is_token(offered):
            raise web.HTTPForbidden(text="the token is wrong\n")
        answer = web.HTTPSeeOther("/")
        answer.set_cookie(
            _cookie_name(request), self._token, httponly=True, samesite="Strict", path="/"
        )
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    async def _screen(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._screens >= _MOST_SCREENS:
            raise web.HTTPServiceUnavailable(text=f"{_MOST_SCREENS} screens are open: close one\n")
        self._screens += 1
        try:
            return await handler(request)
        finally:
            self._screens -= 1


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach a server that listens there."""
    name = host.strip("[]")
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def page_for(html: str, *, address: str, host: str) -> str:
    """The page without what it would load from elsewhere, led to `host` instead of `address`."""
    own = html
    for scheme in ("http", "ws"):
        own = own.replace(address.replace("http", scheme, 1), f"{scheme}://{host}")
    return _LINK.sub(lambda link: link[0] if f'"http://{host}/' in link[0] else "", own)


def _sealed(answer: web.StreamResponse, host: str) -> web.StreamResponse:
    if not answer.prepared:
        answer.headers["Content-Security-Policy"] = _POLICY.format(host=host)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _cookie_name(request: web.Request) -> str:
    """One for each port: cookies do not know ports."""
    port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
    return f"aio_tui_{port}"


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
