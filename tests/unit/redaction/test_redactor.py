import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain.errors import ConfigError
from engine.redaction.redactor import hipaa_redactor, holds_placeholder, secrets_redactor
from engine.redaction.stream import RedactedStream

PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA0123456789\nabcdefABCDEF0123456789==\n"
    "-----END RSA PRIVATE KEY-----"
)
SECRETS = {
    "AKIA" + "IOSFODNN7EXAMPLE": "token",
    "ghp_" + "a1B2" * 9: "token",
    "glpat-" + "AbCd0123456789efghij": "token",
    "xoxb-" + "123456789012-abcdefGHIJ": "token",
    "sk-" + "ant-api03-AbCd0123456789efgh": "token",
    "12345678:" + "AA" + "bC3d" * 9: "token",
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0.c2lnbmF0dXJl": "jwt",
    PEM: "private-key",
    PEM.replace("\n", "\\n"): "private-key",
    "q8Zr2LmX0vTs9KpWd4YcB7nHf1GjE5uAo3RiQz6M": "key",
}
IN_CONTEXT = {
    "postgres://shop:{}@db:5432/shop": ("tiger", "password"),
    "Authorization: Bearer {}": ("abcdef0123456789", "authorization"),
    "curl -H 'X-Api-Key: {}' http://x": ("abcdef0123456789", "authorization"),
    "curl -u admin:{} http://x": ("hunter22", "password"),
    "set-cookie: session={}; Path=/": ("abc12345", "cookie"),
    "deploy --password {} now": ("Sup3rSecret!", "secret"),
    "DB_PASSWORD={}": ("Sup3rS3cret!", "secret"),
    '{{"password": "{}"}}': ("hunter2x", "secret"),
    '{{\\"password\\": \\"{}\\"}}': ("hunter2x", "secret"),
    "aws_secret_access_key = {}": ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY", "secret"),
}
PERSONAL = {
    "123-45-6789": "ssn",
    "(555) 234-5678": "phone",
    "555-234-5678": "phone",
    "+1 415 555 2671": "phone",
    "+49 30 1234567": "phone",
    "jane.doe@example.org": "mail",
    "4111 1111 1111 1111": "card",
    "5500-0000-0000-0004": "card",
    "378282246310005": "card",
}
PERSONAL_IN_CONTEXT = {
    "ssn={}": ("123456789", "ssn"),
    "MRN: {}": ("00482913", "mrn"),
    "mrn #{}": ("A1234567", "mrn"),
    '{{"patient_id": "{}"}}': ("9912345", "mrn"),
    "DOB: {}": ("01/02/1980", "birth-date"),
    "date_of_birth={}": ("1980-02-01", "birth-date"),
    "born on {}": ("March 3, 1980", "birth-date"),
}
HARMLESS = (
    "commit 4f2a9bd0c1e2f3a4b5c6d7e8f90a1b2c3d4e5f60",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "550e8400-e29b-41d4-a716-446655440000",
    "tests/unit/test_total.py::TestTotal::test_rounds[half-2.5-3]",
    "2026-11-28T21:07:43.123456+00:00 took 1700000000000 ns",
    '"integrity": "sha512-q8Zr2LmX0vTs9KpWd4YcB7nHf1GjE5uAo3RiQz6M0123456789=="',
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4",
    "password = get_password()",
    "token: str = self._token",
    "secret_key = os.environ['SECRET_KEY']",
    "API_KEY=$API_KEY PASSWORD=$(pass show db) ./run",
    "git@github.com:shop/shop.git",
    "import pytest\\n@pytest.fixture\\ndef price(): pass",
    "@@ -12,7 +12,9 @@\n+1234567890\n-123-45",
    "version 555.234.5678901, port 127.0.0.1:8080, 12:34:56",
    "4111111111111112 is no card: its checksum is wrong",
    "EngineRunningErrorWhileTheOtherOneHoldsTheLockOfThisRepository",
    "if '-----BEGIN PRIVATE KEY-----' in text: pass",
    "kept as refs/aio-tui/discarded/fix/SLOW/d30c3500f3e2",
)
full = hipaa_redactor({"badge": r"BADGE-\d{6}"})


@pytest.mark.parametrize(("secret", "kind"), SECRETS.items())
def test_a_secret_is_told_by_its_form(secret: str, kind: str) -> None:
    for text in (f"it is {secret} here", f"a\\n{secret}", secret):
        assert secrets_redactor()(text) == text.replace(secret, f"[redacted:{kind}]")


@pytest.mark.parametrize(("form", "hidden"), IN_CONTEXT.items())
def test_a_secret_is_told_by_what_stands_before_it(form: str, hidden: tuple[str, str]) -> None:
    secret, kind = hidden
    assert secrets_redactor()(form.format(secret)) == form.format(f"[redacted:{kind}]")


@pytest.mark.parametrize(("text", "kind"), PERSONAL.items())
def test_personal_data_is_told_by_its_form(text: str, kind: str) -> None:
    assert full(f"call {text}.") == f"call [redacted:{kind}]."
    assert secrets_redactor()(f"call {text}.") == f"call {text}."


@pytest.mark.parametrize(("form", "hidden"), PERSONAL_IN_CONTEXT.items())
def test_personal_data_is_told_by_what_stands_before_it(form: str, hidden: tuple[str, str]) -> None:
    text, kind = hidden
    assert full(form.format(text)) == form.format(f"[redacted:{kind}]")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_secret_stays(text: str) -> None:
    assert full(text) == text


@pytest.mark.parametrize("form", ["300 {}", "{} 301", "4 {} 123", "6011 22 {}"])
def test_a_card_is_told_among_other_numbers(form: str) -> None:
    card = "4111 1111 1111 1111"
    assert full(form.format(card)) == form.format("[redacted:card]")


def test_shell_that_hides_in_a_value_is_never_hidden() -> None:
    for text in ("PASSWORD=$(rm${IFS}-rf1 /)", "TOKEN=`curl1 evil.example`", "PWD1=a;rm -rf /1"):
        assert full(text) == text


def test_the_targets_own_patterns_count() -> None:
    assert full("BADGE-123456 left") == "[redacted:badge] left"


@pytest.mark.parametrize(
    ("kind", "expression", "said"),
    [
        ("badge", "(", "is no regular expression"),
        ("badge", "x*", "matches nothing"),
        ("Bad ge", "x", "the kind is malformed"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_named(kind: str, expression: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        hipaa_redactor({kind: expression})


@settings(max_examples=50)
@example(before="300", secret="4111 1111 1111 1111", after="")  # noqa: S106  of a test
@given(st.text(), st.sampled_from([*SECRETS, *PERSONAL]), st.text())
def test_a_second_pass_changes_nothing(before: str, secret: str, after: str) -> None:
    once = full(f"{before} {secret} {after}")
    assert secret not in once
    assert full(once) == once


def test_own_patterns_that_would_match_placeholders_leave_them() -> None:
    greedy = hipaa_redactor({"word": r"[a-z]+"})
    once = greedy("secret words 123-45-6789")
    assert greedy(once) == once == "[redacted:word] [redacted:word] [redacted:ssn]"


@pytest.mark.parametrize("secret", [*SECRETS, *PERSONAL, "born on March 3, 1980"])
def test_a_secret_in_pieces_is_still_one(secret: str) -> None:
    dice = random.Random(secret)  # noqa: S311  no secret depends on it
    text = f"Before it\nstands {secret} and after it more.\n"
    for _ in range(30):
        stream, shown, at = RedactedStream(full), "", 0
        while at < len(text):
            size = dice.randint(1, 9)
            shown += stream.feed(text[at : at + size])
            at += size
        assert shown + stream.end() == full(text)


@given(st.lists(st.text(alphabet="ab1 -\n.@", max_size=12)))
def test_pieces_without_secrets_lose_nothing(pieces: list[str]) -> None:
    stream = RedactedStream(secrets_redactor())
    assert "".join(map(stream.feed, pieces)) + stream.end() == "".join(pieces)


def test_a_key_block_without_end_is_not_held_for_ever() -> None:
    stream = RedactedStream(full)
    shown = stream.feed("-----BEGIN PRIVATE KEY-----\n")
    for _ in range(200):
        shown += stream.feed("MIIEowIBAAKCAQEA0123456789abcdefABCDEF0123456789\n")
    shown += stream.end()
    assert "MIIEow" not in shown
    assert holds_placeholder(shown)
