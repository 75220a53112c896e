"""What a name says: whether a key, a flag or an environment variable so called holds a secret.

A name is read by its words, ``hfAccessToken`` as ``hf access token``; digits say nothing. The
tables below have the words that say yes and those around them that say no. Where a word has other
meanings in a training program (``token``, ``pin``, ``auth``), the value decides with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple


class Verdict(NamedTuple):
    """What a name says about the value that has it."""

    holds: Callable[[Any], bool]
    """Whether a value so named is a secret; asked for a number and a text that is not empty."""
    certain: bool = True
    """False where the name alone says nothing, and the value decides."""
    hides: bool = False
    """Whether a mapping so named hides what is below it, unless that is about it (``type``)."""
    hides_all: bool = False
    """Whether it hides all that is below it."""


# What a value must be like. Each is asked for a number and a text that is not empty.


def _is_any(_value: Any) -> bool:
    return True


def _is_text(value: Any) -> bool:
    return type(value) is str


_PATH: Final = re.compile(
    r"(?:/|~|\.\.?/|[A-Za-z]:[\\/]|file:).*"
    r"|[^\s=]+\.(?:json|ya?ml|toml|ini|cfg|txt|pem|key|env|p12)",
    re.DOTALL,
)


def _is_no_path(value: Any) -> bool:
    return type(value) is not str or len(value) > 1000 or _PATH.fullmatch(value) is None


_SPECIAL_TOKEN: Final = re.compile(
    r"[<\[{(|▁].*|[\W_]*|.{1,2}|[Tt]rue|[Ff]alse|[Nn]one|null", re.DOTALL
)
"""What a tokenizer calls a token: ``<s>``, ``[MASK]``, ``##``; and what switches one on."""


def _is_token(value: Any) -> bool:
    return type(value) is str and _SPECIAL_TOKEN.fullmatch(value) is None


_RANDOM: Final = re.compile(
    r"(?=(?:[A-Za-z_-]*[0-9]){3})(?=(?:[0-9_-]*[A-Za-z]){3})[\w-]+={0,2}", re.ASCII
)


def looks_random(value: Any) -> bool:
    """Whether a value is a text like the keys that machines make: long, of letters and digits."""
    if type(value) is not str or not 20 <= len(value) <= 402:
        return False
    return _RANDOM.fullmatch(value) is not None


def _is_pin(value: Any) -> bool:
    """A PIN has four digits or more; the number of a pin on a board has fewer."""
    if type(value) is int:
        return 1000 <= value < 10**12
    return type(value) is str and value.isdecimal() and 4 <= len(value) <= 12


def _is_login(value: Any) -> bool:
    """``user:password``, or random; not ``basic``, ``oauth``, a URL."""
    return looks_random(value) or (
        type(value) is str and re.search(r"\w:[^/\s]", value) is not None
    )


def _is_no_folder(value: Any) -> bool:
    """What ``pwd`` is where it is not the working directory."""
    return type(value) is str and value != "." and not re.search(r"[\\/~]", value)


_SECRET: Final = Verdict(_is_any, hides=True)
_SECRETS: Final = Verdict(_is_any, hides=True, hides_all=True)
_TEXT: Final = Verdict(_is_text)
_NO_PATH: Final = Verdict(_is_no_path, hides=True)
_CREDENTIALS: Final = Verdict(_is_no_path, hides=True, hides_all=True)
_TOKEN: Final = Verdict(_is_token)
_RANDOM_ONLY: Final = Verdict(looks_random, certain=False)

_ANYWHERE: Final[dict[str, Verdict]] = {
    # a password, and what it is called
    "password": _SECRET,
    "passwords": _SECRETS,
    "passwd": _SECRET,
    "passphrase": _SECRET,
    "passphrases": _SECRETS,
    "passcode": _SECRET,
    "passkey": _SECRET,
    "pass phrase": _SECRET,
    "pass word": _SECRET,
    "pin code": _SECRET,
    "pincode": _SECRET,
    "user pin": _SECRET,
    "sim pin": _SECRET,
    "seed phrase": _TEXT,
    "mnemonic": _TEXT,
    "basic auth": _TEXT,
    "http auth": _TEXT,
    "proxy auth": _TEXT,
    # a secret
    "secret": _SECRET,
    "secrets": _SECRETS,
    "credential": _CREDENTIALS,
    "credentials": _CREDENTIALS,
    "cred": _CREDENTIALS,
    "creds": _CREDENTIALS,
    # a key, which alone is none
    "api key": _SECRET,
    "apikey": _SECRET,
    "api keys": _SECRETS,
    "apikeys": _SECRETS,
    "secret key": _SECRET,
    "access key": _SECRET,
    "access keys": _SECRETS,
    "private key": _NO_PATH,
    "private keys": _NO_PATH,
    "ssh key": _NO_PATH,
    "rsa key": _NO_PATH,
    "account key": _TEXT,
    "aes key": _TEXT,
    "auth key": _TEXT,
    "authentication key": _TEXT,
    "authorization key": _TEXT,
    "consumer key": _TEXT,
    "decryption key": _TEXT,
    "deploy key": _NO_PATH,
    "encryption key": _TEXT,
    "fernet key": _TEXT,
    "hmac key": _TEXT,
    "license key": _NO_PATH,
    "master key": _TEXT,
    "signing key": _NO_PATH,
    "subscription key": _TEXT,
    "app key": _RANDOM_ONLY,
    "security key": _RANDOM_ONLY,
    "server key": _RANDOM_ONLY,
    "service key": _RANDOM_ONLY,
    "session key": _RANDOM_ONLY,
    "shared key": _RANDOM_ONLY,
    "storage key": _RANDOM_ONLY,
    # what a request carries
    "authorization": _TEXT,
    "cookie": _TEXT,
    "cookies": _TEXT,
    "access signature": _TEXT,
}
"""Words that say yes wherever in a name they stand: the longest of those that are there."""

_TOKENS_OF: Final = [
    "access",
    "api",
    "auth",
    "authentication",
    "authorization",
    "bearer",
    "bot",
    "deploy",
    "docker",
    "git",
    "hub",
    "id",
    "jwt",
    "oauth",
    "personal",
    "refresh",
    "registry",
    "sas",
    "secret",
    "security",
    "session",
    "user",
    "vault",
    "webhook",
    "xsrf",
    "csrf",
    "anthropic",
    "aws",
    "azure",
    "bitbucket",
    "circleci",
    "civitai",
    "clearml",
    "cloudflare",
    "codecov",
    "cohere",
    "comet",
    "databricks",
    "datadog",
    "discord",
    "gemini",
    "github",
    "gitlab",
    "google",
    "hf",
    "huggingface",
    "kaggle",
    "modelscope",
    "mistral",
    "mlflow",
    "neptune",
    "netlify",
    "ngc",
    "notion",
    "npm",
    "openai",
    "pypi",
    "replicate",
    "sentry",
    "slack",
    "telegram",
    "vercel",
    "wandb",
    "zenodo",
    "gh",
    "face",
]
"""Whose ``token`` is a secret, where its value is not what a tokenizer calls one."""

_SURELY_TOKENS_OF: Final = ["access", "api", "auth", "bearer", "hf", "hub", "oauth", "refresh"]
"""Of whom there may be several ``tokens``."""

_KEYS_OF: Final = [
    "anthropic",
    "assemblyai",
    "aws",
    "cohere",
    "comet",
    "deepgram",
    "deepseek",
    "elevenlabs",
    "gemini",
    "google",
    "groq",
    "hf",
    "huggingface",
    "langfuse",
    "langsmith",
    "mistral",
    "neptune",
    "openai",
    "pinecone",
    "qdrant",
    "replicate",
    "serpapi",
    "serper",
    "tavily",
    "together",
    "wandb",
    "weaviate",
]
"""Whose ``key`` is a secret."""

_PASSES_OF: Final = [
    "account",
    "admin",
    "amqp",
    "clickhouse",
    "database",
    "db",
    "elastic",
    "email",
    "es",
    "ftp",
    "http",
    "https",
    "imap",
    "kafka",
    "ldap",
    "login",
    "mail",
    "mongo",
    "mongodb",
    "mq",
    "mysql",
    "pg",
    "postgres",
    "postgresql",
    "proxy",
    "psql",
    "rabbit",
    "rabbitmq",
    "redis",
    "root",
    "sftp",
    "smtp",
    "sql",
    "ssh",
    "sudo",
    "user",
    "username",
]
"""Whose ``pass``, ``pw`` and ``pwd`` is a password; a forward pass is none."""

_LAST: Final[dict[str, Verdict]] = {
    **{f"{owner} token": _TOKEN for owner in _TOKENS_OF},
    **{f"{owner} tokens": _TOKEN for owner in _SURELY_TOKENS_OF},
    **{f"{owner} key": _TOKEN for owner in _KEYS_OF},
    **{f"{owner} pat": _TOKEN for owner in ("github", "gitlab", "devops")},
    **{f"{owner} {word}": _SECRET for owner in _PASSES_OF for word in ("pass", "pw", "pwd")},
    "bearer": _TOKEN,
    "jwt": _TOKEN,
    "token": _RANDOM_ONLY,
    "tokens": _RANDOM_ONLY,
}
"""Words that say yes at the end of a name."""

_WHOLE: Final[dict[str, Verdict]] = {
    "token": _TOKEN,
    "pass": _TEXT,
    "pw": _TEXT,
    "pwd": Verdict(_is_no_folder, certain=False),
    "pin": Verdict(_is_pin, certain=False),
    "auth": Verdict(_is_login, certain=False),
}
"""Words that are all of a name."""

_ABOUT: Final = frozenset(
    [
        "age",
        "algo",
        "algorithm",
        "arn",
        "attempts",
        "auth",
        "authentication",
        "backend",
        "change",
        "class",
        "cmd",
        "column",
        "command",
        "complexity",
        "count",
        "default",
        "description",
        "dim",
        "dir",
        "directory",
        "dispatcher",
        "distill",
        "drop",
        "dropout",
        "enabled",
        "encoding",
        "endpoint",
        "env",
        "envvar",
        "environment",
        "expiration",
        "expire",
        "expires",
        "expiry",
        "field",
        "fields",
        "file",
        "filename",
        "files",
        "folder",
        "format",
        "header",
        "headers",
        "hashing",
        "hasher",
        "help",
        "helper",
        "hint",
        "hours",
        "idx",
        "ids",
        "index",
        "kind",
        "label",
        "len",
        "length",
        "level",
        "lifetime",
        "limit",
        "location",
        "manager",
        "max",
        "maximum",
        "merge",
        "method",
        "min",
        "minimum",
        "minutes",
        "mode",
        "name",
        "names",
        "num",
        "number",
        "optional",
        "param",
        "parameter",
        "path",
        "paths",
        "pattern",
        "per",
        "policy",
        "prefix",
        "process",
        "profile",
        "prompt",
        "protected",
        "provider",
        "rate",
        "ref",
        "regex",
        "required",
        "retries",
        "rotation",
        "rule",
        "rules",
        "scheme",
        "seconds",
        "size",
        "source",
        "state",
        "store",
        "strength",
        "timeout",
        "title",
        "total",
        "ttl",
        "type",
        "types",
        "uri",
        "url",
        "usage",
        "validation",
        "validator",
        "validators",
        "var",
        "variable",
        "version",
        "warmup",
        "weight",
    ]
)
"""Words that, after those that say yes, make a name speak *about* a secret: ``password_file``."""

_COUNTS: Final = frozenset(["num", "n", "max", "min", "number", "count", "total"])
"""Words that do so before them: ``num_secrets``."""

_NO_TOKENS: Final = frozenset(
    [
        "added",
        "additional",
        "bos",
        "cls",
        "decoder",
        "distill",
        "draft",
        "end",
        "eod",
        "eom",
        "eos",
        "eot",
        "extra",
        "first",
        "forced",
        "image",
        "last",
        "mask",
        "newline",
        "new",
        "next",
        "null",
        "pad",
        "prefix",
        "prompt",
        "register",
        "sep",
        "separator",
        "sequence",
        "sos",
        "space",
        "special",
        "start",
        "stop",
        "suffix",
        "target",
        "timestamp",
        "unk",
        "unused",
        "visual",
        "vocab",
        "video",
        "word",
    ]
)
"""Words that make a token one of a tokenizer, whatever it looks like."""

_ENDINGS: Final = (
    "password", "passwords", "passwd", "passphrase", "secret", "secrets", "credentials",
    "apikey", "apikeys", "secretkey", "accesskey", "privatekey",
    "accesstoken", "apitoken", "authtoken", "bearertoken", "hftoken", "hubtoken",
)  # fmt: skip
"""What a name without any mark between its words may end with: ``dbpassword``."""


def _tuples(table: dict[str, Verdict]) -> dict[tuple[str, ...], Verdict]:
    """A table by words; two words that are written as one are there too (``accesstoken``)."""
    joined = {(words.replace(" ", ""),): verdict for words, verdict in table.items()}
    return joined | {tuple(words.split()): verdict for words, verdict in table.items()}


_BY_WORDS: Final = _tuples(_ANYWHERE | {f"{owner} token": _TOKEN for owner in _SURELY_TOKENS_OF})
_BY_LAST_WORDS: Final = _tuples(_LAST)
_MOST_WORDS: Final = max(map(len, _BY_WORDS))
_ALL_WORDS: Final = {*_WHOLE, *(words[-1] for words in (*_BY_WORDS, *_BY_LAST_WORDS))}

_HINT: Final = re.compile(
    r"pass|pwd?|secret|token|key|cred|auth|bearer|cookie|mnemonic|phrase|pin|pat|jwt|signature",
    re.IGNORECASE,
)
"""A piece of a word of each of the tables: a name without one says nothing."""

_LETTERS: Final = re.compile(r"[A-Za-z]+")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LONGEST: Final = 200  # characters of a name that are read, from its end


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case.

    >>> words_of("hfAccessToken"), words_of("DBPassword"), words_of("x-api-key2")
    (['hf', 'access', 'token'], ['db', 'password'], ['x', 'api', 'key'])
    """
    words: list[str] = []
    for run in _LETTERS.findall(name[-_LONGEST:].replace("OAuth", "Oauth")):
        ending = ""
        if run.lower().endswith(_ENDINGS):
            ending = next(end for end in _ENDINGS if run.lower().endswith(end))
        words += [word.lower() for word in _WORD.findall(run[: len(run) - len(ending)])]
        if ending:
            words.append(ending)
    return words


def _judged(name: str) -> Verdict | None:
    if _HINT.search(name) is None:
        return None
    words = words_of(name)
    if _ALL_WORDS.isdisjoint(words):
        return None
    if len(words) == 1 and words[0] in _WHOLE:
        return _WHOLE[words[0]]
    for size in range(min(_MOST_WORDS, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            verdict = _BY_WORDS.get(tuple(words[start : start + size]))
            around = words[:start], words[start + size :]
            if verdict and _COUNTS.isdisjoint(around[0]) and _ABOUT.isdisjoint(around[1]):
                return verdict
    verdict = _BY_LAST_WORDS.get(tuple(words[-2:])) or _BY_LAST_WORDS.get(tuple(words[-1:]))
    if verdict is None or not _COUNTS.isdisjoint(words):
        return None
    if words[-1] in ("token", "tokens") and not _NO_TOKENS.isdisjoint(words):
        return None
    return verdict


def is_about(name: str) -> bool:
    """Whether all words of a name are such as speak about a secret (``min_length``, ``type``)."""
    words = words_of(name)
    return bool(words) and _ABOUT.issuperset(words)


class _Verdicts(dict[str | int, Verdict | None]):
    """What each name says, worked out once."""

    def __missing__(self, name: str | int) -> Verdict | None:
        if not isinstance(name, str):
            return None
        if len(self) >= 100_000:
            self.clear()
        verdict = self[name] = _judged(name)
        return verdict


verdicts: Final = _Verdicts()
"""What a name says, ``verdicts[name]``; None for an ordinary one, and for an index of a list."""


def key_reason(name: str) -> str | None:
    """Why a key, a flag or an environment variable of this name holds a secret, or None.

    None as well where the value has to decide: ``auth``, ``pin``.

    >>> key_reason("hub_token"), key_reason("max_tokens")
    ('its key says so: hub_token', None)
    """
    verdict = verdicts[name]
    return name_reason(name) if verdict is not None and verdict.certain else None


def name_reason(name: str) -> str:
    """The sentence that says that a name is the reason."""
    what = "flag" if name.startswith("-") else "variable" if name.startswith("$") else "key"
    return f"its {what} says so: {name if len(name) <= 80 else name[:79] + '…'}"
