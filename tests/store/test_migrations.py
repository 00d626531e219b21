"""An older database is migrated step by step, also by concurrent processes; a newer one is refused."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from graph.errors import SchemaNewer, SchemaOlder, StoreError
from graph.model import SCHEMA_VERSION
from graph.store import Statement, Store, StoreSettings
from graph.store.metadata import SET_SCHEMA_VERSION
from graph.store.migrations import STEPS, Migration, MigrationResult, Run, latest_version
from tests.conftest import MetadataClock

ADD = Statement.of_text("test/add", "CREATE (:District {id: 'District:' + $id})")
FOUND = Statement.of_text("test/found", "MATCH (d:District) RETURN d.id AS id ORDER BY id")


async def add_one(run: Run) -> None:
    await run(ADD, {"id": "one"})


async def add_two(run: Run) -> None:
    await run(ADD, {"id": "two"})


async def fail(run: Run) -> None:
    await run(ADD, {"id": "failed"})
    raise StoreError("the second step failed")


TWO_STEPS = (Migration(2, add_one), Migration(3, add_two))
BOTH = ["District:one", "District:two"]


async def ids(store: Store) -> list[object]:
    return [row["id"] for row in await store.read(FOUND)]


async def set_version(store: Store, number: int) -> None:
    """Whatever version the database has."""
    migrations, store.migrations = store.migrations, ()
    try:
        for known in range(1, 9):  # a store writes only to a database of the version it knows
            store.migrations = tuple(Migration(version, add_one) for version in range(2, known + 1))
            try:
                await store.write(lambda writing: writing.run(SET_SCHEMA_VERSION, {"version": number}))
                return
            except (SchemaNewer, SchemaOlder):
                continue
    finally:
        store.migrations = migrations


@pytest_asyncio.fixture
async def older(empty_store: Store) -> AsyncIterator[Store]:
    """An empty database of version 1, and a program that knows version 3."""
    empty_store.migrations = TWO_STEPS
    yield empty_store
    empty_store.migrations = STEPS
    await set_version(empty_store, SCHEMA_VERSION)


@asynccontextmanager
async def another(settings: StoreSettings, steps: tuple[Migration, ...]) -> AsyncGenerator[Store]:
    """The same database in the hands of another program."""
    async with Store.open(settings) as opened:
        opened.migrations = steps
        yield opened


def test_the_steps_lead_without_a_gap_to_the_version_of_the_model() -> None:
    assert [step.version for step in STEPS] == list(range(2, SCHEMA_VERSION + 1))
    assert latest_version(STEPS) == SCHEMA_VERSION


async def test_every_step_is_taken_once_and_in_order(older: Store) -> None:
    before = await older_revision(older)
    assert await older.migrate() == MigrationResult(1, 3)
    assert await ids(older) == BOTH
    assert await older.revision() == before + 2
    assert await older.migrate() == MigrationResult(3, 3)
    assert await ids(older) == BOTH
    assert await older.revision() == before + 2


async def older_revision(store: Store) -> int:
    migrations, store.migrations = store.migrations, STEPS
    try:
        return await store.revision()
    finally:
        store.migrations = migrations


async def test_interrupted_migration_continues_at_the_next_step(older: Store) -> None:
    older.migrations = (TWO_STEPS[0], Migration(3, fail))
    with pytest.raises(StoreError, match="the second step failed"):
        await older.migrate()
    older.migrations = TWO_STEPS[:1]
    assert await ids(older) == ["District:one"]  # version 2 is whole; nothing of the failed step is left
    older.migrations = TWO_STEPS
    assert await older.migrate() == MigrationResult(2, 3)
    assert await ids(older) == BOTH


async def test_concurrent_migrations_run_each_step_once(older: Store, store_settings: StoreSettings) -> None:
    async with another(store_settings, TWO_STEPS) as second, another(store_settings, TWO_STEPS) as third:
        done = await asyncio.gather(*(store.migrate() for store in (older, second, third)))
    assert {migration.after for migration in done} == {3}
    assert await ids(older) == BOTH


async def test_a_newer_database_is_refused_by_everything(older: Store, store_settings: StoreSettings) -> None:
    await older.migrate()
    message = f"the database has schema version 3, this program knows {SCHEMA_VERSION}"
    async with another(store_settings, STEPS) as old_program:
        for refused in (old_program.prepare, old_program.migrate, old_program.revision):
            with pytest.raises(SchemaNewer, match=message) as caught:
                await refused()
            assert caught.value.hint == "use the newer program, or another database"
        with pytest.raises(SchemaNewer, match=message):
            await old_program.write(lambda writing: writing.run(ADD, {"id": "three"}))
        assert not await old_program.ready()
    assert await ids(older) == BOTH
    assert await older.ready()


async def test_a_program_that_serves_while_another_migrates_stops_soon(
    empty_store: Store, store_settings: StoreSettings, metadata_clock: MetadataClock
) -> None:
    assert await ids(empty_store) == []
    async with another(store_settings, TWO_STEPS) as newer:
        await newer.migrate()
        try:
            metadata_clock.expire_checks()
            with pytest.raises(SchemaNewer):
                await ids(empty_store)
            assert not await empty_store.ready()
        finally:
            await set_version(newer, SCHEMA_VERSION)
    assert await empty_store.ready()


async def test_an_older_database_that_others_may_use_is_refused_with_a_hint(
    older: Store, store_settings: StoreSettings
) -> None:
    async with another(store_settings, TWO_STEPS) as joined:
        with pytest.raises(SchemaOlder, match="has schema version 1, this program needs 3") as caught:
            await joined.prepare()
        assert "citygraph migrate" in caught.value.hint
        with pytest.raises(SchemaOlder):
            await joined.write(lambda writing: writing.run(ADD, {"id": "three"}))
        assert not await joined.ready()


async def test_a_version_that_no_step_leads_on_from_is_refused(older: Store) -> None:
    older.migrations = TWO_STEPS[1:]
    with pytest.raises(StoreError, match="no migration leads on from schema version 1"):
        await older.migrate()


@pytest.mark.slow
@pytest.mark.only_on("embedded")
async def test_the_embedded_databases_owner_migrates_it_at_its_start(
    store_settings: StoreSettings, tmp_path: Path
) -> None:
    settings = replace(store_settings, data_dir=tmp_path / "data", heap_mb=256)
    async with another(settings, STEPS) as store:
        assert await store.migrate() == MigrationResult(SCHEMA_VERSION, SCHEMA_VERSION)  # prepared, being new
    async with another(settings, TWO_STEPS) as store:
        await store.prepare()
        assert await ids(store) == BOTH
