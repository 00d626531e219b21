// A shortest chain of collaborations between two nodes on a day; among equals the smallest sequence of ids.
//
// Parameters
//   $from, $to  text  ids of a City, CityGroup, Organisation, Network, WorkingGroup, Project or Twinning
//   $on         date  the day
//
// Columns (one row)
//   from_known, to_known  bool  whether the two ids exist
//   chain  list  ids from $from to $to, participants and collaborations in turn; empty where there is no chain
//   links  list  {collaboration, participant, standing, proofs}: one for each two neighbours in the chain
//
// A search in rings: `reached` holds the participants of one ring, each with its smallest shortest chain. Six rings, all
// alike, as Cypher has no loop: a chain runs through at most six collaborations (seven or eight where it begins and ends
// in one). Rings stop growing when the other end is found, or when all that can be reached is reached.
//
// Leaves out memberships only applied for, local networks' participants, and what no source shows in force on any day.

CALL () {
  CALL () {
    MATCH (node:City {id: $from})
    RETURN node
    UNION ALL
    MATCH (node:CityGroup {id: $from})
    RETURN node
    UNION ALL
    MATCH (node:Organisation {id: $from})
    RETURN node
    UNION ALL
    MATCH (node:Network {id: $from})
    RETURN node
    UNION ALL
    MATCH (node:WorkingGroup {id: $from})
    RETURN node
    UNION ALL
    MATCH (node:Project {id: $from})
    RETURN node
    UNION ALL
    MATCH (node:Twinning {id: $from})
    RETURN node
  }
  RETURN head(collect(node)) AS from_node
}
CALL () {
  CALL () {
    MATCH (node:City {id: $to})
    RETURN node
    UNION ALL
    MATCH (node:CityGroup {id: $to})
    RETURN node
    UNION ALL
    MATCH (node:Organisation {id: $to})
    RETURN node
    UNION ALL
    MATCH (node:Network {id: $to})
    RETURN node
    UNION ALL
    MATCH (node:WorkingGroup {id: $to})
    RETURN node
    UNION ALL
    MATCH (node:Project {id: $to})
    RETURN node
    UNION ALL
    MATCH (node:Twinning {id: $to})
    RETURN node
  }
  RETURN head(collect(node)) AS to_node
}

// Where it begins: at the participant, or at those of the collaboration. Where it ends: the same.
CALL (from_node) {
  CALL (from_node) {
    WITH from_node
    WHERE from_node:City OR from_node:CityGroup OR from_node:Organisation
    RETURN from_node AS participant, [from_node.id] AS path
    UNION ALL
    CALL (from_node) {
      MATCH (from_node:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(participant)
      WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
      RETURN participant
      UNION
      MATCH (from_node:WorkingGroup)<-[p:PARTICIPATES_IN]-(participant:City)
      WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
        AND (from_node.validUntil IS NULL OR $on < from_node.validUntil)
      RETURN participant
      UNION
      MATCH (from_node:Project)<-[:PARTNER_IN]-(participant:City)
      WHERE from_node.shownFrom <= $on AND (from_node.validUntil IS NULL OR $on < from_node.validUntil)
      RETURN participant
      UNION
      MATCH (from_node:Twinning)-[:JOINS]->(participant:City)
      WHERE from_node.shownFrom <= $on AND (from_node.validUntil IS NULL OR $on < from_node.validUntil)
      RETURN participant
    }
    RETURN participant, [from_node.id, participant.id] AS path
  }
  RETURN collect({node: participant, id: participant.id, path: path}) AS reached
}
CALL (to_node) {
  CALL (to_node) {
    WITH to_node
    WHERE to_node:City OR to_node:CityGroup OR to_node:Organisation
    RETURN to_node AS participant
    UNION ALL
    CALL (to_node) {
      MATCH (to_node:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(participant)
      WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
      RETURN participant
      UNION
      MATCH (to_node:WorkingGroup)<-[p:PARTICIPATES_IN]-(participant:City)
      WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
        AND (to_node.validUntil IS NULL OR $on < to_node.validUntil)
      RETURN participant
      UNION
      MATCH (to_node:Project)<-[:PARTNER_IN]-(participant:City)
      WHERE to_node.shownFrom <= $on AND (to_node.validUntil IS NULL OR $on < to_node.validUntil)
      RETURN participant
      UNION
      MATCH (to_node:Twinning)-[:JOINS]->(participant:City)
      WHERE to_node.shownFrom <= $on AND (to_node.validUntil IS NULL OR $on < to_node.validUntil)
      RETURN participant
    }
    RETURN participant
  }
  RETURN collect(participant.id) AS goals
}
WITH from_node, to_node, goals, reached, 0 AS before,
     CASE WHEN $from = $to AND from_node IS NOT NULL THEN [$from] ELSE null END AS found
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [each IN reached WHERE found IS NULL AND each.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  CALL (participant) {
    MATCH (participant)-[:HOLDS]->(m:Membership)-[:IN]->(through:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN through
    UNION
    MATCH (participant)-[p:PARTICIPATES_IN]->(through:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)-[:PARTNER_IN]->(through:Project)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)<-[:JOINS]-(through:Twinning)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
  }
  WITH through, min(path) AS path
  CALL (through) {
    MATCH (through:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(other)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN other
    UNION
    MATCH (through:WorkingGroup)<-[p:PARTICIPATES_IN]-(other:City)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Project)<-[:PARTNER_IN]-(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Twinning)-[:JOINS]->(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
  }
  WITH other, min(path + [through.id, other.id]) AS path
  RETURN collect({node: other, id: other.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [each IN reached WHERE found IS NULL AND each.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  CALL (participant) {
    MATCH (participant)-[:HOLDS]->(m:Membership)-[:IN]->(through:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN through
    UNION
    MATCH (participant)-[p:PARTICIPATES_IN]->(through:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)-[:PARTNER_IN]->(through:Project)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)<-[:JOINS]-(through:Twinning)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
  }
  WITH through, min(path) AS path
  CALL (through) {
    MATCH (through:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(other)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN other
    UNION
    MATCH (through:WorkingGroup)<-[p:PARTICIPATES_IN]-(other:City)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Project)<-[:PARTNER_IN]-(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Twinning)-[:JOINS]->(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
  }
  WITH other, min(path + [through.id, other.id]) AS path
  RETURN collect({node: other, id: other.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [each IN reached WHERE found IS NULL AND each.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  CALL (participant) {
    MATCH (participant)-[:HOLDS]->(m:Membership)-[:IN]->(through:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN through
    UNION
    MATCH (participant)-[p:PARTICIPATES_IN]->(through:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)-[:PARTNER_IN]->(through:Project)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)<-[:JOINS]-(through:Twinning)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
  }
  WITH through, min(path) AS path
  CALL (through) {
    MATCH (through:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(other)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN other
    UNION
    MATCH (through:WorkingGroup)<-[p:PARTICIPATES_IN]-(other:City)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Project)<-[:PARTNER_IN]-(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Twinning)-[:JOINS]->(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
  }
  WITH other, min(path + [through.id, other.id]) AS path
  RETURN collect({node: other, id: other.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [each IN reached WHERE found IS NULL AND each.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  CALL (participant) {
    MATCH (participant)-[:HOLDS]->(m:Membership)-[:IN]->(through:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN through
    UNION
    MATCH (participant)-[p:PARTICIPATES_IN]->(through:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)-[:PARTNER_IN]->(through:Project)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)<-[:JOINS]-(through:Twinning)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
  }
  WITH through, min(path) AS path
  CALL (through) {
    MATCH (through:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(other)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN other
    UNION
    MATCH (through:WorkingGroup)<-[p:PARTICIPATES_IN]-(other:City)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Project)<-[:PARTNER_IN]-(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Twinning)-[:JOINS]->(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
  }
  WITH other, min(path + [through.id, other.id]) AS path
  RETURN collect({node: other, id: other.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [each IN reached WHERE found IS NULL AND each.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  CALL (participant) {
    MATCH (participant)-[:HOLDS]->(m:Membership)-[:IN]->(through:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN through
    UNION
    MATCH (participant)-[p:PARTICIPATES_IN]->(through:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)-[:PARTNER_IN]->(through:Project)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)<-[:JOINS]-(through:Twinning)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
  }
  WITH through, min(path) AS path
  CALL (through) {
    MATCH (through:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(other)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN other
    UNION
    MATCH (through:WorkingGroup)<-[p:PARTICIPATES_IN]-(other:City)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Project)<-[:PARTNER_IN]-(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Twinning)-[:JOINS]->(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
  }
  WITH other, min(path + [through.id, other.id]) AS path
  RETURN collect({node: other, id: other.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [each IN reached WHERE found IS NULL AND each.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  CALL (participant) {
    MATCH (participant)-[:HOLDS]->(m:Membership)-[:IN]->(through:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN through
    UNION
    MATCH (participant)-[p:PARTICIPATES_IN]->(through:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)-[:PARTNER_IN]->(through:Project)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
    UNION
    MATCH (participant)<-[:JOINS]-(through:Twinning)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN through
  }
  WITH through, min(path) AS path
  CALL (through) {
    MATCH (through:Network)<-[:IN]-(m:Membership)<-[:HOLDS]-(other)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN other
    UNION
    MATCH (through:WorkingGroup)<-[p:PARTICIPATES_IN]-(other:City)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Project)<-[:PARTNER_IN]-(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
    UNION
    MATCH (through:Twinning)-[:JOINS]->(other:City)
    WHERE through.shownFrom <= $on AND (through.validUntil IS NULL OR $on < through.validUntil)
    RETURN other
  }
  WITH other, min(path + [through.id, other.id]) AS path
  RETURN collect({node: other, id: other.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [each IN reached WHERE found IS NULL AND each.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// The chain, with what shows each of its links.
WITH from_node, to_node,
     CASE WHEN found IS NULL THEN [] WHEN last(found) = $to THEN found ELSE found + [$to] END AS chain
CALL (chain) {
  UNWIND CASE WHEN size(chain) < 2 THEN [] ELSE range(0, size(chain) - 2) END AS place
  WITH place, [chain[place], chain[place + 1]] AS ends
  CALL (ends) {
    UNWIND ends AS each
    MATCH (through:Network {id: each})<-[:IN]-(m:Membership)<-[:HOLDS]-(participant)
    WHERE participant.id IN ends
      AND m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN through.id AS collaboration, participant.id AS participant, [m.id] AS proofs,
           m.shownUntil IS NULL OR $on < m.shownUntil AS in_force
    UNION ALL
    UNWIND ends AS each
    MATCH (through:WorkingGroup {id: each})<-[p:PARTICIPATES_IN]-(participant:City)
    WHERE participant.id IN ends
      AND coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
    RETURN through.id AS collaboration, participant.id AS participant, coalesce(p.sources, []) AS proofs,
           p.shownUntil IS NULL OR $on < p.shownUntil AS in_force
    UNION ALL
    UNWIND ends AS each
    MATCH (through:Project {id: each})<-[p:PARTNER_IN]-(participant:City)
    WHERE participant.id IN ends
    RETURN through.id AS collaboration, participant.id AS participant, coalesce(p.sources, []) AS proofs,
           through.shownUntil IS NULL OR $on < through.shownUntil AS in_force
    UNION ALL
    UNWIND ends AS each
    MATCH (through:Twinning {id: each})-[:JOINS]->(participant:City)
    WHERE participant.id IN ends
    RETURN through.id AS collaboration, participant.id AS participant, [through.id] AS proofs,
           through.shownUntil IS NULL OR $on < through.shownUntil AS in_force
  }
  WITH place, collaboration, participant, proofs, in_force
  ORDER BY proofs
  WITH place, collaboration, participant, max(CASE WHEN in_force THEN 1 ELSE 0 END) AS in_force,
       reduce(all = [], each IN collect(proofs) | all + each) AS proofs
  ORDER BY place
  RETURN collect({
    collaboration: collaboration, participant: participant, proofs: proofs,
    standing: CASE in_force WHEN 1 THEN 'IN_FORCE' ELSE 'ATTESTED_EARLIER' END
  }) AS links
}
RETURN from_node IS NOT NULL AS from_known, to_node IS NOT NULL AS to_known, chain, links
