"""Which rules of secrecy hold for a repository, and whether its key fits."""

from __future__ import annotations

import os
from dataclasses import replace

from engine.domain.errors import ConfigError
from engine.domain.settings import MergePolicy, Settings
from engine.governance.contract import Contracts, Layer
from engine.governance.contract_builtin import HIPAA, built_in_bases
from engine.governance.contract_folder import load_contracts
from engine.ports.secrecy import Secrecy
from engine.redaction.redactor import Redactor, hipaa_redactor, secrets_redactor
from engine.sandbox.redaction import redactor as known_values
from engine.vault.material import operator_key
from engine.vault.ring import KeyRing, is_sealed, read_ring, write_ring


def redactor_of(settings: Settings) -> Redactor:
    """What takes out what may not be written for this repository.

    Raises:
        ConfigError: one of its own patterns cannot be used.
    """
    known = known_values(os.environ)
    if settings.hipaa.enabled:
        return hipaa_redactor(settings.hipaa.patterns, known=known)
    return secrets_redactor(known=known)


def contracts_in_force(settings: Settings) -> Contracts:
    """Those of the files; under HIPAA the built-in contract for it tightens each of them.

    Raises:
        GuardrailError: a file cannot be used; nothing may run.
    """
    contracts = load_contracts(settings.brain / "contracts")
    return contracts.plus(*layers_of(settings))


def layers_of(settings: Settings) -> tuple[Layer, ...]:
    """What tightens every contract: under HIPAA the built-in one for it, with level L1 at most."""
    return (replace(built_in_bases()[HIPAA], is_base=False),) if settings.hipaa.enabled else ()


def secrecy_of(settings: Settings) -> Secrecy:
    """The rules in force; the key is fetched and tried. Makes the key ring of a new state.

    Raises:
        ConfigError: the key is missing or wrong, or the state was kept otherwise; nothing was
            started and nothing changed.
        StoreError: the key ring is damaged.
    """
    redact = redactor_of(settings)
    if not settings.hipaa.enabled:
        if is_sealed(settings.state):
            raise ConfigError(
                f"the state of {settings.project!r} is sealed, but [hipaa] is not enabled",
                hint="set enabled = true and its key in [hipaa] of .aibrain/aio.toml",
            )
        return Secrecy(redact=redact)
    if settings.merge.policy in (MergePolicy.AUTO, MergePolicy.PULL_REQUEST):
        raise ConfigError(
            f"[merge] policy is {settings.merge.policy.value!r}, but under HIPAA a human approves",
            hint='use policy = "level" or "approval"',
        )
    return Secrecy(redact=redact, outgoing=redact, codec=_ring_of(settings).codec())


def _ring_of(settings: Settings) -> KeyRing:
    operator = operator_key(settings.hipaa, settings.repo)
    ring = read_ring(settings.state, operator)
    if ring is not None:
        return ring
    if (settings.state / "work.db").exists():
        raise ConfigError(
            f"the state of {settings.project!r} is from before [hipaa] was enabled, in plain text",
            hint="seal it with 'aio-tui state seal'",
        )
    ring = KeyRing.fresh()
    write_ring(settings.state, ring, operator)
    return ring
