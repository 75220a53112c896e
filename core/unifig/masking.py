"""Which values are secrets, and what is shown in their place.

A value is masked when the user says so, when its framework says so, when the words of its key, flag
or environment variable say so, and when it has the format of a key or holds a URL's password. What
the program itself reads is never touched: this is for whatever leaves it.

:meth:`Masker.reason` is asked for each value that leaves, so it is quick for an ordinary one.
:meth:`Masker.shown` does all at once: the value, its origin, and what that replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from .flat import Path, escape, join
from .origin import Origin, Replaced
from .patterns import matcher
from .secret_formats import MASK
from .secret_names import Verdict, is_about, key_reason, name_reason, verdicts
from .secret_texts import is_of_text, mask_argv, mask_text, suspicious, text_reason
from .settings import read_patterns

__all__ = [
    "MASK",
    "Masker",
    "is_of_text",
    "key_reason",
    "mask_argv",
    "mask_origin",
    "mask_text",
    "masked",
    "masker",
    "references",
    "reload",
    "said_by_origin",
    "suspicious",
    "swaps_of",
    "text_reason",
    "verdicts",
]

_DEEPEST: Final = 100  # levels, of lists and of what was replaced; what is deeper is masked whole
_SHORTEST: Final = 4  # characters of a secret that is looked for in other texts


class _Pattern:
    """A pattern of flat keys; one without a dot also names a key by itself, wherever it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._matches = matcher([text], ignore_case=True)
        self._names_a_key = "." not in text

    def covers(self, path: Path) -> bool:
        """Whether the pattern names the place, or a mapping above it."""
        if self._matches(join(path)):
            return True
        return self._names_a_key and any(
            self._matches(escape(segment)) for segment in path if isinstance(segment, str)
        )


class Masker:
    """What decides about each value: the user's patterns, then everything else.

    A pattern is a flat key in which ``*`` stands for any text; upper and lower case are one. It
    covers what is below a mapping that it names. One without a dot also names a key by itself,
    wherever that stands. ``never`` wins over all, ``always`` over all the rest.
    """

    def __init__(self, always: Iterable[str] = (), never: Iterable[str] = ()) -> None:
        self._always = [_Pattern(text) for text in always]
        self._never = [_Pattern(text) for text in never]
        self.has_patterns = bool(self._always or self._never)
        """Whether the place of a value has to be known; without, the verdicts on its keys do."""

    def reason(self, path: Path, value: Any, origin: Origin) -> str | None:
        """Why the value at a place is to be masked, in a short sentence; None where it is not.

        ``value`` is plain data. None, a bool, the empty text and what is still to be resolved
        (``${…}``, ``???``) are never masked; nor is a mapping, whose values are asked for.
        """
        kind = type(value)
        if value is None or kind is bool:
            return None
        if not self.has_patterns and origin[9] is None and origin[7] is None:
            name = origin[3]
            for segment in path:
                if verdicts[segment] is not None:
                    break
            else:
                if name is None or verdicts[name.partition("=")[0]] is None:
                    if kind is str:
                        # Most texts are short, and the call costs more than the comparison.
                        if len(value) < 9 or not suspicious(value):
                            return None
                        return text_reason(value)
                    if kind is not list or _HOLDS_TEXT.isdisjoint(map(type, value)):
                        return None
                    return _reason_of_texts(_leaves(value))
        return self._judged(path, value, origin)

    def _judged(self, path: Path, value: Any, origin: Origin) -> str | None:
        values = list(_leaves(value))
        if not values:
            return None
        if any(pattern.covers(path) for pattern in self._never):
            return None
        open_ = [one for one in values if not _is_unresolved(one)]
        if open_:
            for pattern in self._always:
                if pattern.covers(path):
                    return f"a pattern of yours says so: {pattern.text}"
            reason = (
                _note(origin.note, values)
                or _reason_of_path(path, open_)
                or _reason_of_origin(origin, open_)
            )
            if reason is not None:
                return reason
        return _reason_of_texts(values)

    def shown(self, path: Path, value: Any, origin: Origin) -> tuple[Any, Origin]:
        """A value and its origin as they may leave the program; the same objects if they may.

        What the origin replaced is judged by itself too, for it may have been a secret where the
        value is none any more.
        """
        reason = self.reason(path, value, origin)
        if (
            reason is None
            and origin[9] is None
            and not origin[10]
            and _is_harmless(origin)
            and not (self._always and _sets_more(origin[3]))
        ):
            return value, origin
        swaps = swaps_of(value, reason) if reason is not None else []
        above = reason if reason is not None else self._said(path, origin)
        if above is not None and is_of_text(above):
            above = None
        replaced = [self._shown_replaced(path, one, above, swaps) for one in origin.replaced]
        shown = _without(origin, swaps, whole=above is not None, patterns=bool(self._always))
        if any(one is not old for one, old in zip(replaced, origin.replaced, strict=True)):
            shown = shown._replace(replaced=tuple(replaced))
        if reason is None:
            return value, shown
        return masked(value, reason), shown._replace(note=reason)

    def shown_origin(self, path: Path, origin: Origin) -> Origin:
        """The same for a mapping or a list of mappings: its origin, as that of all in it."""
        return self.shown(path, _ANYTHING, origin)[1]

    def _said(self, path: Path, origin: Origin) -> str | None:
        """What was said of a value that has nothing to hide by now: what it replaced may have."""
        if origin.note is None or any(pattern.covers(path) for pattern in self._never):
            return None
        return origin.note

    def _shown_replaced(
        self, path: Path, one: Replaced, above: str | None, swaps: list[_Swap]
    ) -> Replaced:
        """What was replaced, as it may be shown: by a reason of its own, or the one ``above``."""
        reasons: list[str] = []

        def mask_leaf(path: Path, value: Any) -> Any:
            reason = self.reason(path, value, one.origin) or above
            if reason is None or next(_leaves(value), None) is None:
                return value
            reasons.append(reason)
            swaps.extend(swaps_of(value, reason))
            return masked(value, reason)

        value = _mask_tree(path, one.value, mask_leaf)
        origin = _without(one.origin, swaps, whole=bool(reasons) and not is_of_text(reasons[0]))
        if reasons:
            origin = origin._replace(note=reasons[0])
        if value is one.value and origin is one.origin:
            return one
        return Replaced(value, origin, one.skipped)


def _mask_tree(path: Path, value: Any, mask_leaf: Callable[[Path, Any], Any]) -> Any:
    """Plain data with each leaf masked; the same object where nothing was."""
    parts: list[tuple[Any, Any]]
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        parts = list(enumerate(value))
    else:
        return mask_leaf(path, value)
    if len(path) > _DEEPEST:
        return MASK
    shown = [_mask_tree((*path, segment), inner, mask_leaf) for segment, inner in parts]
    if all(new is old for new, (_, old) in zip(shown, parts, strict=True)):
        return value
    if isinstance(value, list):
        return shown
    return {segment: new for new, (segment, _) in zip(shown, parts, strict=True)}


def masked(value: Any, reason: str) -> Any:
    """What is shown in the place of a value that is masked for a reason.

    ``***``; of a list, each element; of a text that holds a secret in it, all but the secret.
    """
    if not is_of_text(reason):
        return _masked(value, _mask_whole)
    shown = _masked(value, mask_text)
    # A reason that was found earlier, of a value that is another one by now: nothing is risked.
    return MASK if shown == value and MASK not in str(value) else shown


def _masked(value: Any, mask: Callable[[str], str], depth: int = 0) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        if depth > _DEEPEST:
            return MASK
        return [_masked(item, mask, depth + 1) for item in value]
    if mask is mask_text or value is None or isinstance(value, bool):
        return value
    return MASK


def _mask_whole(text: str) -> str:
    return mask_text(text) if text == "" or _is_unresolved(text) else MASK


def mask_origin(origin: Origin, value: Any, reason: str) -> Origin:
    """The origin of a value that is masked for a reason, without the secret in its texts.

    What it replaced is masked for the same reason. :meth:`Masker.shown` does more: it judges that
    by itself as well.
    """
    whole = not is_of_text(reason)
    swaps = swaps_of(value, reason)
    for one in origin.replaced:
        _mask_tree((), one.value, lambda _, leaf: swaps.extend(swaps_of(leaf, reason)))

    def mask_leaf(_path: Path, leaf: Any) -> Any:
        return _masked(leaf, _mask_whole if whole else mask_text)

    replaced = tuple(
        Replaced(
            _mask_tree((), one.value, mask_leaf),
            _without(one.origin, swaps, whole=whole)._replace(note=reason),
            one.skipped,
        )
        for one in origin.replaced
    )
    return _without(origin, swaps, whole=whole)._replace(note=reason, replaced=replaced)


# Reasons


def _leaves(value: Any) -> Iterator[Any]:
    """What of a value can be a secret: texts that are not empty and numbers, in lists too."""
    pending = [value]
    while pending:
        one = pending.pop()
        kind = type(one)
        if kind is list:
            pending.extend(reversed(one))
        elif kind in _CAN_BE_SECRET and one != "":
            yield one


_CAN_BE_SECRET: Final = frozenset({str, int, float})
_ANYTHING: Final = "\0"  # a text that only what says so of any text takes for a secret
_HOLDS_TEXT: Final = frozenset({str, list})


def _is_unresolved(value: Any) -> bool:
    """Whether a text stands for a value that is still to come."""
    return type(value) is str and (
        value == "???" or (value.startswith("${") and value.endswith("}"))
    )


def _reason_of_texts(values: Iterable[Any]) -> str | None:
    for value in values:
        if type(value) is str and suspicious(value) and (reason := text_reason(value)):
            return reason
    return None


def _reason_of_path(path: Path, values: list[Any]) -> str | None:
    names = [segment for segment in path if isinstance(segment, str)]
    for depth, name in enumerate(names, 1):
        verdict = verdicts[name]
        if verdict is None:
            continue
        if depth == len(names):
            hides = _holds(verdict, values)
        else:
            hides = verdict.hides and (verdict.hides_all or not is_about(names[-1]))
        if hides:
            return name_reason(name)
    return None


_REFERENCE: Final = re.compile(r"\$\{\s*(?:(?P<resolver>[\w.]+):)?(?P<said>[^{}$]*)")
_ENVIRONMENT: Final = re.compile(r"\$\{\s*oc\.env:\s*([A-Za-z_]\w*)")
_BETWEEN_KEYS: Final = re.compile(r"[^\w-]+")


def said_by_origin(value: Any, origin: Origin) -> str | None:
    """Why a value's flag, variable or interpolation says that it is secret; None where none does.

    What goes on where the value was is secret then as well, whatever its own origin says.
    """
    return _reason_of_origin(origin, [leaf for leaf in _leaves(value) if not _is_unresolved(leaf)])


def _note(note: str | None, values: list[Any]) -> str | None:
    """What was said of a value; of a part of its text only where that can be seen in it.

    A framework's words may be those of a reason that texts give, and mean the whole value.
    """
    if note is None or not is_of_text(note):
        return note
    texts = [value for value in values if type(value) is str]
    if any(MASK in text for text in texts):
        return note
    if texts and all(mask_text(text) != text for text in texts):
        return note
    return f"it was said of it: {note}"


def _reason_of_origin(origin: Origin, values: list[Any]) -> str | None:
    if origin.name is not None:
        name = origin.name.partition("=")[0]
        verdict = verdicts[name]
        if verdict is not None and _holds(verdict, values):
            return name_reason(name)
    for name in _ENVIRONMENT.findall(origin.raw or ""):
        verdict = verdicts[name]
        if verdict is not None and _holds(verdict, values):
            return name_reason("$" + name)
    for path in references(origin.raw or ""):
        if (reason := _reason_of_path(path, values)) is not None:
            return reason
    return None


def references(raw: str) -> Iterator[tuple[str, ...]]:
    """The keys that the text of an interpolation names, each as the names that lead there.

    What a resolver is given may be keys, too, except for the variable of ``oc.env``.
    """
    for match in _REFERENCE.finditer(raw):
        if match["resolver"] != "oc.env":
            for name in match["said"].split(","):
                if path := tuple(filter(None, _BETWEEN_KEYS.split(name))):
                    yield path


def _holds(verdict: Verdict, values: list[Any]) -> bool:
    return any(map(verdict.holds, values))


# Texts of an origin, in which the secret may stand once more

_Swap = tuple[str, str]
"""A text with a secret, and what is shown in its place."""


def swaps_of(value: Any, reason: str) -> list[_Swap]:
    """What is to be shown in other texts in the place of a value masked for a reason."""
    swaps = []
    for leaf in islice(_leaves(value), 1000):
        if type(leaf) is int and abs(leaf) > 10**100:
            continue  # may be too long to be written
        text = str(leaf)
        if len(text) >= _SHORTEST and not _is_unresolved(leaf):
            swaps.append((text, mask_text(text) if is_of_text(reason) else MASK))
    return swaps


def _is_harmless(origin: Origin) -> bool:
    """Whether no text of an origin has anything in it that may be a secret."""
    _, _, _, name, place, _, _, raw, help_, _, _, form = origin
    return (
        form is None
        and (name is None or not suspicious(name))
        and (place is None or "://" not in place)
        and (raw is None or not suspicious(raw))
        and (help_ is None or not suspicious(help_))
    )


def _sets_more(name: str | None) -> bool:
    """Whether an override sets a whole mapping or list: one text, for all the values in it."""
    return name is not None and name.partition("=")[2].lstrip()[:1] in ("{", "[")


def _is_nested(name: str, cleaned: str | None) -> bool:
    """Whether a text with a secret in it has more than one level: what is where can't be seen."""
    return cleaned != name and name.count("{") + name.count("[") > 1


def _without(origin: Origin, swaps: list[_Swap], *, whole: bool, patterns: bool = False) -> Origin:
    """An origin without secrets in its texts: the very values, and what any text may show.

    ``patterns`` says whether a value beside this one may be secret though no text shows it.
    """
    swaps = sorted(swaps, key=lambda swap: -len(swap[0]))

    def clean(text: str) -> str:
        for secret, shown in swaps:
            if secret in text:
                text = text.replace(secret, shown)
        return mask_text(text)

    name, place, raw, help_ = (
        None if text is None else clean(text)
        for text in (origin.name, origin.place, origin.raw, origin.help)
    )
    if (
        origin.name is not None
        and "=" in origin.name
        and (whole or (_sets_more(origin.name) and (patterns or _is_nested(origin.name, name))))
    ):
        name = f"{origin.name.partition('=')[0]}={MASK}"
    if whole and raw is not None:
        raw = _references(raw)
    form = None if whole or not _may_show(origin, clean) else origin.form
    texts = (name, place, raw, help_)
    if texts == (origin.name, origin.place, origin.raw, origin.help) and form is origin.form:
        return origin
    return origin._replace(name=name, place=place, raw=raw, help=help_, form=form)


def _may_show(origin: Origin, clean: Callable[[str], str]) -> bool:
    """Whether a form has no secret in it: what was given may say more than the value does.

    A form with one is left out as a whole, for a part of it would be taken for all that was given.
    """
    kind = (origin.type or "").rpartition(".")[2]
    return origin.form is None or (verdicts[kind] is None and _is_clean(origin.form, clean))


def _is_clean(form: Any, clean: Callable[[str], str]) -> bool:
    if isinstance(form, str):
        return clean(form) == form
    if isinstance(form, Mapping):
        return all(_is_clean(key, clean) and _is_clean(item, clean) for key, item in form.items())
    if isinstance(form, (list, tuple)):
        words = [word for word in form if isinstance(word, str)]
        return mask_argv(words) == words and all(_is_clean(item, clean) for item in form)
    return True


_KEPT: Final = re.compile(r"(\$\{\s*oc\.env:\s*[A-Za-z_]\w*\s*,?|\$\{[\w.\[\]]+\}|\})")


def _references(raw: str) -> str:
    """The text of an interpolation, in which only names of variables and keys are left."""
    parts = _KEPT.split(raw)  # what is kept has the odd places
    return "".join(part if at % 2 or not part else MASK for at, part in enumerate(parts))


# The one of the process

_current: Masker | None = None


def masker() -> Masker:
    """The Masker with the user's patterns, which are read when it is first asked for.

    Raises FileError where they are wrong, at each call.
    """
    return _current if _current is not None else reload()


def reload() -> Masker:
    """Reads the user's patterns anew."""
    global _current  # noqa: PLW0603 - what the user set for the process
    _current = None
    _current = Masker(*read_patterns())
    return _current
