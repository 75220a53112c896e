"""What a name says: whether a key, a flag or an environment variable so called holds a secret.

A name is read by its words, ``wandbApiKey`` as ``wandb api key``; digits say nothing. The
tables below have the words that say yes and those around them that say no. Where a word has other
meanings in a training program (``token``, ``pin``, ``auth``), the value decides with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
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

# The tables. Each has phrases of one word or more, between commas.

_ANYWHERE: Final = (
    (
        _SECRET,
        """
        password, passwd, passphrase, passcode, passkey, pass phrase, pass word, pin code, user pin,
        sim pin, secret, secret key, api key, access key
        """,
    ),
    (_SECRETS, "passwords, passphrases, secrets, secret keys, api keys, access keys"),
    (_CREDENTIALS, "credential, credentials, cred, creds"),
    (_NO_PATH, "private key, private keys, ssh key, rsa key, deploy key, license key, signing key"),
    (
        _TEXT,
        """
        account key, aes key, auth key, authentication key, authorization key, consumer key,
        decryption key, encryption key, fernet key, hmac key, master key, subscription key,
        authorization, basic auth, http auth, proxy auth, cookie, cookies, access signature,
        seed phrase, mnemonic
        """,
    ),
    (
        _TOKEN,
        """
        access token, api token, auth token, bearer token, hf token, hub token, oauth token,
        refresh token, access tokens, api tokens, auth tokens, bearer tokens, hf tokens, hub tokens,
        oauth tokens, refresh tokens
        """,
    ),
    (
        _RANDOM_ONLY,
        """
        app key, security key, server key, service key, session key, shared key, storage key
        """,
    ),
)
"""What says yes wherever in a name it stands; of several the longest, then the first."""

_TOKENS_OF: Final = """
    authentication, authorization, bot, deploy, docker, git, id, jwt, personal, registry, sas,
    secret, security, session, user, vault, webhook, xsrf, csrf, anthropic, aws, azure, bitbucket,
    circleci, civitai, clearml, cloudflare, codecov, cohere, comet, databricks, datadog, discord,
    gemini, gh, github, gitlab, google, hugging face, huggingface, kaggle, mistral, mlflow,
    modelscope, neptune, netlify, ngc, notion, npm, openai, pypi, replicate, sentry, slack,
    telegram, vercel, wandb, zenodo
"""
"""Whose ``token`` is a secret, at the end of a name."""

_KEYS_OF: Final = """
    anthropic, assemblyai, aws, cohere, comet, deepgram, deepseek, elevenlabs, gemini, google, groq,
    hf, huggingface, langfuse, langsmith, mistral, neptune, openai, pinecone, qdrant, replicate,
    serpapi, serper, tavily, together, wandb, weaviate
"""
"""Whose ``key`` is one."""

_PASSES_OF: Final = """
    account, admin, amqp, clickhouse, database, db, elastic, email, es, ftp, http, https, imap,
    kafka, ldap, login, mail, mongo, mongodb, mq, mysql, pg, postgres, postgresql, proxy, psql,
    rabbit, rabbitmq, redis, root, sftp, smtp, sql, ssh, sudo, user, username
"""
"""Whose ``pass``, ``pw`` and ``pwd`` is one; a forward pass is none."""

_WHOLE: Final[dict[str, Verdict]] = {
    "token": _TOKEN,
    "pass": _TEXT,
    "pw": _TEXT,
    "pwd": Verdict(_is_no_folder, certain=False),
    "pin": Verdict(_is_pin, certain=False),
    "auth": Verdict(_is_login, certain=False),
}
"""What says yes where it is all of a name."""

_ABOUT: Final = """
    age, algo, algorithm, arn, attempts, auth, authentication, backend, change, class, cmd,
    column, command, complexity, count, default, description, dim, dir, directory, dispatcher,
    distill, drop, dropout, enabled, encoding, endpoint, env, envvar, environment, expiration,
    expire, expires, expiry, fd, field, fields, file, filename, files, folder, format, hashing,
    hasher, header, headers, help, helper, hint, hours, ids, idx, index, kind, label, len, length,
    level, lifetime, limit, location, manager, max, maximum, merge, method, min, minimum, minutes,
    mode, name, names, num, number, optional, param, parameter, path, paths, pattern, per, policy,
    prefix, process, profile, prompt, protected, provider, rate, ref, regex, required, retries,
    rotation, rule, rules, scheme, seconds, size, source, state, stdin, store, strength, timeout,
    title, total, ttl, type, types, uri, url, usage, validation, validator, validators, var,
    variable, version, warmup, weight
"""
"""Words after which a name speaks *about* a secret: ``password_file``, ``token_warmup_min``."""

_COUNTS: Final = "count, max, min, n, num, number, total"
"""Words before which it does: ``num_secrets``."""

_NO_TOKENS: Final = """
    added, additional, bos, cls, decoder, distill, draft, end, eod, eom, eos, eot, extra, first,
    forced, image, last, mask, new, newline, next, null, pad, prefix, prompt, register, sep,
    separator, sequence, sos, space, special, start, stop, suffix, target, timestamp, unk, unused,
    video, visual, vocab, word
"""
"""Words with which a token is one of a tokenizer, whatever it looks like."""

_ENDINGS: Final = (
    "password", "passwords", "passwd", "passphrase", "secret", "secrets", "credentials",
    "apikey", "apikeys", "secretkey", "accesskey", "privatekey",
    "accesstoken", "apitoken", "authtoken", "bearertoken", "hftoken", "hubtoken",
)  # fmt: skip
"""What a name without a mark between its words may end with: ``dbpassword``."""


def _phrases(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.split(",")]


def _by_words(pairs: Iterable[tuple[str, Verdict]]) -> dict[tuple[str, ...], Verdict]:
    """Verdicts by the words of a phrase; those written as one are there too (``apikey``)."""
    table: dict[tuple[str, ...], Verdict] = {}
    for phrase, verdict in pairs:
        table[tuple(phrase.split())] = table[(phrase.replace(" ", ""),)] = verdict
    return table


_BY_WORDS: Final = _by_words(
    (phrase, verdict) for verdict, text in _ANYWHERE for phrase in _phrases(text)
)
_BY_LAST_WORDS: Final = _by_words(
    [
        *((f"{owner} token", _TOKEN) for owner in _phrases(_TOKENS_OF)),
        *((f"{owner} key", _TOKEN) for owner in _phrases(_KEYS_OF)),
        *((f"{owner} pat", _TOKEN) for owner in ("github", "gitlab", "devops")),
        *(
            (f"{owner} {word}", _SECRET)
            for owner in _phrases(_PASSES_OF)
            for word in ("pass", "pw", "pwd")
        ),
        ("bearer", _TOKEN),
        ("jwt", _TOKEN),
        ("token", _RANDOM_ONLY),
        ("tokens", _RANDOM_ONLY),
    ]
)
_LONGEST_PHRASE: Final = max(map(len, (*_BY_WORDS, *_BY_LAST_WORDS)))
_LAST_WORDS: Final = {*_WHOLE, *(words[-1] for words in (*_BY_WORDS, *_BY_LAST_WORDS))}
_WORDS_ABOUT: Final = frozenset(_phrases(_ABOUT))
_WORDS_OF_COUNTS: Final = frozenset(_phrases(_COUNTS))
_WORDS_OF_TOKENS: Final = frozenset(_phrases(_NO_TOKENS))

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

    >>> words_of("wandbLogDir"), words_of("DBPassword"), words_of("x-api-key2")
    (['wandb', 'log', 'dir'], ['db', 'password'], ['x', 'api', 'key'])
    """
    words: list[str] = []
    for run in _LETTERS.findall(name[-_LONGEST:]):
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
    if _LAST_WORDS.isdisjoint(words):
        return None
    if len(words) == 1 and words[0] in _WHOLE:
        return _WHOLE[words[0]]
    return _judged_anywhere(words) or _judged_at_end(words)


def _judged_anywhere(words: list[str]) -> Verdict | None:
    for size in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            verdict = _BY_WORDS.get(tuple(words[start : start + size]))
            if (
                verdict is not None
                and _WORDS_OF_COUNTS.isdisjoint(words[:start])
                and _WORDS_ABOUT.isdisjoint(words[start + size :])
            ):
                return verdict
    return None


def _judged_at_end(words: list[str]) -> Verdict | None:
    if not _WORDS_OF_COUNTS.isdisjoint(words):
        return None
    if words[-1] in ("token", "tokens") and not _WORDS_OF_TOKENS.isdisjoint(words):
        return None
    for size in range(_LONGEST_PHRASE, 0, -1):
        verdict = _BY_LAST_WORDS.get(tuple(words[-size:]))
        if verdict is not None:
            return verdict
    return None


def is_about(name: str) -> bool:
    """Whether all words of a name are such as speak about a secret (``min_length``, ``type``)."""
    words = words_of(name)
    return bool(words) and _WORDS_ABOUT.issuperset(words)


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
