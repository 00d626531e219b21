"""Ask an index of packages what is known against locked versions: `python .ci/audit.py REQUIREMENTS [--index URL]`.

For an index that answers at /pypi/NAME/json, though not at /pypi/NAME/VERSION/json, which pip-audit asks. The answer
holds the vulnerabilities of the newest version only, so versions behind it are listed as not judged; which versions
were yanked, it tells of all. Ends with 1 where something is known against a locked version. What could not be looked
up is listed and does not fail.
"""

import argparse
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from packaging.utils import canonicalize_version

AT_ONCE: Final = 8
TIMEOUT_S: Final = 20


def judge(version: str, package: dict[str, Any]) -> tuple[list[str], str]:
    """What is known against a version, and why its vulnerabilities are not known: empty where they are."""

    def same(other: str) -> bool:
        return canonicalize_version(other) == canonicalize_version(version)

    files = [file for name, each in package["releases"].items() if same(name) for file in each]
    yanked = bool(files) and all(file["yanked"] for file in files)
    known = [f"yanked: {files[0]['yanked_reason'] or 'no reason given'}"] if yanked else []
    if not same(package["info"]["version"]):
        return known, f"not judged: the newest version is {package['info']['version']}"
    for each in package["vulnerabilities"]:
        if not each["withdrawn"]:
            aliases, fixed_in = ", ".join(each["aliases"]), ", ".join(each["fixed_in"])
            known.append(f"{each['id']} ({aliases or 'no alias'}), fixed in {fixed_in or 'no version'}")
    return known, ""


def look_up(index: str, name: str, version: str) -> tuple[list[str], str]:
    """As `judge` tells; no answer, or none that can be read, is a reason why nothing is known."""
    try:
        with urlopen(f"{index}/{name}/json", timeout=TIMEOUT_S) as answer:
            return judge(version, json.load(answer))
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
        return [], f"not looked up: {type(error).__name__}: {error}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("requirements", type=Path, help="what `uv export` wrote")
    parser.add_argument("--index", default="https://pypi.org/pypi", help="where NAME/json is asked for")
    given = parser.parse_args()
    locked: list[tuple[str, str]] = re.findall(r"^([\w.-]+)==([^\s;]+)", given.requirements.read_text("utf-8"), re.M)
    if not locked:
        parser.error(f"{given.requirements} holds no locked version")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(look_up, given.index, *each) for each in locked]
    verdicts = [each.result() for each in asked]
    for (name, version), (known, unjudged) in zip(locked, verdicts, strict=True):
        sys.stdout.writelines(f"{name} {version}: {told}\n" for told in (*known, unjudged) if told)
    judged, bad = sum(not unjudged for _, unjudged in verdicts), sum(bool(known) for known, _ in verdicts)
    sys.stdout.write(f"{judged} of {len(locked)} locked versions judged, something known against {bad}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
