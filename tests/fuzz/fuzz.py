"""Asks a running server what Schemathesis generates from its schema: `fuzz.py URL CODES SECONDS SEED`.

CODES is the closed list of codes that errors may have, separated by commas. Writes what was answered, and what broke
the rules: no status of 500 and more, every error with a code of the list that is no fault of the server.

What Hypothesis thinks up on its own mostly ends at the first limit or names nothing: so in three operations of four
pages become small and begin at one end, ids and years such as the graph holds; the fourth stays as wild as it came.
"""

import dataclasses
import itertools
import json
import random
import sys
import time
from collections import Counter
from math import inf

import requests
import schemathesis
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    IntValueNode,
    ListValueNode,
    StringValueNode,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

OURS = {"INTERNAL", "STORE_FAILED"}
FIRST_ROUND = 3
"""How often each root field is asked at least, however long that takes."""

LATER_ROUNDS = 10
MOST_BROKEN = 20
MOST_IDS = 20

NAMED = {"id": "", "ids": "", "city": "City", "network": "Network", "theme": "Theme", "scheme": "ThemeScheme"}
NAMED |= {"programme": "Programme", "from": "City", "to": "City"}
"""Arguments that take an id, and of which type; of any, or of the field's own, where none is given."""

schemathesis.graphql.scalar("Date", st.dates().map(str).map(nodes.String))
schemathesis.graphql.scalar("Decimal", st.decimals(allow_nan=False, allow_infinity=False).map(str).map(nodes.String))


def is_date(argument: ArgumentNode) -> bool:
    """Whether `before` is a day and no cursor."""
    return isinstance(argument.value, StringValueNode) and argument.value.value[4:5] == "-"


def read_ids(url: str) -> dict[str, list[str]]:
    """Some ids that the graph holds, by their types; all of these under no type's name."""
    plurals = "{ __schema { queryType { fields { name args { name } } } } }"
    fields = requests.post(url, json={"query": plurals}, timeout=30).json()["data"]["__schema"]["queryType"]["fields"]
    ids: dict[str, list[str]] = {}
    for field in fields:
        if any(argument["name"] == "orderBy" for argument in field["args"]):
            query = f"{{ all: {field['name']}(first: {MOST_IDS}) {{ nodes {{ id }} }} }}"
            for node in requests.post(url, json={"query": query}, timeout=30).json()["data"]["all"]["nodes"]:
                ids.setdefault(node["id"].split(":")[0], []).append(node["id"])
                ids.setdefault("", []).append(node["id"])
    return ids


class Tamed(Visitor):
    """Makes pages small and begin at one end, and ids and years such as the graph holds."""

    def __init__(self, ids: dict[str, list[str]]) -> None:
        super().__init__()
        self.ids = ids
        self.label = ""

    def enter_field(self, node: FieldNode, *_: object) -> None:
        name = node.name.value
        self.label = name[0].upper() + name[1:]

    def leave_field(self, node: FieldNode, *_: object) -> FieldNode:
        names = {argument.name.value for argument in node.arguments or ()}
        gone = {"after", "before"} if "first" in names or "last" in names else set[str]()
        gone |= {"last"} if "first" in names else set[str]()
        remaining = tuple(
            argument for argument in node.arguments or () if argument.name.value not in gone or is_date(argument)
        )
        return dataclasses.replace(node, arguments=remaining)

    def leave_argument(self, node: ArgumentNode, *_: object) -> ArgumentNode:
        return ArgumentNode(name=node.name, value=self.value(node.name.value, node.value))

    def value(self, name: str, value: ValueNode) -> ValueNode:
        if isinstance(value, IntValueNode):
            number = abs(int(value.value))
            return IntValueNode(value=str(number % 20 if name in ("first", "last") else 1990 + number % 50))
        if name in NAMED and isinstance(value, StringValueNode):
            some = self.ids.get(NAMED[name] or self.label) or self.ids[""]
            return StringValueNode(value=some[sum(map(ord, value.value)) % len(some)])
        if name in NAMED and isinstance(value, ListValueNode):
            return ListValueNode(values=tuple(self.value(name, item) for item in value.values[:20]))
        return value


def write_line(text: str) -> None:
    sys.stdout.write(text + "\n")


def tamed(body: object, ids: dict[str, list[str]]) -> str:
    document = body if isinstance(body, DocumentNode) else parse(str(body))
    return print_ast(visit(document, Tamed(ids)))


def faults(status: int, content: bytes, codes: set[str], tally: Counter[str]) -> list[str]:
    """What is wrong with an answer."""
    tally[f"status {status}"] += 1
    answer = json.loads(content)
    error_codes = [error.get("extensions", {}).get("code") for error in answer.get("errors", [])]
    tally.update(f"code {code}" for code in set(error_codes))
    tally["answered with data"] += answer.get("data") is not None
    found = [f"the code {code}" for code in error_codes if code not in codes or code in OURS]
    if status >= 500:
        found.append(f"the status {status}")
    if status != 200 and not error_codes:
        found.append(f"the status {status} without an error")
    return found


def main() -> int:
    url, listed, seconds, first = sys.argv[1:]
    codes = set(listed.split(","))
    until = time.monotonic() + int(seconds)
    schema = schemathesis.graphql.from_url(url)
    ids = read_ids(url)
    operations = [result.ok() for result in schema.get_all_operations()]
    random.Random(int(first)).shuffle(operations)
    tally: Counter[str] = Counter()
    broken: dict[str, str] = {}
    asked: set[str] = set()
    rounds, cases = itertools.count(), itertools.count()

    def ask(operation: object, examples: int, until: float) -> None:
        @seed(int(first) + next(rounds))
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def once(case: schemathesis.Case) -> None:
            if time.monotonic() > until:
                return
            if next(cases) % 4:
                case.body = tamed(case.body, ids)
            asked.add(operation.label)
            response = case.call(headers={"Accept": "application/graphql-response+json"})
            for fault in faults(response.status_code, response.content, codes, tally):
                broken.setdefault(f"{operation.label}: {fault}", f"{case.body}\n{response.text[:500]}")

        once()

    for operation in operations:
        ask(operation, FIRST_ROUND, inf)
    for operation in itertools.cycle(operations):
        if time.monotonic() > until or len(broken) >= MOST_BROKEN:
            break
        ask(operation, LATER_ROUNDS, until)
    write_line("\n".join(f"{count:7} {name}" for name, count in sorted(tally.items())))
    for name, shown in broken.items():
        write_line(f"\n{name}\n{shown}")
    answered = sum(count for name, count in tally.items() if name.startswith("status"))
    write_line(
        f"{answered} operations from {len(asked)} of {len(operations)} root fields, seed {first}: "
        f"{len(broken)} broke a rule"
    )
    return 1 if broken or len(asked) < len(operations) else 0


if __name__ == "__main__":
    sys.exit(main())
