"""Which names and origins the server in front of the cockpit takes for its own."""

from __future__ import annotations

from aio_tui.serving.guard import Guard, is_loopback, page_for


def test_only_loopback_is_loopback() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"):
        assert is_loopback(host), host
    for host in ("0.0.0.0", "::", "192.168.0.2", "127.0.0.1.evil.example", "evil.example", ""):  # noqa: S104  to be told apart
        assert not is_loopback(host), host


def test_a_host_is_ours_by_name_whatever_the_port() -> None:
    guard = Guard("secret")
    ours = ("127.0.0.1:8642", "localhost:9000", "LOCALHOST", "[::1]:8642")
    others = ("evil.example", "127.0.0.1.evil.example:8642", "10.0.0.1:8642", "", "localhost.evil")
    assert [host for host in ours if not guard._is_ours(host)] == []
    assert [host for host in others if guard._is_ours(host)] == []
    remote = Guard("secret", any_address=True)
    assert remote._is_ours("10.0.0.1:8642")
    assert not remote._is_ours("evil.example:8642")


def test_a_token_is_the_whole_token() -> None:
    guard = Guard("secret")
    assert guard._is_token("secret")
    for offered in ("", "secre", "secrets", "sécret", "\ud800"):
        assert not guard._is_token(offered)


def test_a_page_loads_nothing_from_elsewhere_and_leads_to_where_it_came_from() -> None:
    html = (
        '<link rel="stylesheet" href="http://127.0.0.1:80/static/x.css" />'
        '<link\n rel="stylesheet"\n href="https://fonts.example/css?a=b" />'
        '<div data-url="ws://127.0.0.1:80/ws"></div>'
    )
    page = page_for(html, address="http://127.0.0.1:80", host="localhost:9000")
    assert "fonts.example" not in page
    assert 'href="http://localhost:9000/static/x.css"' in page
    assert 'data-url="ws://localhost:9000/ws"' in page
