"""Give all nodes of the seeds names that only display as text if every page escapes, isolates and wraps them."""

import re
from contextlib import aclosing
from pathlib import Path

import orjson

from graph.seeding import load
from graph.seeding.export import export_lines
from graph.store import Store
from tests.pages.html_page import HtmlPage

MARKUP = '</title></select><img src=x onerror="alert(1)"><script>alert(2)</script>&amp;'
RIGHT_TO_LEFT = "שלום ירושלים"
HOSTILE = re.compile(rf"{re.escape(f'{MARKUP} {RIGHT_TO_LEFT}')} \d{{6}}Å{{200,}}")
_LENGTH = 300
_COLUMNS = ("nameFi", "nameSv", "nameEn")


def hostile_name(number: int) -> str:
    """Return a name of 300 characters. Its last word has more than 200."""
    return f"{MARKUP} {RIGHT_TO_LEFT} {number:06}".ljust(_LENGTH, "Å")


async def rename_all(store: Store, folder: Path) -> None:
    """Replace the names of all nodes, in each language in which they have one."""
    lines: list[bytes] = []
    async with aclosing(export_lines(store)) as exported:
        async for line in exported:
            entry = orjson.loads(line)
            if "label" in entry:
                name = hostile_name(len(lines))
                entry["properties"] |= {column: name for column in _COLUMNS if column in entry["properties"]}
            if "end" in entry:
                del entry["end"]["sha256"]
            lines.append(orjson.dumps(entry))
    file = folder / "names.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    await load(store, [file], replace=True)


def wrong_names(page: HtmlPage, address: str) -> list[str]:
    """Return elements that names have made, and texts in which names are not set apart from their surroundings."""
    made = [tag for tag, found in page.elements if tag == "img" or (tag == "script" and "src" not in found)]
    missing = ["no name is shown"] if "city=vantaa" in address and not HOSTILE.search(page.text) else []
    return [*made, *missing, *(text for text in page.texts if HOSTILE.search(text) and text not in page.names)]
