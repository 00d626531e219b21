"""Define the options of `citygraph report` that choose a subset of the graph."""

import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Annotated, Any, Final, cast

import typer

from api.cli.report_options import choices, parse_enum
from graph.analysis import BoundingBox, Filter, Subset
from graph.standing import COUNTED
from graph.vocabulary import CollaborationMode, NetworkKind, Standing

__all__ = ["WHOLE_GRAPH", "Selection", "subset_values", "with_subset_options"]

_COMPONENTS: Final = "largest"


@dataclass(frozen=True, slots=True)
class Selection:
    """A subset of the graph, and filters on the properties of cities and networks.

    The filters are separate from the `Subset`, because only the database can evaluate them.
    """

    subset: Subset
    cities_where: Filter | None = None
    networks_where: Filter | None = None


WHOLE_GRAPH: Final = Selection(Subset())


def _parse_bounding_box(given: object) -> BoundingBox:
    if isinstance(given, BoundingBox):
        return given
    try:
        south, west, north, east = map(float, str(given).split(","))
    except ValueError:
        raise typer.BadParameter(
            f"'{given}' is not a bounding box; write south,west,north,east in degrees, such as 55,4,71,32"
        ) from None
    return BoundingBox(south, west, north, east)


def _parse_component(given: object) -> bool:
    if given is True or given == _COMPONENTS:
        return True
    raise typer.BadParameter(f"'{given}' is not {_COMPONENTS}")


def _parse_filter(given: object) -> Filter:
    if isinstance(given, dict):
        return cast("Filter", given)
    try:
        parsed = json.loads(str(given))
    except ValueError as error:
        raise typer.BadParameter(f"'{given}' is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise typer.BadParameter(f"""'{given}' is not an object; write fields, such as {{"country": {{"eq": "FI"}}}}""")
    return cast("Filter", parsed)


def _filter(flag: str, text: str) -> Any:
    return Annotated[
        dict[str, Any] | None, typer.Option(flag, parser=_parse_filter, metavar="JSON", help=f"{text}, as in the API.")
    ]


def _many(flag: str, text: str, metavar: str = "ID") -> Any:
    return Annotated[list[str] | None, typer.Option(flag, metavar=metavar, help=f"{text}; may be repeated.")]


_OPTIONS: Final[dict[str, tuple[Any, object]]] = {
    "layers": (
        Annotated[
            list[CollaborationMode] | None,
            typer.Option(
                "--layer",
                parser=parse_enum(CollaborationMode),
                metavar=choices(CollaborationMode),
                help="Kind of collaboration; may be repeated. network by default.",
            ),
        ],
        None,
    ),
    "standings": (
        Annotated[
            list[Standing] | None,
            typer.Option(
                "--standing",
                parser=parse_enum(Standing),
                metavar=choices(Standing),
                help="Standing of the ties that count; may be repeated. in-force and attested-earlier by default.",
            ),
        ],
        None,
    ),
    "include_applied": (
        Annotated[bool, typer.Option("--include-applied", help="Include memberships that are only applied for.")],
        False,
    ),
    "countries": (_many("--country", "Only cities of this country (ISO 3166-1)", "CODE"), None),
    "bounding_box": (
        Annotated[
            BoundingBox | None,
            typer.Option(
                "--bounding-box",
                parser=_parse_bounding_box,
                metavar="SOUTH,WEST,NORTH,EAST",
                help="Only cities in this region, in degrees.",
            ),
        ],
        None,
    ),
    "cities_where": (_filter("--cities-where", "Only cities that match this filter"), None),
    "networks_where": (_filter("--networks-where", "Only networks that match this filter"), None),
    "theme": (
        Annotated[
            str | None,
            typer.Option(
                "--theme", metavar="ID", help="Only collaborations on this theme, or on a narrower or close theme."
            ),
        ],
        None,
    ),
    "network_kind": (
        Annotated[
            NetworkKind | None,
            typer.Option(
                "--kind",
                parser=parse_enum(NetworkKind),
                metavar=choices(NetworkKind),
                help="Only networks of this kind.",
            ),
        ],
        None,
    ),
    "include_cities": (_many("--include-city", "Only this city"), None),
    "exclude_cities": (_many("--exclude-city", "Without this city"), None),
    "include_networks": (_many("--include-network", "Only this network or other collaboration"), None),
    "exclude_networks": (_many("--exclude-network", "Without this network or other collaboration"), None),
    "min_degree": (
        Annotated[
            int,
            typer.Option(
                "--min-degree", min=0, help="Only cities with at least this many ties; 2: cities in several networks."
            ),
        ],
        0,
    ),
    "ego": (
        Annotated[
            str | None, typer.Option("--ego", metavar="ID", help="Only what is near this city or collaboration.")
        ],
        None,
    ),
    "radius": (
        Annotated[
            int,
            typer.Option(
                "--radius", min=1, help="Hops from --ego: 1 is the networks of a city, 2 also their other members."
            ),
        ],
        2,
    ),
    "largest_component": (
        Annotated[
            bool | None,
            typer.Option(
                "--component",
                parser=_parse_component,
                metavar=_COMPONENTS,
                help="Only the largest connected component.",
            ),
        ],
        None,
    ),
}
"""The annotation and the default of each option, by field of `Subset`."""


def with_subset_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with its parameter `selection` replaced by the options that choose a subset."""

    @wraps(command)
    def replaced(**given: Any) -> None:
        command(selection=_selection({name: given.pop(name) for name in _OPTIONS}), **given)

    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name != "selection":
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        for name, (annotation, default) in _OPTIONS.items():
            parameters.append(
                inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
            )
    described = cast("Any", replaced)
    described.__signature__ = inspect.Signature(parameters)
    described.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return replaced


def _selection(given: dict[str, Any]) -> Selection:
    kind: NetworkKind | None = given["network_kind"]
    countries = tuple(dict.fromkeys(code.upper() for code in given["countries"] or ()))
    subset = Subset(
        layers=tuple(dict.fromkeys(given["layers"] or (CollaborationMode.NETWORK,))),
        standings=tuple(standing for standing in Standing if standing in (given["standings"] or COUNTED)),
        include_applied=given["include_applied"],
        countries=countries or None,
        bounding_box=given["bounding_box"],
        theme=given["theme"],
        network_kind=kind.name if kind else None,
        include_cities=tuple(given["include_cities"] or ()),
        exclude_cities=tuple(given["exclude_cities"] or ()),
        include_networks=tuple(given["include_networks"] or ()),
        exclude_networks=tuple(given["exclude_networks"] or ()),
        min_degree=given["min_degree"],
        ego=given["ego"],
        radius=given["radius"],
        largest_component=bool(given["largest_component"]),
    )
    return Selection(subset, given["cities_where"], given["networks_where"])


def subset_values(day: date, selection: Selection) -> list[tuple[str, object]]:
    """Return the options for `reproduce_command` that express a date and a subset, as (option name, value) pairs.

    The layers, that is, the kinds of collaboration, are always included. `reproduce_command` omits options whose value
    is None or False.
    """
    subset = selection.subset
    box = subset.bounding_box
    options: list[tuple[str, object]] = [("on", day), *_each("layer", subset.layers)]
    options += _each("standing", () if tuple(subset.standings) == COUNTED else subset.standings)
    options += [
        ("include-applied", subset.include_applied),
        *_each("country", subset.countries or ()),
        ("bounding-box", box and ",".join(map(repr, box))),
        ("cities-where", _text(selection.cities_where)),
        ("networks-where", _text(selection.networks_where)),
        ("theme", subset.theme),
        ("kind", NetworkKind[subset.network_kind] if subset.network_kind else None),
        *_each("include-city", subset.include_cities),
        *_each("exclude-city", subset.exclude_cities),
        *_each("include-network", subset.include_networks),
        *_each("exclude-network", subset.exclude_networks),
        ("min-degree", subset.min_degree or None),
        ("ego", subset.ego),
        ("radius", subset.radius if subset.ego else None),
        ("component", _COMPONENTS if subset.largest_component else None),
    ]
    return options


def _text(where: Filter | None) -> str | None:
    return None if where is None else json.dumps(where, ensure_ascii=False)


def _each(option: str, values: Sequence[object] | Any) -> list[tuple[str, object]]:
    return [(option, value) for value in values]
