"""How tests ask questions."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar

from hypothesis import strategies as st

from graph.pagination import Page
from graph.questions.enums import AddressedTheme, BasisName
from graph.store import Reader, Store
from tests.questions.graph_builder import OPEN, period
from tests.statements import observed_statements

T = TypeVar("T")

ON = date(2024, 6, 1)
SINCE_2020 = period("2020-01-01", OPEN)
ALL = Page(first=100)

networks_by_city = st.dictionaries(
    st.sampled_from("abcdefgh"), st.sets(st.sampled_from("uvwxyz"), min_size=1), min_size=1
)


async def ask(store: Store, question: Callable[[Reader], Awaitable[T]]) -> T:
    """The answer, and that it took one statement."""
    with observed_statements(store) as sent:
        async with store.reading() as reading:
            answer = await question(reading)
    assert len(sent) == 1, sent
    return answer


def addressed(*slugs: str, basis: BasisName = "STATED") -> tuple[AddressedTheme, ...]:
    """The themes, addressed by links of the same basis."""
    return tuple(AddressedTheme(f"Theme:{slug}", basis) for slug in slugs)
