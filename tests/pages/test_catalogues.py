"""Check that every text of the pages and reports is translated."""

import re

import pytest

from api.pages.catalogues import new_catalogue
from api.translations.catalogue import LANGUAGES, Language, read_catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+(?::[^}]*)?\}")


def as_tuple(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_exactly_the_texts_of_the_pages(language: Language) -> None:
    expected = {(message.context, as_tuple(message.id)) for message in new_catalogue(language) if message.id}
    found = {(message.context, as_tuple(message.id)) for message in read_catalogue(language) if message.id}
    assert found == expected, "run: make translations"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_its_placeholders(language: Language) -> None:
    for message in read_catalogue(language):
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        translations = as_tuple(message.string)
        assert all(translations), message.id
        expected = set(PLACEHOLDER.findall(as_tuple(message.id)[-1]))
        for text in translations:
            assert set(PLACEHOLDER.findall(text)) == expected, text
