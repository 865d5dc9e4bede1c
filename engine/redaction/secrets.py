"""Credentials: by the marks their issuers give them, by what stands before them, by chance."""

from __future__ import annotations

import re

from engine.redaction.entropy import bits_per_character, is_lone_key, is_random
from engine.redaction.pattern import Pattern

_BODY = r"(?:(?!-----END)[A-Za-z0-9+/=:,.()\\\s-])"
_PRIVATE_KEY = Pattern(
    kind="private-key",
    regex=re.compile(
        rf"-----BEGIN [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----{_BODY}{{0,200}}?"
        rf"[A-Za-z0-9+/=]{{16}}{_BODY}*(?:-----END [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----)?"
    ),
    anchors=("-----begin ",),
    has_border=False,
)

_TOKENS = r"""
    (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])      akia asia abia acca
    gh[pousr]_[A-Za-z0-9]{30,255}                           ghp_ gho_ ghu_ ghs_ ghr_
    github_pat_[A-Za-z0-9_]{22,255}                         github_pat_
    gl[a-z]{2,5}-[A-Za-z0-9_-]{20,}          glpat- glptt- gldt- glrt- glcbt- glft- glsoat- glagent-
    xox[abeoprs]-[A-Za-z0-9-]{10,}                          xox
    xapp-\d-[A-Za-z0-9-]{10,}                               xapp-
    sk-(?:[a-z]{2,12}\d{0,3}-){0,3}[A-Za-z0-9_-]{16,}       sk-
    [srp]k_(?:live|test)_[A-Za-z0-9]{16,}   sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ pk_test_
    whsec_[A-Za-z0-9+/=]{24,}                               whsec_
    AIza[A-Za-z0-9_-]{35}                                   aiza
    ya29\.[A-Za-z0-9_-]{20,}                                ya29.
    GOCSPX-[A-Za-z0-9_-]{24,}                               gocspx-
    npm_[A-Za-z0-9]{36}                                     npm_
    pypi-[A-Za-z0-9_-]{50,}                                 pypi-
    SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}              sg.
    key-[0-9a-f]{32}(?![0-9a-f])                            key-
    do[opr]_v1_[a-f0-9]{64}                                 dop_v1_ doo_v1_ dor_v1_
    hv[sbr]\.[A-Za-z0-9_-]{20,}                             hvs. hvb. hvr.
    hf_[A-Za-z0-9]{30,}                                     hf_
    gsk_[A-Za-z0-9]{30,}                                    gsk_
    xai-[A-Za-z0-9]{30,}                                    xai-
    r8_[A-Za-z0-9]{30,}                                     r8_
    dapi[0-9a-f]{32}                                        dapi
    shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}                      shpat_ shpca_ shppa_ shpss_
    sq0[a-z]{3}-[A-Za-z0-9_-]{20,}                          sq0
    AGE-SECRET-KEY-1[A-Z0-9]{58}                            age-secret-key-
    lin_api_[A-Za-z0-9]{30,}                                lin_api_
    ntn_[A-Za-z0-9]{40,}                                    ntn_
    PMAK-[A-Za-z0-9-]{50,}                                  pmak-
    dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9]{40,}                   dp.
    NRAK-[A-Z0-9]{27}                                       nrak-
    gl(?:sa|c)_[A-Za-z0-9+/=_]{32,}                         glsa_ glc_
    dckr_pat_[A-Za-z0-9_-]{20,}                             dckr_pat_
    ATATT3[A-Za-z0-9_=-]{40,}                               atatt3
    dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}                      dt0c01.
    rubygems_[a-f0-9]{48}                                   rubygems_
    pul-[a-f0-9]{40}                                        pul-
    sntry[su]_[A-Za-z0-9+/=_]{40,}                          sntrys_ sntryu_
    sbp_[a-f0-9]{40}                                        sbp_
    pscale_[a-z]{2,6}_[A-Za-z0-9_.-]{30,}                   pscale_
"""
"""One issuer a line: what its tokens look like, and how they begin, in lower case."""


_ISSUERS = tuple(line.rsplit("  ", 1) for line in _TOKENS.split("\n") if line.strip())
_TOKEN = Pattern(
    kind="token",
    regex=re.compile("|".join(f"(?:{regex.strip()})" for regex, _ in _ISSUERS)),
    anchors=tuple(anchor for _, anchors in _ISSUERS for anchor in anchors.split()),
)

_BOT_TOKEN = Pattern(
    kind="token",
    regex=re.compile(r":AA[A-Za-z0-9_-]{32,}"),
    anchors=(":aa",),
    left=re.compile(r"\d{8,10}\Z"),
)
_TERRAFORM_TOKEN = Pattern(
    kind="token",
    regex=re.compile(r"\.atlasv1\.[A-Za-z0-9_=-]{40,}"),
    anchors=(".atlasv1.",),
    left=re.compile(r"[A-Za-z0-9]{14}\Z"),
)

_JWT = Pattern(
    kind="jwt",
    regex=re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}"),
    anchors=("eyj",),
)

_URL_PASSWORD = Pattern(
    kind="password",
    regex=re.compile(
        r"://[^\s:/@\"'<>`]{0,200}:(?P<secret>(?![\[<{$*%])[^\s/@\"'<>`]{1,200})@[A-Za-z0-9\[]"
    ),
    anchors=("://",),
    has_border=False,
)

_VALUE = r"(?P<secret>(?![\[<{$])[A-Za-z0-9+/=_.~:-]{12,4096})"
_HEADER = Pattern(
    kind="authorization",
    regex=re.compile(
        r"(?:authorization[\"']?\s*[:=,]\s*(?:b?[\"'])?"
        r"(?:(?:bearer|basic|token|digest|apikey|negotiate|aws4-hmac-sha256)\s+)?"
        r"|(?:api-key|auth-token|access-token|security-token|vault-token|gitlab-token)"
        rf"[\"']?\s*[:=,]\s*[\"']?|bearer\s+){_VALUE}",
        re.IGNORECASE,
    ),
    anchors=(
        *("authorization", "api-key", "auth-token", "access-token", "security-token"),
        *("vault-token", "gitlab-token", "bearer"),
    ),
    accepts=lambda found: _is_credential(found["secret"]),
)

_COOKIE = Pattern(
    kind="cookie",
    regex=re.compile(
        r"cookie[\"']?\s*:\s*[\"']?[\w.-]{1,60}=(?P<secret>(?!\[)[^\s;,\"']{8,4096})", re.IGNORECASE
    ),
    anchors=("cookie",),
)

_OPTION_USER = Pattern(
    kind="password",
    regex=re.compile(
        r"-(?:u|-user|-proxy-user)[ =][\"']?[\w.@-]{1,80}:(?P<secret>(?![\[<{$])[^\s\"'$`]{3,200})"
    ),
    anchors=("-u ", "-u=", "--user", "--proxy-user"),
    has_border=False,
)

_ASSIGNED = re.compile(
    r"(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|key|credential)s?"
    r"(?:[_-][A-Za-z0-9]{1,20})?"
    r"(?P<sign>\\?[\"']?\]?\s{0,3}(?:=>|:=|=|:)\s{0,3}|\s+)"
    r"(?:\\?(?P<quote>[\"'])(?P<quoted>(?!\[redacted)[^\"'\s$`\\(){}<>]{6,300})\\?(?P=quote)"
    r"|(?P<bare>(?![\[<{(])[^\s\"'$`\\(){}<>\[\];,|&]{6,300}))",
    re.IGNORECASE,
)
_KEY_NAMES = re.compile(
    r"(?:api|access|private|auth|encryption|signing|account|master|secret|shared|session)[_-]?\Z",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Za-z]+(?:[_.\-/:]+[A-Za-z]+)*(?:/?\d{0,3})|https?://.*")
"""Names, types, paths, modules: written by a human for humans to read."""
_CODE = re.compile(r"\.\w+$|^[./~]|^self\.|::|^https?:|[*]$")
_OPTION = re.compile(r"(?:^|\s)--?[A-Za-z0-9-]{0,40}\Z")
_LOOK_BACK = 44


def _is_credential(value: str) -> bool:
    """Whether it is mixed enough to open something."""
    return _WORDS.fullmatch(value) is None and any(map(str.isdigit, value))


def _is_password(value: str) -> bool:
    return _is_credential(value) and any(map(str.isalpha, value))


def _is_bare_secret(value: str) -> bool:
    """Without quotes it may as well be code, so it has to look like nothing that code is."""
    if len(value) < 8 or _CODE.search(value) is not None:
        return False
    is_symbolic = any(sign in value for sign in "!@#%^*+?~")
    return _is_password(value) and (
        is_symbolic or is_random(value) or bits_per_character(value) >= 3.3
    )


def _is_assigned(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - _LOOK_BACK) : found.start()]
    if found[0][:3].lower() == "key" and _KEY_NAMES.search(before) is None:
        return False
    if not found["sign"].strip() and _OPTION.search(before) is None:
        return False
    quoted = found["quoted"]
    return (
        _is_password(quoted) if quoted is not None else _is_bare_secret(found["bare"].rstrip(".:"))
    )


class _Assigned(Pattern):
    """Its value is in one of two groups."""

    __slots__ = ()

    def _span_of(self, found: re.Match[str]) -> tuple[int, int]:
        return found.span("bare" if found["quoted"] is None else "quoted")


_LONE = Pattern(
    kind="key",
    regex=re.compile(r"(?:(?<=\\)[nrt])?(?P<secret>[A-Za-z0-9+/_-]{32,}={0,2})"),
    has_border=False,
    accepts=lambda found: _has_own_borders(found) and is_lone_key(found),
)
_LONGEST_KEY = 128


def _has_own_borders(found: re.Match[str]) -> bool:
    """Whether it is a word of its own, of a key's size: longer ones are files and pictures."""
    start, end = found.span("secret")
    return end - start <= _LONGEST_KEY and found.string[max(0, start - 1) : start] not in ("=", ".")


SECRETS: tuple[Pattern, ...] = (
    _PRIVATE_KEY,
    _URL_PASSWORD,
    _HEADER,
    _COOKIE,
    _OPTION_USER,
    _TOKEN,
    _BOT_TOKEN,
    _TERRAFORM_TOKEN,
    _JWT,
    _Assigned(
        kind="secret",
        regex=_ASSIGNED,
        anchors=("passw", "passphrase", "passcode", "pwd", "secret", "token", "key", "credential"),
        has_border=False,
        accepts=_is_assigned,
    ),
    _LONE,
)
"""In the order in which they are looked for: what knows its borders best comes first."""
