"""The generated graph of the bench: one that could be loaded, the same each time, shaped as real ones are."""

from collections import Counter
from pathlib import Path

from bench.generated import generate, write
from graph.seeding import check, read


def test_the_graph_keeps_every_law_of_the_model(tmp_path: Path) -> None:
    file = tmp_path / "graph.jsonl"
    nodes = write(generate(1), file)
    facts = read([file])
    assert check(facts) == []
    assert (len(facts.nodes), len(facts.relationships)) == (nodes, 1966)
    assert nodes == 872


def test_the_same_scale_gives_the_same_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    write(generate(1), one)
    write(generate(1), other)
    assert one.read_bytes() == other.read_bytes()


def test_a_larger_graph_has_more_nodes_and_a_heavier_tail_but_the_same_typical_network() -> None:
    sizes: list[list[int]] = []
    for scale in (1, 8):
        graph = generate(scale)
        assert 800 * scale < len(graph.nodes) < 1_100 * scale
        members = Counter(network for type_, _, network in graph.links if type_ == "IN")
        sizes.append(sorted(members.values()))
    small, large = sizes
    assert (small[len(small) // 2], large[len(large) // 2]) == (10, 9)
    assert (small[-1], large[-1]) == (53, 426)
