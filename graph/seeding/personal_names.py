"""Find possible names of persons in texts.

The search misses some names, and it also finds some words that are not names.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Final, cast

__all__ = ["find_names"]

_CAPITAL: Final = f"[{''.join(chr(code) for code in range(0x250) if chr(code).isupper())}]"
_WORD: Final = rf"{_CAPITAL}[\w’'-]+"
_PARTICLES: Final = rf"(?: (?:{_CAPITAL}\.|von|af|av|de|van|der|den|da|du|la|ten))*"
_TITLE: Final = (
    r"(?:\w*(?:johtaja|päällikkö|esittelijä|sihteeri|pormestari|asiantuntija|suunnittelija|koordinaattori|valtuutettu)"
    r"|\w*(?:mästare|direktör|ordförande|sekreterare|handläggare|samordnare)|[Mm]ayor|[Dd]irector|[Mm]anager"
    r"|[Cc]o-?ordinator|[Cc]hair(?:man|woman|person)?|[Cc]ouncillor|[Pp]rofessor|(?:Dr|Mr|Mrs|Ms)\.?|[Hh]err|[Ff]ru"
    r"|[Rr]ouva|[Hh]erra)"
)
_FULL_NAME: Final = re.compile(rf"(?<![\w-])({_WORD}){_PARTICLES} {_WORD}")
_TITLED_NAME: Final = re.compile(rf"\b{_TITLE} ({_WORD}{_PARTICLES} {_WORD})")
# A single initial must follow a word, because "A. Title" is also a heading.
_INITIALS: Final = re.compile(rf"(?:(?<![\w.]){_CAPITAL}\. ?|(?<=[^\W\d_] )|(?<=, )|(?<=\()){_CAPITAL}\. ?{_WORD}")
_REVERSED_NAME: Final = re.compile(rf"(?<![\w-])({_WORD}), ({_WORD})(?![\w-])")

_LOCALES: Final = (
    *(
        "fi_FI",
        "sv_SE",
        "no_NO",
        "da_DK",
        "et_EE",
        "lt_LT",
        "lv_LV",
        "pl_PL",
        "de_DE",
        "de_AT",
        "nl_NL",
        "fr_FR",
        "en_GB",
    ),
    *("en_IE", "es_ES", "pt_PT", "it_IT", "cs_CZ", "sk_SK", "hu_HU", "sl_SI", "hr_HR", "ro_RO"),
)
_OTHER_WORDS: Final = frozenset(
    {"Alba", "April", "August", "Aurora", "Chelsea", "Elva", "Florence", "Francisco", "Georgia", "Grant", "Kalmar"}
    | {"Kent", "June", "May", "Milan", "Nea", "Nova", "Reda", "Regina", "Saga", "Santa", "Sol", "Urban", "Victoria"}
)
"""First names that are ignored, because in texts they are more often the name of a place, a month or an adjective."""


def find_names(text: str) -> Iterator[str]:
    """Yield the parts of a text that may be the name of a person, without duplicates.

    The parts are yielded in this order:

    - a first name before a capitalised word
    - a surname, a comma and a first name
    - initials before a capitalised word
    - two capitalised words after a title

    A part is omitted if a part that was yielded before contains it.
    """
    found: list[str] = []
    for name in _candidates(text):
        if not any(name in other for other in found):
            found.append(name)
    yield from found


def _candidates(text: str) -> Iterator[str]:
    for match in _overlapping(_FULL_NAME, text):
        if _is_first_name(match[1]):
            yield match[0]
    for match in _REVERSED_NAME.finditer(text):
        if _is_first_name(match[2]) and match[1] in _names("last_names"):
            yield match[0]
    yield from (match[0] for match in _INITIALS.finditer(text))
    yield from (match[1] for match in _TITLED_NAME.finditer(text))


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield all matches of the pattern, including matches that overlap.

    The search for the next match starts after group 1 of the previous match.
    """
    position = 0
    while (match := pattern.search(text, position)) is not None:
        yield match
        position = match.end(1)


def _is_first_name(word: str) -> bool:
    name = word.title() if word.isupper() else word
    return name not in _OTHER_WORDS and not _names("first_names").isdisjoint((name, name.partition("-")[0]))


@cache
def _names(kind: str) -> frozenset[str]:
    """Return all European first names or surnames in the lists of the package Faker.

    `kind` is "first_names" or "last_names". The first call takes half a second.
    """
    names: set[str] = set()
    for locale in _LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        for attribute in dir(provider):
            if attribute.startswith(kind):
                names.update(cast("list[str]", getattr(provider, attribute)))
    return frozenset(name for name in names if name.replace("-", "").isalpha())
