// A shortest chain of collaborations between $from and $to on the day $on; among equals the smallest sequence of ids.
//
// A search in rings: `reached` holds the participants of one ring, each with its smallest shortest chain. There are six
// rings, all alike, as Cypher has no loop: a chain runs through at most six collaborations between participants and
// one more at an end that is a collaboration itself. Rings stop growing when the other end is found, or when all that
// can be reached is reached.

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

// Where the search ends: at the participant, or at those of the collaboration. Where it begins: the same.
CALL (to_node) {
  CALL (to_node) {
    WITH to_node AS participant
    WHERE participant:City OR participant:CityGroup OR participant:Organisation
    RETURN participant
    UNION ALL
    WITH to_node AS through
    WHERE through:Network OR through:WorkingGroup OR through:Project OR through:Twinning
    MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
    WHERE (near:City OR near:Membership)
      AND CASE WHEN near:Membership THEN near.shownFrom
               WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
               ELSE through.shownFrom END <= $on
      AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
      AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
    OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
    WITH coalesce(holder, near) AS participant
    WHERE NOT participant:Membership
    RETURN participant
  }
  RETURN collect(participant.id) AS goals
}
CALL (from_node) {
  CALL (from_node) {
    WITH from_node AS participant
    WHERE participant:City OR participant:CityGroup OR participant:Organisation
    RETURN participant, [participant.id] AS path
    UNION ALL
    WITH from_node AS through
    WHERE through:Network OR through:WorkingGroup OR through:Project OR through:Twinning
    MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
    WHERE (near:City OR near:Membership)
      AND CASE WHEN near:Membership THEN near.shownFrom
               WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
               ELSE through.shownFrom END <= $on
      AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
      AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
    OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
    WITH through, coalesce(holder, near) AS participant
    WHERE NOT participant:Membership
    WITH participant, min([through.id, participant.id]) AS path
    RETURN participant, path
  }
  RETURN collect({node: participant, id: participant.id, path: path}) AS reached
}
WITH from_node, to_node, goals, CASE WHEN size(goals) = 0 THEN [] ELSE reached END AS reached, 0 AS before,
     CASE WHEN $from = $to AND from_node IS NOT NULL THEN [$from] ELSE null END AS found
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  MATCH (participant)-[part:HOLDS|PARTICIPATES_IN|PARTNER_IN|JOINS]-(held)
  WHERE CASE type(part) WHEN 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since) ELSE held.shownFrom END <= $on
    AND (part.standsUntil IS NULL OR $on < part.standsUntil) AND (held.standsUntil IS NULL OR $on < held.standsUntil)
    AND coalesce(held.status, '') <> 'APPLIED'
  OPTIONAL MATCH (held)-[:IN]->(network:Network)
  WITH coalesce(network, held) AS through, min(path) AS path
  MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
  WHERE (near:City OR near:Membership)
    AND CASE WHEN near:Membership THEN near.shownFrom
             WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
             ELSE through.shownFrom END <= $on
    AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
    AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
  OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
  WITH through, path, coalesce(holder, near) AS participant
  WHERE NOT participant:Membership
  WITH participant, min(path + [through.id, participant.id]) AS path
  RETURN collect({node: participant, id: participant.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  MATCH (participant)-[part:HOLDS|PARTICIPATES_IN|PARTNER_IN|JOINS]-(held)
  WHERE CASE type(part) WHEN 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since) ELSE held.shownFrom END <= $on
    AND (part.standsUntil IS NULL OR $on < part.standsUntil) AND (held.standsUntil IS NULL OR $on < held.standsUntil)
    AND coalesce(held.status, '') <> 'APPLIED'
  OPTIONAL MATCH (held)-[:IN]->(network:Network)
  WITH coalesce(network, held) AS through, min(path) AS path
  MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
  WHERE (near:City OR near:Membership)
    AND CASE WHEN near:Membership THEN near.shownFrom
             WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
             ELSE through.shownFrom END <= $on
    AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
    AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
  OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
  WITH through, path, coalesce(holder, near) AS participant
  WHERE NOT participant:Membership
  WITH participant, min(path + [through.id, participant.id]) AS path
  RETURN collect({node: participant, id: participant.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  MATCH (participant)-[part:HOLDS|PARTICIPATES_IN|PARTNER_IN|JOINS]-(held)
  WHERE CASE type(part) WHEN 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since) ELSE held.shownFrom END <= $on
    AND (part.standsUntil IS NULL OR $on < part.standsUntil) AND (held.standsUntil IS NULL OR $on < held.standsUntil)
    AND coalesce(held.status, '') <> 'APPLIED'
  OPTIONAL MATCH (held)-[:IN]->(network:Network)
  WITH coalesce(network, held) AS through, min(path) AS path
  MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
  WHERE (near:City OR near:Membership)
    AND CASE WHEN near:Membership THEN near.shownFrom
             WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
             ELSE through.shownFrom END <= $on
    AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
    AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
  OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
  WITH through, path, coalesce(holder, near) AS participant
  WHERE NOT participant:Membership
  WITH participant, min(path + [through.id, participant.id]) AS path
  RETURN collect({node: participant, id: participant.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  MATCH (participant)-[part:HOLDS|PARTICIPATES_IN|PARTNER_IN|JOINS]-(held)
  WHERE CASE type(part) WHEN 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since) ELSE held.shownFrom END <= $on
    AND (part.standsUntil IS NULL OR $on < part.standsUntil) AND (held.standsUntil IS NULL OR $on < held.standsUntil)
    AND coalesce(held.status, '') <> 'APPLIED'
  OPTIONAL MATCH (held)-[:IN]->(network:Network)
  WITH coalesce(network, held) AS through, min(path) AS path
  MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
  WHERE (near:City OR near:Membership)
    AND CASE WHEN near:Membership THEN near.shownFrom
             WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
             ELSE through.shownFrom END <= $on
    AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
    AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
  OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
  WITH through, path, coalesce(holder, near) AS participant
  WHERE NOT participant:Membership
  WITH participant, min(path + [through.id, participant.id]) AS path
  RETURN collect({node: participant, id: participant.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  MATCH (participant)-[part:HOLDS|PARTICIPATES_IN|PARTNER_IN|JOINS]-(held)
  WHERE CASE type(part) WHEN 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since) ELSE held.shownFrom END <= $on
    AND (part.standsUntil IS NULL OR $on < part.standsUntil) AND (held.standsUntil IS NULL OR $on < held.standsUntil)
    AND coalesce(held.status, '') <> 'APPLIED'
  OPTIONAL MATCH (held)-[:IN]->(network:Network)
  WITH coalesce(network, held) AS through, min(path) AS path
  MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
  WHERE (near:City OR near:Membership)
    AND CASE WHEN near:Membership THEN near.shownFrom
             WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
             ELSE through.shownFrom END <= $on
    AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
    AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
  OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
  WITH through, path, coalesce(holder, near) AS participant
  WHERE NOT participant:Membership
  WITH participant, min(path + [through.id, participant.id]) AS path
  RETURN collect({node: participant, id: participant.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// A ring.
CALL (reached, before, found) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path
  MATCH (participant)-[part:HOLDS|PARTICIPATES_IN|PARTNER_IN|JOINS]-(held)
  WHERE CASE type(part) WHEN 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since) ELSE held.shownFrom END <= $on
    AND (part.standsUntil IS NULL OR $on < part.standsUntil) AND (held.standsUntil IS NULL OR $on < held.standsUntil)
    AND coalesce(held.status, '') <> 'APPLIED'
  OPTIONAL MATCH (held)-[:IN]->(network:Network)
  WITH coalesce(network, held) AS through, min(path) AS path
  MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
  WHERE (near:City OR near:Membership)
    AND CASE WHEN near:Membership THEN near.shownFrom
             WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
             ELSE through.shownFrom END <= $on
    AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
    AND (through.standsUntil IS NULL OR $on < through.standsUntil) AND coalesce(near.status, '') <> 'APPLIED'
  OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
  WITH through, path, coalesce(holder, near) AS participant
  WHERE NOT participant:Membership
  WITH participant, min(path + [through.id, participant.id]) AS path
  RETURN collect({node: participant, id: participant.id, path: path}) AS ring
}
WITH from_node, to_node, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

// The chain, with what shows each of its steps.
WITH from_node, to_node,
     CASE WHEN found IS NULL THEN [] WHEN last(found) = $to THEN found ELSE found + [$to] END AS chain
CALL (chain) {
  UNWIND CASE WHEN size(chain) < 2 THEN [] ELSE range(0, size(chain) - 2) END AS place
  WITH place, [chain[place], chain[place + 1]] AS ends
  CALL (ends) {
    UNWIND ends AS end
    CALL (end) {
      MATCH (through:Network {id: end})
      RETURN through
      UNION ALL
      MATCH (through:WorkingGroup {id: end})
      RETURN through
      UNION ALL
      MATCH (through:Project {id: end})
      RETURN through
      UNION ALL
      MATCH (through:Twinning {id: end})
      RETURN through
    }
    MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
    WHERE (near:City OR near:Membership)
      AND CASE WHEN near:Membership THEN near.shownFrom
               WHEN type(part) = 'PARTICIPATES_IN' THEN coalesce(part.shownFrom, part.since)
               ELSE through.shownFrom END <= $on
      AND (near.standsUntil IS NULL OR $on < near.standsUntil) AND (part.standsUntil IS NULL OR $on < part.standsUntil)
      AND coalesce(near.status, '') <> 'APPLIED'
    OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
    WITH through, part, near, coalesce(holder, near) AS participant, ends,
         coalesce(near.shownUntil, part.shownUntil, through.shownUntil) AS until
    WHERE participant.id IN ends
    RETURN through.id AS collaboration, participant.id AS participant, until IS NULL OR $on < until AS in_force,
           CASE WHEN near:Membership THEN [near.id]
                WHEN through:Twinning THEN [through.id]
                ELSE coalesce(part.sources, []) END AS proofs
  }
  WITH place, collaboration, participant, proofs, in_force
  ORDER BY proofs
  WITH place, collaboration, participant, max(CASE WHEN in_force THEN 1 ELSE 0 END) AS in_force,
       reduce(all = [], listed IN collect(proofs) | all + listed) AS proofs
  ORDER BY place
  RETURN collect({
    collaboration: collaboration, participant: participant, proofs: proofs,
    standing: CASE in_force WHEN 1 THEN 'IN_FORCE' ELSE 'ATTESTED_EARLIER' END
  }) AS steps
}
RETURN from_node IS NOT NULL AS from_known, to_node IS NOT NULL AS to_known, {chain: chain, steps: steps} AS row
