"""The index of names: which nodes a text finds, in which order, and which part of which name matches."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.folding import fold
from graph.search import Hits, NameIndex, NameRow
from graph.search.words import split_words
from graph.vocabulary import Language


def named(
    node_id: str,
    en: str,
    *,
    sv: str | None = None,
    fi: str | None = None,
    other: tuple[str, ...] = (),
    former: tuple[str, ...] = (),
    relationships: int = 0,
) -> NameRow:
    return NameRow(node_id, fold(en), en, sv, fi, other, former, relationships)


def ids(hits: Hits) -> list[str]:
    return [hit.node for hit in hits]


def highlighted(hits: Hits, place: int = 0) -> list[str]:
    """Return the highlighted parts of the name of a hit, cut as JavaScript cuts strings."""
    units = hits[place].name.encode("utf-16-le")
    return [
        units[2 * part.start : 2 * (part.start + part.length)].decode("utf-16-le") for part in hits[place].highlights
    ]


def test_words_after_one_that_no_name_has_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    index = NameIndex([named("Network:safe", "Safe Cities")])
    looked_up: list[str] = []
    costs = index._costs

    def count(word: str, **options: bool) -> object:
        looked_up.append(word)
        return costs(word, **options)

    monkeypatch.setattr(index, "_costs", count)
    assert ids(index.search("safe harbour cities cities harbour")) == []
    assert looked_up == ["safe", "harbour"]


def test_order_of_levels() -> None:
    index = NameIndex(
        [
            named("Network:similar", "Safa Network"),
            named("Network:inside", "Unsafe Harbours"),
            named("Network:apart", "Cities that are Safe"),
            named("Network:word", "Nordic Safe Cities"),
            named("Network:prefix", "Safe Cities Europe"),
            named("Network:whole", "Safe: Cities"),
            named("Network:none", "Eurocities"),
        ]
    )
    assert [(hit.node, hit.match) for hit in index.search("safe cities")] == [
        ("Network:whole", "EXACT"),
        ("Network:prefix", "PREFIX"),
        ("Network:word", "WORD_PREFIX"),
        ("Network:apart", "WORD_PREFIX"),
    ]
    assert [(hit.node, hit.match) for hit in index.search("safe")] == [
        ("Network:prefix", "PREFIX"),
        ("Network:whole", "PREFIX"),
        ("Network:apart", "WORD_PREFIX"),
        ("Network:word", "WORD_PREFIX"),
        ("Network:inside", "INSIDE"),
        ("Network:similar", "SIMILAR"),
    ]


def test_capital_letters_of_a_name() -> None:
    index = NameIndex(
        [
            named("Network:nsc", "Nordic Safe Cities"),
            named("Network:ubc", "Union of the Baltic Cities"),
            named("Network:two", "Safe Cities"),
            named("Theme:inside", "Transcription"),
            named("Theme:prefix", "Nscale"),
        ]
    )
    assert [(hit.node, hit.match) for hit in index.search("NSC")] == [
        ("Theme:prefix", "PREFIX"),
        ("Network:nsc", "INITIALS"),
        ("Theme:inside", "INSIDE"),
    ]
    assert ids(index.search("ubc")) == ["Network:ubc"]
    assert highlighted(index.search("ubc")) == ["U", "B", "C"]
    assert ids(index.search("uotbc")) == ids(index.search("sc")) == ids(index.search("nsc ubc")) == []


def test_order_among_equals() -> None:
    index = NameIndex(
        [
            named("Document:a", "Oulu report"),
            named("Decision:a", "Oulu 2024"),
            named("Theme:a", "Oulu"),
            named("City:b", "Oulunsalo", relationships=2),
            named("City:a", "Oulainen", relationships=1),
            named("Network:a", "Oulu network", relationships=40),
            named("City:c", "Oulainen", relationships=1),
        ]
    )
    expected = ["Network:a", "City:b", "City:a", "City:c", "Theme:a", "Decision:a", "Document:a"]
    assert ids(index.search("oul")) == ids(index.search("oul", None)) == expected
    assert ids(index.search("oul", ["Document", "City"])) == ["City:b", "City:a", "City:c", "Document:a"]
    assert ids(index.search("oul", [])) == []
    keys = [hit.sort_key for hit in index.search("oul")]
    assert keys == sorted(set(keys))


def test_which_name_matches() -> None:
    index = NameIndex(
        [
            named("City:copenhagen", "Copenhagen", sv="Köpenhamn", fi="Kööpenhamina", other=("København",)),
            named("City:vantaa", "Vantaa", sv="Vanda", fi="Vantaa"),
            named(
                "Network:arc",
                "Airport Regions Council",
                other=("ARC",),
                former=("2016-01-01 1994-01-01 EN Airport Regions Conference",),
            ),
        ]
    )

    def best(text: str) -> tuple[str, str, tuple[str, ...]]:
        (hit,) = index.search(text)
        return hit.name, hit.name_property, hit.languages

    assert best("kopenhamn") == ("Köpenhamn", "NAME", ("SV",))
    assert best("KØBENHAVN") == ("København", "OTHER_NAME", ())
    assert best("vantaa") == ("Vantaa", "NAME", ("EN", "FI"))
    assert best("vanda") == ("Vanda", "NAME", ("SV",))
    assert best("arc") == ("ARC", "OTHER_NAME", ())
    assert best("conference") == ("Airport Regions Conference", "FORMER_NAME", ("EN",))


def test_name_in_the_language_of_the_search() -> None:
    index = NameIndex(
        [
            named("City:gothenburg", "Gothenburg", sv="Göteborg", fi="Göteborg", other=("Göteborgs Stad",)),
            named("Network:safe", "Nordic Safe Cities", sv="Nordic Safe Cities", fi="Nordic Safe Kaupungit"),
            named("Network:safer", "Nordic Region", fi="Nordic Suomi", relationships=1),
            named("Theme:old", "Nordic Now", former=("2016-01-01 1994-01-01 FI Nordic Ennen",)),
        ]
    )

    def hits(text: str, language: Language) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(hit.node, hit.name, hit.languages) for hit in index.search(text, language=language)]

    # The order of the hits does not depend on the language, and a former name is not preferred.
    assert hits("nordic", Language.EN) == [
        ("Network:safer", "Nordic Region", ("EN",)),
        ("Network:safe", "Nordic Safe Cities", ("EN", "SV")),
        ("Theme:old", "Nordic Now", ("EN",)),
    ]
    assert hits("nordic", Language.SV) == hits("nordic", Language.EN)
    assert hits("nordic", Language.FI) == [
        ("Network:safer", "Nordic Suomi", ("FI",)),
        ("Network:safe", "Nordic Safe Kaupungit", ("FI",)),
        ("Theme:old", "Nordic Now", ("EN",)),
    ]
    # A better match in another language comes first.
    assert hits("göteborg", Language.EN) == [("City:gothenburg", "Göteborg", ("SV", "FI"))]
    assert hits("gothenb", Language.FI) == [("City:gothenburg", "Gothenburg", ("EN",))]
    assert hits("stad", Language.FI) == [("City:gothenburg", "Göteborgs Stad", ())]
    assert [hit.sort_key for hit in index.search("nordic", language=Language.FI)] == [
        hit.sort_key for hit in index.search("nordic")
    ]


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("Helsinki", "hels", ["Hels"]),
        ("WHO European Healthy Cities Network", "Healthy Cities (WHO)", ["WHO", "Healthy Cities"]),
        ("Union of the Baltic Cities", "union of baltic cit", ["Union of", "Baltic Cit"]),
        ("Nordic Light Rail Association", "nordic lightrail", ["Nordic Light Rail"]),
        ("Eurocities", "euro cities", ["Eurocities"]),
        ("Köpenhamn", "hamn", ["hamn"]),
        ("Stockholm", "stokholm", ["Stockholm"]),
        ("Bærum", "ba", ["Bæ"]),
        ("L’Hospitalet de Llobregat", "l'hosp", ["L’Hosp"]),
        ("L’Hospitalet de Llobregat", "lhospitalet", ["L’Hospitalet"]),
        ("Aix-en-Provence", "aix en provence", ["Aix-en-Provence"]),
        ("Jyva\u0308skyla\u0308", "jyva", ["Jyva\u0308"]),
        ("Hel\u00adsin\u200bki", "helsin", ["Hel\u00adsin\u200b"]),
        ("🏙️ Turku 🏙️ Åbo", "abo", ["Åbo"]),
        ("Safe Safe Cities", "safe safe", ["Safe Safe"]),
        ("Safe Cities", "safe safe", ["Safe"]),
    ],
)
def test_highlights(name: str, text: str, parts: list[str]) -> None:
    hits = NameIndex([named("City:one", name), named("City:other", "Zagreb")]).search(text)
    assert ids(hits) == ["City:one"]
    assert highlighted(hits) == parts


@pytest.mark.parametrize("text", ["İst", "ist"])
def test_a_short_word_is_not_split(text: str) -> None:
    index = NameIndex([named("Theme:ageing", "Åldrande i städer"), named("City:istanbul", "İstanbul")])
    assert ids(index.search(text)) == ["City:istanbul"]


@pytest.mark.parametrize(
    "text", ["helsnki", "helsnikii", "hlesinki", "jelsinki", "helsinkki", "helsni", "helzink", "HÉLSNKI"]
)
def test_typing_errors(text: str) -> None:
    assert ids(NameIndex([named("City:helsinki", "Helsinki"), named("City:oslo", "Oslo")]).search(text)) == [
        "City:helsinki"
    ]


@pytest.mark.parametrize("text", ["hxlskxnx", "oslx", "os", "sl", "xelsinkx xoslo"])
def test_too_many_typing_errors(text: str) -> None:
    hits = NameIndex([named("City:helsinki", "Helsinki"), named("City:lund", "Lund")]).search(text)
    assert len(hits) == 0


def test_no_typing_errors_among_many_hits() -> None:
    safe = [named(f"Theme:{number}", f"Safety {number}") for number in range(10)]
    index = NameIndex([*safe, named("City:safeti", "Safeti")])
    assert len(index.search("safety")) == 10
    assert ids(NameIndex([*safe[:9], named("City:safeti", "Safeti")]).search("safety"))[9:] == ["City:safeti"]


def test_names_without_words_are_ignored() -> None:
    assert len(NameIndex([]).search("anything")) == 0
    index = NameIndex([named("Theme:dots", "…"), named("Theme:a", "A")])
    assert (len(index), ids(index.search("a"))) == (1, ["Theme:a"])


_NAMES = st.lists(st.text(st.sampled_from("aåbcæ -'2"), min_size=1, max_size=9), min_size=1, max_size=8)


@given(names=_NAMES, data=st.data())
def test_each_name_and_its_beginnings_are_found(names: list[str], data: st.DataObject) -> None:
    index = NameIndex([named(f"Theme:{number}", name) for number, name in enumerate(names)])
    number = data.draw(st.integers(0, len(names) - 1))
    words = split_words(names[number])
    if not words:
        return
    whole = index.search(" ".join(words))
    assert f"Theme:{number}" in [hit.node for hit in whole if hit.match == "EXACT"]
    length = data.draw(st.integers(1, len(" ".join(words))))
    begin = " ".join(words)[:length].strip()
    hits = index.search(begin)
    assert {hit.match for hit in hits if hit.node == f"Theme:{number}"} <= {"EXACT", "PREFIX"}
    assert f"Theme:{number}" in ids(hits)
    keys = [hit.sort_key for hit in hits]
    assert keys == sorted(set(keys))
    for place, hit in enumerate(hits):
        assert hit.highlights
        assert all(part.length > 0 for part in hit.highlights)
        ends = [(part.start, part.start + part.length) for part in hit.highlights]
        assert all(before <= start for (_, before), (start, _) in pairwise(ends))
        assert all(highlighted(hits, place))
