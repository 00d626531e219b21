// What $city has by all its collaborations on $on, and its memberships in $network with their terms.
//
// $with_sources   where false, the terms' sources are empty
// network_id      the network of a working group or a project, else the collaboration itself
// memberships     as in cost_per_network
// answers         of the themes of all collaborations

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (network:Network {id: $network})

// The city's collaborations, each with the cities it meets there and the themes.
CALL (city) {
  CALL (city) {
    MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(node:Network)
    WHERE m.status <> 'APPLIED' AND m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil)
    RETURN node, 'NETWORK' AS kind, node.id AS network_id, [m.id] AS citations,
           m.shownUntil IS NULL OR $on < m.shownUntil AS in_force
    UNION ALL
    MATCH (city)-[p:PARTICIPATES_IN]->(node:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.standsUntil IS NULL OR $on < p.standsUntil)
      AND (node.standsUntil IS NULL OR $on < node.standsUntil)
    OPTIONAL MATCH (node)-[:PART_OF]->(parent:Network)
    RETURN node, 'WORKING_GROUP' AS kind, coalesce(parent.id, node.id) AS network_id, coalesce(p.sources, []) AS citations,
           p.shownUntil IS NULL OR $on < p.shownUntil AS in_force
    UNION ALL
    MATCH (city)-[p:PARTNER_IN]->(node:Project)
    WHERE node.shownFrom <= $on AND (node.standsUntil IS NULL OR $on < node.standsUntil)
    OPTIONAL MATCH (node)-[:RUN_UNDER]->(parent:Network)
    RETURN node, 'PROJECT' AS kind, coalesce(parent.id, node.id) AS network_id, coalesce(p.sources, []) AS citations,
           node.shownUntil IS NULL OR $on < node.shownUntil AS in_force
    UNION ALL
    MATCH (city)<-[:JOINS]-(node:Twinning)
    WHERE node.shownFrom <= $on AND (node.standsUntil IS NULL OR $on < node.standsUntil)
    RETURN node, 'TWINNING' AS kind, node.id AS network_id, [node.id] AS citations,
           node.shownUntil IS NULL OR $on < node.shownUntil AS in_force
  }
  WITH city, node, kind, network_id, citations, in_force
  ORDER BY citations
  WITH city, node, kind, network_id, max(CASE WHEN in_force THEN 1 ELSE 0 END) AS in_force,
       reduce(all = [], part IN collect(citations) | all + part) AS citations
  CALL (node) {
    CALL (node) {
      MATCH (node:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(member:City)
      WHERE m.status <> 'APPLIED' AND m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil)
      RETURN member.id AS peer
      UNION
      MATCH (node:WorkingGroup)<-[p:PARTICIPATES_IN]-(member:City)
      WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.standsUntil IS NULL OR $on < p.standsUntil)
      RETURN member.id AS peer
      UNION
      MATCH (node:Project)<-[:PARTNER_IN]-(member:City)
      RETURN member.id AS peer
      UNION
      MATCH (node:Twinning)-[:JOINS]->(member:City)
      RETURN member.id AS peer
    }
    WITH peer
    WHERE peer <> $city
    WITH peer
    ORDER BY peer
    RETURN collect(peer) AS peers
  }
  CALL (node) {
    MATCH (node)-[:ADDRESSES]->(theme:Theme)
    WITH DISTINCT theme.id AS theme
    ORDER BY theme
    RETURN collect(theme) AS themes
  }
  WITH node, kind, network_id, in_force, citations, peers, themes,
       kind = 'TWINNING' OR coalesce(node.rosterComplete AND node.rosterAttestedOn = $on, false) AS complete
  ORDER BY kind, node.id
  RETURN collect({
    id: node.id, kind: kind, network_id: network_id, citations: citations, peers: peers, themes: themes, roster_complete: complete,
    standing: CASE in_force WHEN 1 THEN 'IN_FORCE' ELSE 'ATTESTED_EARLIER' END
  }) AS collaborations
}

// The city's memberships in the network.
CALL (city, network) {
  MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(network)
  WHERE m.status <> 'APPLIED'
  CALL (m) {
    MATCH (m)<-[:UNDER]-(term:MembershipTerm)
    OPTIONAL MATCH (term)-[:DECIDED_BY]->(decision:Decision)
    CALL (term) {
      MATCH (term)-[cites:CITES]->(source:Citation)
      WHERE $with_sources
      WITH source, CASE WHEN 'annualFee' IN coalesce(cites.supports, []) THEN 0 ELSE 1 END AS rank
      ORDER BY rank, source.id
      RETURN collect(source.id) AS sources
    }
    WITH term, decision, sources
    ORDER BY term.shownFrom, term.id
    RETURN collect({
      id: term.id, shown_from: toString(term.shownFrom), until: toString(coalesce(term.standsUntil, term.shownUntil)),
      annual_fee: term.annualFee, currency: term.annualFeeCurrency,
      total_fee: term.totalFee, total_currency: term.totalFeeCurrency,
      euro_fee: term.annualFeeEuro, euro_currency: term.annualFeeEuroCurrency, euro_rate: term.euroRate,
      budget_line: term.budgetLine, decision: decision.id, sources: sources
    }) AS terms
  }
  WITH m, terms
  ORDER BY m.shownFrom, m.id
  RETURN collect({
    id: m.id, shown_from: toString(m.shownFrom), until: toString(coalesce(m.standsUntil, m.shownUntil)),
    ended: toString(m.standsUntil), terms: terms
  }) AS memberships
}

// The themes, each with those that answer to it: narrower ones, and close matches of it and of these.
CALL (collaborations) {
  UNWIND reduce(all = [], part IN collaborations | all + part.themes) AS id
  WITH DISTINCT id
  MATCH (theme:Theme {id: id})
  CALL (theme) {
    MATCH (theme)<-[:BROADER*0..]-(answering:Theme)
    RETURN answering.id AS answering
    UNION
    MATCH (theme)<-[:BROADER*0..]-(:Theme)-[:CLOSE_MATCH]-(answering:Theme)
    RETURN answering.id AS answering
  }
  WITH id, answering
  ORDER BY id, answering
  WITH id, collect(answering) AS answering
  RETURN collect({theme: id, answering: answering}) AS answers
}
RETURN city IS NOT NULL AS city_known, network IS NOT NULL AS network_known, collaborations, memberships, answers
