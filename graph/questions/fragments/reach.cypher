// The city's collaborations with their themes and peer cities.
CALL (city) {
  CALL (city) {
    @include collaborations
  }
  OPTIONAL MATCH (node)-[:PART_OF|RUN_UNDER]->(parent:Network)
  WITH city, node, kind, coalesce(parent.id, node.id) AS network_id, proofs, standing, shown
  ORDER BY proofs
  WITH city, node, kind, network_id, min(standing) AS standing,
       toString(
         @include nearest_shown
       ) AS shown_on,
       reduce(all = [], part IN collect(proofs) | all + part) AS citations
  CALL (node) {
    CALL (node) {
      @include roster
    }
    WITH DISTINCT member.id AS peer
    WHERE peer <> $city
    WITH peer
    ORDER BY peer
    RETURN collect(peer) AS peers
  }
  CALL (node) {
    MATCH (node)-[link:ADDRESSES]->(theme:Theme)
    WITH theme.id AS theme, link.basis AS basis
    ORDER BY theme
    RETURN collect({theme: theme, basis: basis}) AS themes
  }
  WITH node, kind, network_id, standing, shown_on, citations, peers, themes,
       @include participants_complete
       AS complete
  ORDER BY kind, node.id
  RETURN collect({
    id: node.id, kind: kind, network_id: network_id, citations: citations, peers: peers, themes: themes, members_complete: complete,
    standing: standing_name(standing), shown_on: shown_on
  }) AS collaborations
}
