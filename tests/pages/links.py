"""Follow the links of pages."""

from collections import Counter
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.pages.html_page import HtmlPage

_EACH = 2
"""How many links are followed of those that differ only in the values of their parameters."""


class LinkChecker:
    """Follows the links of pages: each once, and of those that are alike the first few."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._alike: Counter[tuple[str, ...]] = Counter()
        self._followed: set[str] = set()

    @property
    def count(self) -> int:
        """The number of different addresses that were requested."""
        return len(self._followed)

    async def dead_links(self, page: HtmlPage, *, is_error: bool = False) -> list[str]:
        """Return the links of a page that lead to no page, or to no element of one.

        An error in other languages is an error too, so that the links from one to the other are not followed.
        """
        dead: list[str] = []
        [language] = [found["lang"] for tag, found in page.elements if tag == "html"]
        for found in [found for tag, found in page.elements if tag == "a" and "href" in found]:
            parts = urlsplit(link := found["href"])
            if parts.scheme or (is_error and "hreflang" in found):
                continue
            if not parts.path:
                dead += [] if parts.fragment in page.attributes("id") else [link]
                continue
            address = link.partition("#")[0]
            path = parts.path.rpartition("/")[0] if parts.path.startswith("/id/") else parts.path
            alike = (language, path, *parse_qs(parts.query))
            if self._alike[alike] < _EACH and address not in self._followed:
                self._alike[alike] += 1
                self._followed.add(address)
                response = await self._client.get(link, headers={"Accept": "text/html"})
                is_alive = response.status_code == 200 and (
                    not parts.fragment or parts.fragment in HtmlPage(response.text).attributes("id")
                )
                dead += [] if is_alive else [f"{link} ({response.status_code})"]
        return dead
