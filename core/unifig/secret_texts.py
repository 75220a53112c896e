"""What a text says: keys of known formats, passwords in URLs, and secrets that stand by a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .secret_formats import MASK, REASONS, has_beginning, mask_formats
from .secret_names import key_reason, looks_random, verdicts

_SHORTEST: Final = 9  # characters: a URL with a password
_SHORTEST_KEY: Final = 16


def suspicious(text: str) -> bool:
    """A quick look: False where :func:`mask_text` would find nothing."""
    size = len(text)
    if size < _SHORTEST:
        return False
    if ("=" in text or ":" in text or "--" in text) and (
        ("@" in text and "://" in text) or _has_name(text)
    ):
        return True
    return size >= _SHORTEST_KEY and (
        has_beginning(text) is not None or "earer " in text or "dapi" in text
    )


def _has_name(text: str) -> bool:
    """Whether a piece of a name that may say secret is in a text. Written out, for it is quick."""
    low = text.lower()
    return (
        "pass" in low
        or "secret" in low
        or "token" in low
        or "key" in low
        or "cred" in low
        or "auth" in low
        or "pwd" in low
        or "pw" in low
        or "bearer" in low
        or "cookie" in low
        or "mnemonic" in low
        or "phrase" in low
        or "pin" in low
        or "jwt" in low
        or "sig" in low
        or "webhooks" in low
        or "hooks.slack" in low
        or ":aa" in low
    )


def text_reason(text: str) -> str | None:
    """Why a text holds a secret, whatever it is called; None where it holds none.

    >>> text_reason("postgresql://me:hunter2@host/db")
    'a password inside a URL'
    """
    found: list[str] = []
    if suspicious(text):
        _mask(text, found)
    return found[0] if found else None


def mask_text(text: str) -> str:
    """A text with the secrets in it masked, the same object where there are none.

    >>> mask_text("postgresql://me:hunter2@host/db")
    'postgresql://me:***@host/db'
    """
    return _mask(text, []) if suspicious(text) else text


def is_of_text(reason: str) -> bool:
    """Whether a reason is one that :func:`text_reason` gives: a part of the text is the secret."""
    return reason in (_IN_URL, _KEY_IN_URL, *REASONS) or reason.startswith(_AFTER)


def _mask(text: str, found: list[str]) -> str:
    for _ in range(_MOST_ROUNDS):
        told = len(found)
        masked = _mask_urls(text, found) if "@" in text and "://" in text else text
        masked = mask_formats(masked, found)
        if _has_name(masked):
            masked = _mask_named(_mask_defaults(masked, found), found)
        if len(found) == told:
            break
        text = masked  # with one secret gone, another one may come to light
    return text


_MOST_ROUNDS: Final = 10


# Passwords in URLs: scheme://user:password@host

_IN_URL: Final = "a password inside a URL"
_KEY_IN_URL: Final = "a key inside a URL"
_AFTER: Final = "it has a secret after "
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_DATABASES: Final = re.compile(
    r"(?:postgres|mysql|maria|mongo|redis|rediss|amqp|mssql|oracle|clickhouse|snowflake|cockroach"
    r"|trino|presto|ftp|sftp|smtp|nats|cassandra|neo4j|bolt|ldap)",
)
"""The beginnings of schemes whose URLs have no path with an @ in it, but passwords with a /."""
_SPACE: Final = re.compile(r"\s")
_QUOTE: Final = re.compile(r"[\"'`<>]")
_QUERY: Final = re.compile(r"\?[\w.-]{1,60}=")
_END: Final = re.compile(r"[/?#]")
_HOST: Final = re.compile(r"localhost\b|[\w-]+\.[\w.-]+(?::[0-9]+)?\Z|[\w.-]+:[0-9]+\Z")
_HEX: Final = re.compile(r"[0-9a-fA-F]{32,}")


def _mask_urls(text: str, found: list[str]) -> str:
    parts = []
    done = 0
    at = text.find("://")
    while at >= 0:
        begin = at + 3
        following = text.find("://", begin)
        scheme = _SCHEME.search(text[max(0, at - 40) : at])
        if scheme is not None:
            database = _DATABASES.match(scheme[0]) is not None
            limit = len(text) if following < 0 else following
            if not (database and scheme[0] == text[:at] and "\n" not in text):
                # A database's URL that is the whole text may have a blank in its password.
                space = _SPACE.search(text, begin, limit)
                limit = space.start() if space else limit
            span = _secret_of_url(text[begin:limit], database=database)
            if span is not None:
                found.append(span[2])
                parts += [text[done : begin + span[0]], MASK]
                done = begin + span[1]
        at = following
    return "".join([*parts, text[done:]]) if parts else text


def _secret_of_url(url: str, *, database: bool) -> tuple[int, int, str] | None:
    """Where in a URL, after its scheme, the password is, or the key in the place of a user."""
    quote = _QUOTE.search(url)
    if quote is not None and "@" in url[: quote.start()]:
        url = url[: quote.start()]
    end = _END.search(url)
    head = url[: end.start()] if end else url
    if "@" not in url or head.startswith("["):
        return None
    query = _QUERY.search(url)
    last = url.rfind("@", 0, query.start() if query else len(url))
    last = last if last >= 0 else url.rfind("@")
    if "@" in head:
        at = head.rfind("@")
        if at < last and (database or _HOST.match(head[at + 1 :]) is None):
            at = last  # a slash in the password
    else:
        port = head.partition(":")[2]
        if ":" not in head or ((not port or port.isdecimal()) and not database):
            return None
        at = last
    user, colon, password = url[:at].partition(":")
    if url.startswith("sha256:", at + 1):
        return None
    if not colon:
        key = looks_random(user) or _HEX.fullmatch(user) is not None
        return (0, at, _KEY_IN_URL) if key else None
    if password in ("", MASK) or (password.startswith("${") and password.endswith("}")):
        return None
    return len(user) + 1, at, _IN_URL


# Secrets by a name: password=…, --api-key …, "token": "…"

_ENV_DEFAULT: Final = re.compile(r"(oc\.env:\s{0,3}([A-Za-z_]\w{0,99})\s{0,3},)([^{}]+)")


def _mask_defaults(text: str, found: list[str]) -> str:
    """Masks what ``${oc.env:NAME,default}`` gives where the variable is not set."""
    if "oc.env:" not in text:
        return text

    def masked(match: re.Match[str]) -> str:
        told, name, default = match.groups()
        if key_reason(name) is None or default.strip(" '\"") in ("", "null", "None", MASK):
            return match[0]
        found.append(f"{_AFTER}{name}")
        return f"{told}{MASK}"

    return _ENV_DEFAULT.sub(masked, text)


_NAMED: Final = re.compile(
    r"(?<![\w.-])(?P<name>-{0,2}[A-Za-z_][\w.-]*+)"
    r"(?:(?P<end>\\{0,3}[\"'])?(?P<mark>\s{0,2}[=:][ \t]{0,2})|(?P<blank>[ \t]{1,3}))"
)
_OPEN: Final = re.compile(r"\\{0,3}[\"']")
_BARE: Final = re.compile(r"(?:[^\s,;&]|[,;&](?![\s\"']{0,2}[\w.-]{1,60}[\"']?\s?[=:]))+")
_CLOSERS: Final = ")}]\"'\\,;>"
_UNSET: Final = re.compile(r"\$\{.*\}|None|none|null|True|true|False|false|\*{3,}", re.DOTALL)
"""What is written where no secret is given, or not yet."""
_NO_VALUE: Final = re.compile(r"\$\{.*|\$[A-Z][A-Z0-9_]{3,}|//.*", re.DOTALL)
"""What stands after a name in a text, and is a variable of a shell or the rest of a URL."""
_TYPES: Final = frozenset(
    ["str", "string", "int", "bool", "bytes", "float", "dict", "list", "Optional[str]", "SecretStr"]
)
_PROSE: Final = frozenset(
    [
        "flag",
        "flags",
        "option",
        "options",
        "argument",
        "arguments",
        "to",
        "is",
        "are",
        "and",
        "or",
        "for",
        "if",
        "in",
        "of",
        "on",
        "with",
        "from",
        "as",
        "the",
        "a",
        "an",
        "was",
        "has",
        "must",
        "should",
        "can",
        "will",
        "when",
        "instead",
        "which",
        "that",
    ]
)


def _mask_named(text: str, found: list[str]) -> str:
    parts = []
    done = 0
    for match in _NAMED.finditer(text):
        if match.start() < done:
            continue
        name = match["name"]
        if match["blank"] and not name.startswith("-"):
            continue
        if not _has_name(name) or (verdict := verdicts[name]) is None:
            continue
        span = _value_after(text, match)
        if span is not None and verdict.holds(text[span[0] : span[1]]):
            found.append(f"{_AFTER}{name}")
            parts += [text[done : span[0]], MASK]
            done = span[1]
    return "".join([*parts, text[done:]]) if parts else text


def _value_after(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Where the value after a name is, without its quotes; None where nothing is there to mask."""
    begin = match.end()
    quote = _OPEN.match(text, begin)
    if quote is not None:
        begin, end = quote.end(), _closing(text, quote[0], quote.end())
    else:
        bare = _BARE.match(text, begin)
        if bare is None:
            return None
        end = begin + (len(bare[0].rstrip(_CLOSERS)) or len(bare[0]))
        if not _is_value(text, match, begin, end):
            return None
    value = text[begin:end]
    if not value or _UNSET.fullmatch(value) or (quote is None and _NO_VALUE.fullmatch(value)):
        return None
    return begin, end


def _closing(text: str, quote: str, begin: int) -> int:
    """Where a quoted value ends: at its closing quote, else at the line's end."""
    end = text.find(quote, begin)
    while end > 0 and len(quote) == 1 and _is_escaped(text, end):
        end = text.find(quote, end + 1)
    line = text.find("\n", begin, end if end >= 0 else len(text))
    return line if line >= 0 else end if end >= 0 else len(text)


def _is_escaped(text: str, at: int) -> bool:
    before = at
    while text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


def _is_value(text: str, match: re.Match[str], begin: int, end: int) -> bool:
    """Whether what comes after a name without quotes is its value, and no prose and no flag."""
    value = text[begin:end]
    if match["blank"]:
        return value[0] != "-" and value not in _PROSE
    if match["mark"].strip() == ":" and match["mark"] != ":" and match["end"] is None:
        # "password: hunter2" is one, "password: what you log in with" is none.
        following = text[end : end + 1]
        return value not in _TYPES and following in ("", "\n", "\r", *_CLOSERS)
    return True


# A command line

_ASSIGNED: Final = re.compile(r"([-+~]*+)([^=\s]++)=(.*)", re.DOTALL)


def mask_argv(argv: Sequence[str]) -> list[str]:
    """A command line with the secrets in it masked.

    By the names of flags (``--password hunter2``), variables (``API_KEY=…``) and overrides
    (``+model.api_key=…``), by known formats, and in URLs.

    >>> mask_argv(["train.py", "--password", "hunter2", "--lr=1", "hub_token=abc1"])
    ['train.py', '--password', '***', '--lr=1', 'hub_token=***']
    """
    masked = []
    flag: str | None = None  # whose value comes next
    for argument in argv:
        is_flag = argument.startswith("-") and not argument[1:2].isdecimal()
        if flag is not None and not is_flag:
            masked.append(MASK if _holds(flag, argument) else mask_text(argument))
            if not flag.endswith("s"):
                flag = None  # --api-keys takes several
            continue
        match = _ASSIGNED.fullmatch(argument)
        if match is not None:
            flag = None
            masked.append(_mask_assigned(argument, match))
        else:
            flag = argument if is_flag and verdicts[argument] is not None else None
            masked.append(mask_text(argument))
    return masked


def _mask_assigned(argument: str, match: re.Match[str]) -> str:
    marks, name, value = match.groups()
    segments = re.split(r"[./@]", name)
    above = (verdicts[segment] for segment in segments[:-1])
    hidden = any(verdict is not None and verdict.hides for verdict in above)
    if hidden or _holds(segments[-1], value) or _holds(name, value):
        value = value if _UNSET.fullmatch(value) or not value else MASK
        return f"{marks}{name}={value}"
    return mask_text(argument)


def _holds(name: str, value: str) -> bool:
    verdict = verdicts[name]
    return (
        verdict is not None
        and value != ""
        and _UNSET.fullmatch(value) is None
        and verdict.holds(value)
    )
