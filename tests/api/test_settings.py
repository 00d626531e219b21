"""Settings from the environment: valid values and error messages."""

import os
from pathlib import Path

import pytest

from api.settings import Settings
from graph.errors import ConfigurationError
from graph.store import StoreSettings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the settings of the environment that runs the tests."""
    for name in list(os.environ):
        if name.startswith("CITYGRAPH_"):
            monkeypatch.delenv(name)


def test_defaults_use_the_embedded_database_and_listen_on_loopback() -> None:
    settings = Settings.load()
    assert settings.store() == StoreSettings()
    assert (settings.host, settings.port, settings.cors_origins) == ("127.0.0.1", 8000, ())


def test_the_environment_reaches_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URI": "neo4j+s://db.example.org",
        "DATABASE_USER": "reader",
        "DATABASE_PASSWORD": "secret",
        "DATABASE_NAME": "cities",
        "DATA_DIR": "/srv/graph",
        "STATEMENT_TIMEOUT_S": "2.5",
        "MAX_STATEMENTS_WAITING": "7",
    }.items():
        monkeypatch.setenv(f"CITYGRAPH_{name}", value)
    assert Settings.load().store() == StoreSettings(
        uri="neo4j+s://db.example.org",
        user="reader",
        password="secret",
        database="cities",
        data_dir=Path("/srv/graph"),
        statement_timeout_s=2.5,
        max_waiting=7,
    )


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYGRAPH_CORS_ORIGINS", "https://city.example.org, http://localhost:3000/")
    assert Settings.load().cors_origins == ("https://city.example.org", "http://localhost:3000")


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYGRAPH_PORT", "")
    monkeypatch.setenv("CITYGRAPH_DATABASE_URI", "")
    assert (Settings.load().port, Settings.load().database_uri) == (8000, None)


def test_given_values_take_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYGRAPH_PORT", "9000")
    assert Settings.load(port=9001).port == 9001


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", 'CITYGRAPH_PORT is "abc", but must be an integer from 0 to 65535'),
        ("PORT", "70000", 'CITYGRAPH_PORT is "70000", but must be an integer from 0 to 65535'),
        ("REQUEST_TIMEOUT_S", "nan", 'CITYGRAPH_REQUEST_TIMEOUT_S is "nan", but must be a number from 0.1 to 600'),
        ("GRAPHIQL", "maybe", 'CITYGRAPH_GRAPHIQL is "maybe", but must be true or false'),
        (
            "LOG_LEVEL",
            "loud",
            'CITYGRAPH_LOG_LEVEL is "LOUD", but must be one of DEBUG, INFO, WARNING, ERROR',
        ),
        (
            "CORS_ORIGINS",
            "https://a.example/path",
            'CITYGRAPH_CORS_ORIGINS is "https://a.example/path", but must be origins such as '
            "https://city.example.org, separated by commas, or *",
        ),
        (
            "DATABASE_URI",
            "http://db",
            'CITYGRAPH_DATABASE_URI is "http://db", but must be an address such as bolt://localhost:7687 or '
            "neo4j+s://db.example.org, without a user name in it",
        ),
        (
            "PUBLISHER_CONTACT",
            "javascript:alert(1)",
            'CITYGRAPH_PUBLISHER_CONTACT is "javascript:alert(1)", but must be an email address, or the http(s) '
            "address of a form",
        ),
        ("PORTS", "8000", "CITYGRAPH_PORTS is not a setting; did you mean CITYGRAPH_PORT?"),
        (
            "MAX_EXPORTS",
            "32",
            "CITYGRAPH_MAX_EXPORTS is 32, but must be less than CITYGRAPH_MAX_STATEMENTS_IN_FLIGHT, which is 32",
        ),
        (
            "DEFAULT_PAGE_SIZE",
            "900",
            "CITYGRAPH_DEFAULT_PAGE_SIZE is 900, but must be at most CITYGRAPH_MAX_PAGE_SIZE, which is 500",
        ),
        ("PRODUCTION", "true", "CITYGRAPH_PRODUCTION is on, but CITYGRAPH_DATABASE_URI is not set"),
    ],
)
def test_an_invalid_value_is_reported_in_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"CITYGRAPH_{name}", value)
    with pytest.raises(ConfigurationError) as raised:
        Settings.load()
    assert (raised.value.message, raised.value.exit_code) == (sentence, 2)


def test_all_invalid_values_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYGRAPH_PORT", "abc")
    monkeypatch.setenv("CITYGRAPH_GRAPHIQL", "maybe")
    with pytest.raises(ConfigurationError, match=r"CITYGRAPH_PORT .*; CITYGRAPH_GRAPHIQL "):
        Settings.load()


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYGRAPH_DATABASE_PASSWORD", "hunter2")
    assert "hunter2" not in repr(Settings.load())
    assert "hunter2" not in repr(Settings.load().store())
    monkeypatch.setenv("CITYGRAPH_DATABASE_URI", "bolt://neo4j:hunter2@db")
    with pytest.raises(ConfigurationError) as raised:
        Settings.load()
    assert "hunter2" not in raised.value.message


def test_production_can_serve_pages_of_every_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYGRAPH_PRODUCTION", "true")
    monkeypatch.setenv("CITYGRAPH_DATABASE_URI", "bolt://db:7687")
    monkeypatch.setenv("CITYGRAPH_CORS_ORIGINS", "*")
    settings = Settings.load()
    assert (settings.production, settings.cors_origins) == (True, ("*",))


def test_one_expensive_operation_may_wait_however_few_operations_run() -> None:
    waiting = [Settings(max_operations=number).store().max_expensive_waiting for number in (1, 3, 4, 8)]
    assert waiting == [1, 1, 1, 2]
