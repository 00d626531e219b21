"""Measure the pages of the international team: server time, bytes transferred, and what a reader sees in a browser.

    .venv/bin/python -m bench.pages                       the seeds and a generated graph of about 20 000 nodes
    .venv/bin/python -m bench.pages --scale seeds --requests 100
    .venv/bin/python -m bench.pages --scale 20 --only city --warm-up 300 --requests 300

One client asks for one page after another, and no response is cached. "first" is the first request after the start of
the server, which also reads what analyses keep in memory. "bytes" are those of the compressed page with its style sheet
and script. The largest contentful paint (LCP) and the layout shift (CLS) are those that Chromium reports for a page in
an empty browser; they are left out where Chromium is not installed.
"""

import argparse
import asyncio
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import httpx
from playwright.async_api import async_playwright

from bench.database import SEEDS, Base, holding
from bench.measuring import table
from bench.processes import Started, started, usage

_ROOT: Final = Path(__file__).parent.parent
_SETTINGS: Final = {
    "PYTHONPATH": str(_ROOT),
    "CITYGRAPH_RESPONSE_CACHE_BYTES": "0",
    "CITYGRAPH_LOG_LEVEL": "ERROR",
}
_SERVE: Final = (sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", "0", "--no-seeds")
_TIMEOUT_S: Final = 60
ON: Final = "2024-06-01"
_ASSET: Final = re.compile(r'(?:src|href)="(/assets/[^"]+)"')
_LARGEST: Final = "{ cities(first: 1, orderBy: { field: MEMBERSHIPS_COUNT, direction: DESC }) { nodes { id } } }"
_SUBJECTS: Final = """query ($city: ID!, $on: Date!) {
  themeSchemes(first: 1) { nodes { id } }
  city(id: $city) {
    networks(on: $on, first: 2) { nodes { id } }
    memberships(first: 1) { nodes { id } }
  }
}"""
_OBSERVE: Final = """
  window.lcp = 0; window.cls = 0;
  new PerformanceObserver(list => { for (const entry of list.getEntries()) window.lcp = entry.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver(list => { for (const entry of list.getEntries()) window.cls += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
"""


@dataclass(slots=True)
class Series:
    """The measurements of a page: milliseconds of its requests, and bytes of the page with its assets."""

    address: str
    first_ms: float = 0.0
    spent_ms: list[float] = field(default_factory=list[float])
    size: int = 0
    server_cpu_ms: float = 0.0
    database_cpu_ms: float = 0.0
    lcp_ms: float | None = None
    cls: float | None = None


async def addresses(client: httpx.AsyncClient, city: str | None = None) -> dict[str, str]:
    """Return the addresses of the pages about a city, or about the one with most memberships, by name."""
    largest = str((await _data(client, _LARGEST))["cities"]["nodes"][0]["id"])
    city = city or largest
    data = await _data(client, _SUBJECTS, city=city, on=ON)
    other = largest.partition(":")[2]
    networks = [_slug(node) for node in data["city"]["networks"]["nodes"]]
    membership = _slug(data["city"]["memberships"]["nodes"][0])
    about = f"city={city.partition(':')[2]}&on={ON}"
    boards = "&".join(f"network={network}" for network in networks)
    pages = {
        name: f"/{name}?{about}"
        for name in (
            "city", "networks", "renewals", "duplicates", "overlap", "projects", "initiatives", "funding", "measures",
            "gaps", "peers",
        )
    }  # fmt: skip
    return {
        **pages,
        "city, best connected": f"/city?city={other}&on={ON}",
        "network": f"/network?{about}&network={networks[0]}",
        "cost": f"/cost?{about}&from=2020&until=2024",
        "themes": f"/themes?{about}&themeScheme={_slug(data['themeSchemes']['nodes'][0])}",
        "compare": f"/compare?{about}&otherCity={other}",
        "board-pack": f"/board-pack?{about}&{boards}&from=2022&until=2024",
        "graph": f"/graph?{about}",
        "graph, all": f"/graph?{about}&all=true",
        "membership": f"/id/Membership/{membership}?{about}",
        "xlsx": f"/networks.xlsx?{about}",
        "docx": f"/board-pack.docx?{about}&{boards}&from=2022&until=2024",
    }


async def _data(client: httpx.AsyncClient, query: str, **variables: str) -> Any:
    body = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    if body.get("errors"):
        raise SystemExit(body["errors"])
    return body["data"]


def _slug(node: Mapping[str, Any]) -> str:
    return str(node["id"]).partition(":")[2]


def _cpu_ms(pid: int | None) -> float:
    used = usage(pid)
    return 1000 * used.cpu_s if used else float("nan")


async def _measure(
    client: httpx.AsyncClient, series: Series, warm_up: int, requests: int, server: int, database: int | None
) -> None:
    before = (0.0, 0.0)
    for number in range(-warm_up, requests + 1):
        begun = time.perf_counter()
        response = await client.get(series.address)
        spent = 1000 * (time.perf_counter() - begun)
        if response.status_code != 200:
            raise SystemExit(f"{series.address}: {response.status_code} {response.text[:300]}")
        if number == -warm_up:
            series.first_ms = spent
        if number > 0:
            series.spent_ms.append(spent)
        if number == 0:
            series.size = response.num_bytes_downloaded
            if response.headers["content-type"].startswith("text/html"):
                for asset in set(_ASSET.findall(response.text)):
                    series.size += (await client.get(asset)).num_bytes_downloaded
            before = _cpu_ms(server), _cpu_ms(database)
    series.server_cpu_ms = (_cpu_ms(server) - before[0]) / requests
    series.database_cpu_ms = (_cpu_ms(database) - before[1]) / requests


async def _paint(origin: str, pages: Mapping[str, Series]) -> None:
    """Open every page in an empty browser and note its largest contentful paint and its layout shift."""
    path = shutil.which("chromium")
    if not path:
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, series in pages.items():
            if name in ("xlsx", "docx"):
                continue
            context = await browser.new_context(base_url=origin, viewport={"width": 1440, "height": 900})
            await context.add_init_script(_OBSERVE)
            page = await context.new_page()
            await page.goto(series.address, wait_until="networkidle")
            series.lcp_ms, series.cls = await page.evaluate("[window.lcp, window.cls]")
            await context.close()
        await browser.close()


async def _measure_all(
    server: Started, base: Base, city: str, only: str, warm_up: int, requests: int
) -> dict[str, Series]:
    origin = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=origin, timeout=_TIMEOUT_S) as client:
        found = await addresses(client, city)
        pages = {name: Series(address) for name, address in found.items() if name.startswith(only)}
        for series in pages.values():
            await _measure(client, series, warm_up, requests, server.pid, base.pid)
    await _paint(origin, pages)
    return pages


def _row(name: str, series: Series) -> list[str]:
    p95 = quantiles(series.spent_ms, n=20)[-1]
    times = [f"{value:.0f}" for value in (series.first_ms, median(series.spent_ms), p95)]
    cpu = [f"{series.server_cpu_ms:.0f}", f"{series.database_cpu_ms:.0f}"]
    seen = ["", ""] if series.lcp_ms is None else [f"{series.lcp_ms:.0f}", f"{series.cls:.3f}"]
    return [name, *times, *cpu, f"{series.size / 1000:.0f}", *seen]


def main(graphs: list[str], only: str, warm_up: int, requests: int) -> None:
    for graph in graphs:
        with holding(graph) as base, started("our server", _SERVE, _ROOT, {**_SETTINGS, **base.ours}) as server:
            city = "City:vantaa" if graph == SEEDS else base.about.cities[0]
            pages = asyncio.run(_measure_all(server, base, city, only, warm_up, requests))
            title = "the seeds" if graph == SEEDS else f"scale {graph}"
            print(f"## {title}: {base.size}\n")
            head = ["page", "first ms", "p50 ms", "p95 ms", "server CPU ms", "database CPU ms", "kB", "LCP ms", "CLS"]
            print(table(head, [_row(name, series) for name, series in pages.items()]), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the pages of the international team.")
    parser.add_argument("--scale", default=f"{SEEDS},20", help="graphs, separated by commas")
    parser.add_argument("--only", default="", help="only the pages whose names begin so")
    parser.add_argument("--warm-up", type=int, default=0, help="requests for each page that are not measured")
    parser.add_argument("--requests", type=int, default=40, help="measured requests for each page")
    options = parser.parse_args()
    main(options.scale.split(","), options.only, options.warm_up, options.requests)
