"""Text for people, in Vietnamese first and English beside it.

A `Text` carries both languages from where it is written to where it is shown; only the edge (a command line, a page)
chooses. This keeps the two wordings side by side in the code, where a reviewer sees both. It does not format dates or
numbers and it does not translate machine output: JSON carries the text of the chosen language, keys never change.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Literal, NamedTuple

Language = Literal["vi", "en"]

_current: ContextVar[Language] = ContextVar("congvu_language", default="vi")


class Text(NamedTuple):
    """One message in both languages."""

    vi: str
    en: str

    def format(self, **values: Any) -> Text:
        """Fill `{name}` fields of both languages; a value that is itself a `Text` is taken in the same language."""
        return Text(
            self.vi.format(**{name: value.vi if isinstance(value, Text) else value for name, value in values.items()}),
            self.en.format(**{name: value.en if isinstance(value, Text) else value for name, value in values.items()}),
        )

    def of(self, language: Language) -> str:
        """The message in this language, whatever the current one is."""
        return self.vi if language == "vi" else self.en

    def __str__(self) -> str:
        return self.of(_current.get())


def use_language(language: Language) -> None:
    """Choose the language in which every `Text` of this context is shown from now on."""
    _current.set(language)


def current_language() -> Language:
    """The language in which `str(text)` answers."""
    return _current.get()
