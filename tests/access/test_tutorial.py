"""The tutorial docs/python.md shows what its Python code gives."""

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "python.md"


@pytest.mark.slow
def test_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(TUTORIAL), module_relative=False, optionflags=doctest.REPORT_NDIFF)
    assert result.failed == 0
    assert result.attempted > 25
