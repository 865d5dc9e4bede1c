from __future__ import annotations

from engine.sandbox.redaction import redactor

KEY = "sk-local-0123456789"


def test_the_value_of_a_secret_variable_is_replaced_by_its_name() -> None:
    redact = redactor({"ANTHROPIC_API_KEY": KEY, "PATH": "/usr/bin/x"})
    assert redact(f"KEY={KEY};PATH=/usr/bin/x") == (
        "KEY=[redacted ANTHROPIC_API_KEY];PATH=/usr/bin/x"
    )


def test_of_two_secrets_the_longer_one_goes_first() -> None:
    redact = redactor({"A_TOKEN": KEY, "B_TOKEN": f"{KEY}-more"})
    assert redact(f"{KEY}-more") == "[redacted B_TOKEN]"


def test_short_values_and_other_variables_stay() -> None:
    text = "yes main 12345678"
    assert redactor({"USE_KEY": "yes", "BRANCH": "main", "NUMBER": "12345678"})(text) == text
