"""Spell the members of vocabularies as values of command-line options."""

from graph.vocabulary import Vocabulary

__all__ = ["option_value"]


def option_value(word: Vocabulary) -> str:
    return word.word.replace("_", "-")
