// The unknown facts about the collaborations of `city`, with their nodes.
CALL (city) {
  CALL (city) {
    @include missing
  }
  WITH unknown, kind, node
  ORDER BY unknown, kind, node.id
  WITH unknown, kind, collect(node.id) AS nodes
  ORDER BY unknown, kind
  RETURN collect({unknown: unknown, kind: kind, nodes: nodes}) AS missing
}
