"""Two answers are compared value by value, and the first difference is returned with its path."""

from bench import europe
from bench.questions import difference
from graph.registry import QUESTIONS


def test_equal_answers_have_no_difference() -> None:
    answer = {"a": [{"b": 1.5, "c": None}], "d": "x"}
    assert difference(answer, {"d": "x", "a": [{"b": 1.5, "c": None}]}) is None


def test_first_difference_has_its_path() -> None:
    ours, theirs = {"a": [{"b": 1}, {"b": 2}], "c": 3}, {"a": [{"b": 1}, {"b": 7}], "c": 4}
    assert difference(ours, theirs) == ".a[1].b: ours 2, the peer's 7"


def test_lists_of_other_lengths_and_mappings_of_other_keys_differ() -> None:
    assert difference({"a": [1]}, {"a": [1, 2]}) == ".a: ours [1], the peer's [1, 2]"
    assert difference({"a": {"b": 1}}, {"a": {"c": 1}}) == ".a: ours {'b': 1}, the peer's {'c': 1}"
    assert difference(None, []) == "the answer: ours None, the peer's []"


def test_every_question_is_asked_at_the_size_of_europe() -> None:
    subjects = europe.Subjects("City:a", 3, "City:b", ("Network:a", "Network:b"), ("Network:c",), "Theme:a", "", "")
    asked = europe.question_arguments(subjects)
    assert asked.keys() == QUESTIONS.keys()
    for name, by_words in asked.items():
        for values in by_words.values():
            QUESTIONS[name].arguments(**values)
