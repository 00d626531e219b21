"""Folding makes different spellings of a name equal; cleaning makes texts equal that look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.folding import clean, fold, fold_for_sorting, fold_with_offsets


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Bodø", "bodo"),
        ("BÆRUM", "baerum"),
        ("Ísafjörður", "isafjordur"),
        ("Þingvellir", "thingvellir"),
        ("Århus  Öst", "arhus ost"),
        ("Jyväskylä", "jyvaskyla"),
        ("Weißenfels", "weissenfels"),
        ("Łódź", "lodz"),
        ("A\u030angstro\u0308m", "angstrom"),
        ("  Nordic\tSafe\nCities ", "nordic safe cities"),
        ("İzmir", "izmir"),
        ("ǼØ", "aeo"),
        ("L’Aquila", "l'aquila"),
        ("Lʼ´Aquila`", "l''aquila'"),
        ("Helsinki–Tallinn", "helsinki-tallinn"),
        ("Helsinki ‑ Tallinn — A−B", "helsinki - tallinn - a-b"),
        ("„Wien“ «Paris»", '"wien" "paris"'),
        ("Kaupungin\u00adhallitus", "kaupunginhallitus"),
        ("Hel\u200bsinki\ufeff", "helsinki"),
        ("\u202bHel\u2060si\u200dnki\u202c", "helsinki"),
        ("Le\u00a0Havre", "le havre"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_equals_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_makes_no_difference(text: str) -> None:
    assert fold(text.casefold()) == fold(text)


@given(st.text())
def test_offsets_lead_to_the_original_character(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text)
    assert list(offsets) == sorted(offsets)
    assert all(char in fold_with_offsets(f"a{text[at]}a")[0] for char, at in zip(folded, offsets, strict=True))


def test_offsets_of_letters_that_fold_to_two_or_none() -> None:
    assert fold_with_offsets(" Bæ\u00adrum  ") == ("baerum", (1, 2, 2, 4, 5, 6))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("sa\u0300me", "sàme"),
        ("Kaupungin\u00adhallitus", "Kaupunginhallitus"),
        ("\ufeffHel\u200bsin\u2060ki\u200e", "Helsinki"),
        ("2\u00a0500\u202f€", "2 500 €"),
        ("a\r\nb\rc\u2028d\x85e\x0bf", "a\nb\nc\nd\ne\nf"),
        # Joiners shape the letters beside them.
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("L’Aquila – a", "L’Aquila – a"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text())
def test_cleaning_twice_equals_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert fold(clean(text)) == fold(text)


def test_letters_at_the_end_of_the_alphabet_sort_after_z() -> None:
    words = ["aachen", "Übach", "Ýstad", "ystä", "Zürich", "Åbo", "Åland", "Æbeltoft", "Ängelholm", "Öland", "Ørsta"]
    assert sorted(words, key=fold_for_sorting) == words
