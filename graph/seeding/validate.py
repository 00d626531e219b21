"""Every law that facts must keep, derived from the model where it says so; all faults, not the first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, cast

from graph.errors import Fault
from graph.model import Kind, Many, Relationship
from graph.model import associations as roles_of
from graph.seeding.citations import citation_id
from graph.seeding.cycles import check_cycles
from graph.seeding.periods import check_periods
from graph.seeding.records import DATABASE, Dataset, NodeRecord, RelationshipRecord, SourceLocation

__all__ = ["check", "merge"]

_MAX_SUGGESTIONS: Final = 100  # so often are near ids looked for; each time costs milliseconds


def check(facts: Dataset, held: Dataset | None = None) -> list[Fault]:
    """All faults of the files, in file and line order; none means that the facts can be loaded.

    With `held`, the facts a database holds, the laws are kept over both: files may refer to nodes that are held,
    and what they say must not contradict it. Faults of what only the database holds are not told.
    """
    whole = merge(facts, held) if held is not None else Dataset(facts.items, facts.links)
    _check_properties(whole)
    _check_references(whole)
    _check_roles(whole)
    _check_sources(whole)
    _check_particulars(whole)
    check_periods(whole)
    check_cycles(whole)
    return sorted({*facts.errors, *whole.errors})


def merge(facts: Dataset, held: Dataset) -> Dataset:
    """What the graph will be: what is held, with the items of the files in place of their older selves.

    Relationships that stood under such an item and are no longer stated there are gone, and so is a citation that
    was written out where it was used and that nothing uses any more.
    """
    links = {key: link for key, link in held.links.items() if link.owner_id not in facts.items}
    whole = Dataset({**held.items, **facts.items}, {**links, **facts.links})
    orphans = _orphans(held, whole)
    if orphans:
        whole.items = {key: item for key, item in whole.items.items() if key not in orphans}
        whole.links = {key: link for key, link in whole.links.items() if link.source not in orphans}
    return whole


def _orphans(held: Dataset, whole: Dataset) -> set[str]:
    """Citations named after their place and words that supported something before and support nothing now."""
    idle = _supporting(held) - _supporting(whole)
    documents = {link.source: link.target for link in whole.links.values() if link.relationship.type == "FROM"}
    return {each for each in idle if whole.items[each].place is DATABASE and _is_derived(whole.items[each], documents)}


def _supporting(facts: Dataset) -> set[str]:
    used: set[str] = set()
    for link in facts.links.values():
        if link.relationship.type == "CITES":
            used.add(link.target)
        used.update(cast("list[str]", link.columns.get("sources", [])))
    return used & facts.items.keys()


def _is_derived(citation: NodeRecord, documents: dict[str, str]) -> bool:
    page, section, quote = (cast("str | None", citation.columns.get(name)) for name in ("page", "section", "quote"))
    return citation_id(documents.get(citation.id, ""), page, section, quote) == citation.id


# --- What the model says ---------------------------------------------------------------------------


def _check_properties(facts: Dataset) -> None:
    for item in facts.items.values():
        for each in item.label.properties:
            named = each.kind is Kind.LOCALISED and each.name == "name"
            required = (item.label.name_required and not item.label.named_after) if named else each.required
            given = each.name in item.lines or any(column in item.columns for column in each.columns)
            if required and not given:
                facts.add_error(
                    item.place, f"`{item.id}` has no `{each.name}`", f"add `{each.name}:` — {each.description}"
                )


def _check_references(facts: Dataset) -> None:
    near = _NearIds(facts)
    for link in facts.links.values():
        for end in (link.source, link.target):
            if end not in facts.items:
                facts.add_error(link.place, f"there is no `{end}`", near.hint(end))
        for each in link.relationship.all_properties:
            # Inherited sources are told of where the item names them.
            if each.kind is Kind.REF and (each.name != "sources" or "sources" in link.explicit_columns):
                value = link.columns.get(each.name, [])
                for other in value if isinstance(value, list) else [str(value)]:
                    if other not in facts.items:
                        message = f"there is no `{other}`, which `{each.name}` names"
                        facts.add_error(link.place, message, near.hint(other))


class _NearIds:
    """Suggests ids like one that does not exist, and stops where that would take long."""

    def __init__(self, facts: Dataset) -> None:
        self._ids: dict[str, list[str]] = defaultdict(list)
        for each in facts.items:
            self._ids[each.partition(":")[0]].append(each)
        self._hints: dict[str, str] = {}

    def hint(self, missing: str) -> str:
        if missing not in self._hints and len(self._hints) < _MAX_SUGGESTIONS:
            close = get_close_matches(missing, self._ids[missing.partition(":")[0]], n=1, cutoff=0.75)
            self._hints[missing] = f"did you mean `{close[0]}`?" if close else "add it, or mend the id"
        return self._hints.get(missing, "add it, or mend the id")


def _check_roles(facts: Dataset) -> None:
    at_end: dict[tuple[str, str], list[RelationshipRecord]] = defaultdict(list)  # by node and role
    for link in facts.links.values():
        at_end[link.source, link.relationship.out.name].append(link)
        at_end[link.target, link.relationship.into.name].append(link)
    for item in facts.items.values():
        for role in roles_of(item.label.name):
            links = at_end.get((item.id, role.name), [])
            links = [link for link in links if _stands_at(link, item.id, role.relationship, outgoing=role.outgoing)]
            if role.many is Many.ONE and len(links) > 1:
                others = (f"`{link.target if role.outgoing else link.source}` ({link.place})" for link in links)
                message = f"`{item.id}` has {len(links)} nodes as `{role.name}`: {', '.join(others)}"
                facts.add_error(_in_file(link.place for link in links), message, "keep one of them")
            if role.end.required and not links and role.name not in item.lines:
                if role.name == "sources":
                    message = f"`{item.id}` is a fact without a source"
                    facts.add_error(item.place, message, "add `sources:` with the document and a quote")
                else:
                    message = f"`{item.id}` has no `{role.name}`"
                    facts.add_error(item.place, message, f"add `{role.name}: {role.targets[0]}:…`")


def _stands_at(link: RelationshipRecord, node_id: str, relationship: Relationship, *, outgoing: bool) -> bool:
    return link.relationship is relationship and (link.source if outgoing else link.target) == node_id


def _check_sources(facts: Dataset) -> None:
    for link in facts.links.values():
        if not link.relationship.sourced or link.columns.get("sources"):
            continue
        # An item that names sources which are faulty has been told so.
        stated = facts.items.get(link.owner_id)
        if "sources" not in link.explicit_columns and (stated is None or "sources" not in stated.lines):
            message = f"`{link.source}` {link.relationship.type} `{link.target}` is a fact without a source"
            facts.add_error(link.place, message, "add `sources:` to it, or to the item it stands under")


def _in_file(places: Iterable[SourceLocation]) -> SourceLocation:
    """The last of some places that is in a file."""
    return max((each for each in places if each.file), default=DATABASE)


# --- What the model's words say --------------------------------------------------------------------


def _check_particulars(facts: Dataset) -> None:
    joined: dict[str, list[RelationshipRecord]] = defaultdict(list)
    holders: dict[str, list[RelationshipRecord]] = defaultdict(list)
    schemes: dict[str, str] = {}
    for link in facts.links.values():
        match link.relationship.type:
            case "JOINS":
                joined[link.source].append(link)
            case "HOLDS":
                holders[link.target].append(link)
            case "IN_SCHEME":
                schemes[link.source] = link.target
            case _:
                pass
    for item in facts.items.values():
        if item.label.name == "Twinning":
            _check_twinning(item, joined[item.id], facts)
        elif item.label.name == "Membership":
            _check_holder(item, holders[item.id], facts)
            _check_left(item, facts)
        if "population" in item.columns and "populationYear" not in item.columns and "populationYear" not in item.lines:
            message = f"`{item.id}` has a population without its year"
            facts.add_error(item.at("population"), message, "add `populationYear:`")
    _check_themes(facts, schemes)


def _check_twinning(item: NodeRecord, links: Sequence[RelationshipRecord], facts: Dataset) -> None:
    if len(links) != 2:
        number = {0: "no city", 1: "one city"}.get(len(links), f"{len(links)} cities")
        facts.add_error(item.at("cities"), f"`{item.id}` joins {number}", "a twinning joins two different cities")


def _check_holder(item: NodeRecord, links: Sequence[RelationshipRecord], facts: Dataset) -> None:
    roles = ("city", "cityGroup", "organisation")
    if len(links) > 1:
        names = ", ".join(f"`{each.source}`" for each in links)
        facts.add_error(
            _in_file([item.place, *(each.place for each in links)]),
            f"`{item.id}` is held by {names}",
            "keep one of them",
        )
    elif not links and not any(each in item.lines for each in roles):
        facts.add_error(item.place, f"nobody holds `{item.id}`", "add `city:`, `cityGroup:` or `organisation:`")


def _check_left(item: NodeRecord, facts: Dataset) -> None:
    if item.columns.get("status") == "LEFT" and item.columns.get("validUntilBound") == "OPEN":
        message = f"`{item.id}` was left (LEFT) and still runs (OPEN)"
        facts.add_error(item.at("validUntil"), message, "give the first day after it, or UNKNOWN; or mend `status`")


def _check_themes(facts: Dataset, schemes: dict[str, str]) -> None:
    for link in facts.links.values():
        one, other = schemes.get(link.source), schemes.get(link.target)
        if one is None or other is None:
            continue
        if link.relationship.type == "BROADER" and one != other:
            message = (
                f"`{link.source}` (in `{one}`) has a broader theme in another scheme, `{link.target}` (in `{other}`)"
            )
            facts.add_error(link.place, message, "broader stays in one scheme; between schemes use `closeMatches`")
        if link.relationship.type == "CLOSE_MATCH" and one == other:
            message = f"`{link.source}` and `{link.target}` match within one scheme, `{one}`"
            facts.add_error(link.place, message, "matches lead to other schemes; within one use `broader`")
