"""The estimated reads of written statements."""

import pytest

from graph.registry import QUESTIONS
from graph.store import Degree, Degrees
from graph.traversal.statement_reads import statement_reads

DEGREES = Degrees(
    revision=1,
    nodes={"City": 1_000, "Network": 10, "Membership": 2_000, "MembershipTerm": 3_000, "Theme": 10, "Twinning": 50},
    outgoing={
        "HOLDS": Degree(800, 2_000, 5),
        "IN": Degree(2_000, 2_000, 1),
        "UNDER": Degree(3_000, 3_000, 1),
        "JOINS": Degree(50, 100, 2),
        "BROADER": Degree(8, 8, 1),
    },
    incoming={
        "HOLDS": Degree(2_000, 2_000, 1),
        "IN": Degree(10, 2_000, 600),
        "UNDER": Degree(1_500, 3_000, 4),
        "JOINS": Degree(80, 100, 3),
        "BROADER": Degree(2, 8, 4),
    },
)
CITY = "MATCH (city:City {id: $city})\n"
HELD = f"{CITY}MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(n:Network)\n"
"""One city, 5 memberships and 5 networks."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MATCH (c:City) RETURN count(c)", 1_000),
        ("MATCH (c:City|Network) WHERE size(c.otherNames) > 1 RETURN c", 1_010),
        (CITY, 1),
        (HELD, 1 + 2 * (5 + 5)),
        ("MATCH (city:City {id: $city})-[held:HOLDS]->(:Membership {status: 'MEMBER'}) RETURN held", 1 + 2 * 5),
        # Nodes and relationships are read once at most.
        (f"{HELD}MATCH (n)<-[:IN]-(other:Membership)", 1 + 2 * (5 + 2_000)),
        (
            f"{HELD}MATCH (n)<-[:IN]-(other:Membership)<-[:HOLDS]-(peer:City)",
            1_000 + 10 + 2_000 + 2_000 + 2_000,
        ),
        ("MATCH (m:Membership)-[:IN]->(n:Network) RETURN m, n", 2_000 + 2_000 + 10),
        # A subquery runs for each row around it, and those after it do not.
        (f"{HELD}CALL (city, n) {{ MATCH (city)<-[:JOINS]-(t:Twinning) RETURN t }}", 1 + 2 * (5 + 5 + 15)),
        (
            f"{CITY}CALL (city) {{ MATCH (city)-[:HOLDS]->(m:Membership) RETURN collect(m) AS held }}\n"
            "MATCH (city)<-[:JOINS]-(t:Twinning)",
            1 + 2 * (5 + 3),
        ),
        (
            f"{CITY}CALL (city) {{ MATCH (city)-[:HOLDS]->(m:Membership) RETURN m AS node UNION\n"
            "MATCH (city)<-[:JOINS]-(t:Twinning) RETURN t AS node }",
            1 + 2 * (5 + 3),
        ),
        # Variables that are renamed, or listed and unwound.
        (f"{HELD}WITH m AS fact MATCH (fact)<-[:UNDER]-(term:MembershipTerm)", 1 + 2 * (5 + 5 + 20)),
        (
            f"{HELD}WITH collect(m) AS held\nUNWIND held AS fact\nMATCH (fact)<-[:UNDER]-(term:MembershipTerm)",
            1 + 2 * (5 + 5 + 20),
        ),
        (f"{HELD}WHERE EXISTS {{ (m)<-[:UNDER]-(:MembershipTerm) }} RETURN n", 1 + 2 * (5 + 5 + 20)),
        # Without a direction, of several types, and repeated.
        (f"{CITY}MATCH (city)-[:HOLDS|JOINS]-(other)", 1 + 2 * (5 + 1 + 2 + 3)),
        ("MATCH (t:Theme {id: $theme})-[:BROADER*0..2]->(wider:Theme) RETURN wider", 1 + 2 * 8),
    ],
)
def test_reads_of_patterns(text: str, expected: int) -> None:
    assert statement_reads(DEGREES, text) == expected


@pytest.mark.parametrize("name", [name for name, question in QUESTIONS.items() if question.statement])
def test_every_question_has_a_price(name: str) -> None:
    statement = QUESTIONS[name].statement
    assert statement is not None
    everything = 1_000 + 10 + 2_000 + 3_000 + 10 + 50 + 2_000 + 2_000 + 3_000 + 100 + 8
    assert 0 < statement_reads(DEGREES, statement.text) <= everything
