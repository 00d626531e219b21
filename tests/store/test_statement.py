from datetime import date
from pathlib import Path

import pytest

from graph.store import Statement, TypedRow
from graph.store.statement import strip_comments


class Fee(TypedRow, frozen=True):
    network: str
    due: date | None


def test_comments_indentation_and_empty_lines_are_not_sent() -> None:
    text = """
        // Costs, per network. $city: id.
        MATCH (c:City {id: $city})   // the city

        /* and its
           memberships */
        RETURN c.id  AS id
    """
    assert strip_comments(text) == "MATCH (c:City {id: $city})\nRETURN c.id AS id"


def test_literals_and_quoted_names_are_sent_as_written() -> None:
    text = "RETURN 'http://x  y' AS a, \"/* no  */\" AS b, `odd  // name` AS c, 'it\\'s // so' AS d // end"
    assert (
        strip_comments(text)
        == "RETURN 'http://x  y' AS a, \"/* no  */\" AS b, `odd  // name` AS c, 'it\\'s // so' AS d"
    )


def test_a_statement_is_read_from_the_file_beside_its_module(tmp_path: Path) -> None:
    (tmp_path / "fees").mkdir()
    (tmp_path / "fees" / "query.cypher").write_text("// Fees.\nRETURN 'x' AS network, null AS due\n")
    statement = Statement.from_file(str(tmp_path / "fees" / "__init__.py"), Fee)
    assert statement.name == "fees"
    assert statement.text == "RETURN 'x' AS network, null AS due"
    assert statement.hydrate({"network": "x", "due": None}) == Fee("x", None)


def test_a_missing_file_is_found_out_when_the_module_is_imported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Statement.from_file(str(tmp_path / "fees.py"), Fee, "nowhere.cypher")
