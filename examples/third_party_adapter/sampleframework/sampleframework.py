"""An invented framework, which knows nothing of unifig: settings in named sections.

Its settings object is neither a mapping nor a dataclass, and its values are not attributes.
"""

from __future__ import annotations


class Option:
    """One setting: its value, what it is for, and who chose it."""

    def __init__(self, name: str, default: object, text: str, *, is_secret: bool) -> None:
        self.name = name
        self.value = self.default = default
        self.help = text
        self.is_chosen = False
        self.is_secret = is_secret

    def choose(self, value: object) -> None:
        """Gives the option a value of somebody's own."""
        self.value, self.is_chosen = value, True


class Section:
    """Options under one heading."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._options: dict[str, Option] = {}

    def declare(
        self, name: str, default: object, text: str = "", *, is_secret: bool = False
    ) -> Option:
        """Adds an option with its default value."""
        return self._options.setdefault(name, Option(name, default, text, is_secret=is_secret))

    def options(self) -> list[Option]:
        """The options, in the order in which they were declared."""
        return list(self._options.values())


class Settings:
    """The settings of a program."""

    def __init__(self) -> None:
        self._sections: dict[str, Section] = {}

    def section(self, name: str) -> Section:
        """The section of this name; it is made where there is none."""
        return self._sections.setdefault(name, Section(name))

    def sections(self) -> list[Section]:
        """The sections, in the order in which they were made."""
        return list(self._sections.values())
