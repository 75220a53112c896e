"""Keys that say themselves what they are, by their format; found wherever in a text they stand.

The time taken grows with the length of the text alone, whatever is in it: what a pattern runs over
it takes for good, and one that needs something after that begins at a boundary only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Final

MASK: Final = "***"
"""What stands in the place of a secret."""

_FORMATS: Final[tuple[tuple[str, str, str], ...]] = (
    ("an Anthropic key", "sk-", r"ant-[\w-]{16,}"),
    ("an OpenAI key", "sk-", r"(?:proj|svcacct|admin)-[\w-]{16,}"),
    ("an OpenRouter key", "sk-", r"or-[\w-]{16,}"),
    ("a Langfuse key", "sk-", r"lf-[\w-]{16,}"),
    ("an OpenAI key", "sk-", r"(?=[A-Za-z]{0,99}[0-9])[A-Za-z0-9]{20,}"),
    ("a Hugging Face token", "hf_ api_org_", r"[A-Za-z0-9]{20,}"),
    ("a GitHub token", "gho_ ghp_ ghr_ ghs_ ghu_", r"[A-Za-z0-9]{20,}"),
    ("a GitHub token", "github_pat_", r"\w{20,}"),
    ("a GitLab token", "glcbt- gldt- gloas- glpat- glptt- glrt- glsoat-", r"[\w-][\w.-]{15,}"),
    ("a Slack token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-", r"[A-Za-z0-9-]{11,}"),
    ("a Slack token", "xapp-", r"[A-Za-z0-9-]{20,}"),
    ("an AWS key", "AKI ASI", r"A[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("a Google key", "AI", r"za[\w-]{35}(?![\w-])"),
    ("a Google token", "ya29. GOCSPX-", r"[\w-]{20,}"),
    ("a Stripe key", "rk_live_ rk_test_ sk_live_ sk_test_", r"[A-Za-z0-9]{10,}"),
    ("a JSON web token", "eyJ", r"(?<![\w-]eyJ)[\w-]{10,}+\.eyJ[\w-]{8,}+\.[\w-]*"),
    ("a Neptune token", "eyJ", r"hcGlf[A-Za-z0-9+/]{20,}=*"),
    ("a W&B key", "wandb_v1_", r"\w{20,}"),
    ("an npm token", "npm_", r"[A-Za-z0-9]{30,}"),
    ("a PyPI token", "pypi-", r"AgE[\w-]{20,}"),
    ("a Twilio key", "SK", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("a SendGrid key", "SG.", r"(?<![\w-]SG\.)[\w-]{16,}+\.[\w-]{16,}"),
    ("a Groq key", "gsk_", r"[A-Za-z0-9]{20,}"),
    ("a Replicate token", "r8_", r"[A-Za-z0-9]{30,}"),
    ("an xAI key", "xai-", r"[A-Za-z0-9]{40,}"),
    ("a Perplexity key", "pplx-", r"[A-Za-z0-9]{30,}"),
    ("an NVIDIA key", "nvapi-", r"[\w-]{30,}"),
    ("a Tavily key", "tvly-", r"[\w-]{20,}"),
    ("a LangSmith key", "lsv2_", r"(?:pt|sk)_\w{20,}"),
    ("a Pinecone key", "pcsk_", r"\w{20,}"),
    ("a Docker token", "dckr_pat_", r"[\w-]{20,}"),
    ("a Vault token", "hvs.", r"[\w-]{20,}"),
    ("an Atlassian token", "ATATT", r"3[\w=-]{40,}"),
)
"""What a key is called, how it begins, and how it goes on. 40 hex digits are none: they may be a
commit."""

_FOLLOWING: Final = 10  # characters that follow each beginning, at least

_PARTS: Final[tuple[tuple[str, tuple[str, ...], str], ...]] = (
    (
        "a private key",
        ("PRIVATE KEY",),
        r"()-----BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY[A-Z ]{0,9}-----(?s:.*?-----END .{1,60}?-----|.*)",
    ),
    ("a Databricks token", ("dapi",), r"()(?<!\w)dapi[0-9a-f]{32}(?:-[0-9])?(?!\w)"),
    ("a Telegram token", (":AA",), r"(?<![0-9])([0-9]{8,10}:)AA[\w-]{32,34}(?![\w-])"),
    (
        "the address of a webhook",
        ("hooks.slack", "/webhooks/"),
        r"(hooks\.slack\.com/services/|discord(?:app)?\.com/api/webhooks/)[\w/-]{8,}",
    ),
    (
        "the signature of a URL",
        ("sig=", "ignature=", "ecurity-Token="),
        r"([?&](?:sig|Signature|X-(?:Amz|Goog)-(?:Signature|Security-Token))=)[\w%+/=.-]{16,}",
    ),
    (
        "a bearer token",
        ("earer ",),
        r"([Bb]earer {1,3})(?=[A-Za-z._~+/-]{0,200}[0-9])[\w.~+/=-]{12,}",
    ),
    (
        "the key of a request",
        ("uthorization", "UTHORIZATION"),
        r"((?i:authorization)[\"']?\s{0,3}[:=]\s{0,3}[\"']?[A-Za-z]{3,20} {1,3})[^\s\"'*][^\s\"']*",
    ),
)
"""What is called so, a text without which it is not there, and all of it: the first group stays."""


def _by_beginning() -> dict[str, list[tuple[str, str]]]:
    table: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, beginnings, rest in _FORMATS:
        for beginning in beginnings.split():
            table[beginning].append((name, rest))
    return dict(table)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, once a text has what it begins with: most programs never meet one."""
    return re.compile(pattern, re.ASCII)


def _beginning() -> str:
    """A pattern that finds the last character of a beginning; its group says how long that is.

    It starts with a few rare characters, at which alone it has to look any further.
    """
    longest = max(map(len, _RESTS))
    last = "".join(sorted({re.escape(beginning[-1]) for beginning in _RESTS}))
    ways = []
    for size in range(1, longest + 1):
        same = [re.escape(beginning) for beginning in _RESTS if len(beginning) == size]
        ways.append(f"(?<={'|'.join(same)})()" if same else "(?!)()")
    return rf"[{last}](?=[\w-]{{{_FOLLOWING}}})(?:{'|'.join(ways)})"


_RESTS: Final = _by_beginning()
_BEGINNING: Final = re.compile(_beginning(), re.ASCII)
_BOUNDARY: Final = re.compile(
    r"(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-F]{2})"  # as it is, and in escaped texts
)

REASONS: Final = frozenset(
    [
        *(f"it has {name} in it" for name, _, _ in _PARTS),
        *(f"it has the format of {name}" for name, _, _ in _FORMATS),
    ]
)
"""All that :func:`mask_formats` gives as reasons."""

has_beginning: Final = _BEGINNING.search
"""A quick look: where it finds nothing, no text is a key of a known format."""


def mask_formats(text: str, found: list[str]) -> str:
    """A text without the keys in it; why, is added to ``found``."""
    for name, hints, whole in _PARTS:
        if any(hint in text for hint in hints):
            text, count = _compiled(whole).subn(rf"\g<1>{MASK}", text)
            if count:
                found.append(f"it has {name} in it")
    parts = []
    done = 0
    for end in _BEGINNING.finditer(text):
        start = end.end() - (end.lastindex or 0)
        if start < done or _BOUNDARY.match(text, start) is None:
            continue
        for name, rest in _RESTS[text[start : end.end()]]:
            match = _compiled(rest).match(text, end.end())
            if match is not None:
                found.append(f"it has the format of {name}")
                parts += [text[done:start], MASK]
                done = match.end()
                break
    return "".join([*parts, text[done:]]) if parts else text
