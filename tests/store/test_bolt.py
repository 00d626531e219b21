from graph.store import Statement, Store, Writing


async def test_what_is_written_is_read_back(empty_store: Store) -> None:
    async def work(writing: Writing) -> None:
        await writing.run(Statement.plain("t", "CREATE (:City {id: 'City:a'})"))
        writing.changed()

    before = await empty_store.revision()
    await empty_store.write(work)
    assert await empty_store.revision() == before + 1
    assert await empty_store.read(Statement.plain("t", "MATCH (n:City) RETURN n.id AS id")) == [{"id": "City:a"}]
