"""Choose the media type and the encoding of a response from the headers of the request."""

from functools import lru_cache
from typing import Final

__all__ = ["GRAPHQL", "HTML", "JSON", "accepts_gzip", "negotiate_media_type", "parse_weighted"]

HTML: Final = "text/html"
JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"


@lru_cache(maxsize=64)
def negotiate_media_type(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """Return the offered media type that an Accept header prefers, or None if the header accepts no offered type.

    If several media types in the header have the same quality, the first of them is preferred. If the header contains a
    wildcard or is missing, the first offered type that is not HTML is returned, because older clients expect
    application/json.
    """
    if accept is None or not accept.strip():
        return next(media_type for media_type in offered if media_type != HTML)
    ranges = parse_weighted(accept)
    excluded = {media_range for media_range, quality in ranges if quality == 0}
    candidates = [media_type for media_type in offered if media_type not in excluded]
    best: str | None = None
    best_quality = 0.0
    for media_range, quality in ranges:
        match = next((media_type for media_type in candidates if _matches(media_range, media_type)), None)
        if match is not None and quality > best_quality:
            best, best_quality = match, quality
    return best


def accepts_gzip(headers: list[str]) -> bool:
    """Return whether the Accept-Encoding headers allow gzip. Returns False if there is no header."""
    qualities = dict(parse_weighted(",".join(headers)))
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0))) > 0


def _matches(media_range: str, media_type: str) -> bool:
    if media_range == media_type:
        return True
    return media_type != HTML and media_range in ("*/*", "application/*")


def parse_weighted(header: str) -> list[tuple[str, float]]:
    """Parse a header value such as `gzip;q=0.5, br` into pairs of a name and its quality.

    Names are converted to lower case. A name without a quality has the quality 1.
    """
    weighted: list[tuple[str, float]] = []
    for item in header.lower().split(","):
        value, *parameters = (part.strip() for part in item.split(";"))
        weighted.append((value, _quality(parameters)))
    return weighted


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return 0.0
    return 1.0
