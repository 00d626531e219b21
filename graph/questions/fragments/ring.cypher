// The next ring of `shortest_path`: the participants that are one collaboration further from the start.
CALL (reached, before, found, backward) {
  UNWIND CASE WHEN found IS NULL AND size(reached) > before THEN reached ELSE [] END AS step
  WITH step.node AS participant, step.path AS path, backward
  MATCH (participant)-[part:HOLDS|PARTICIPATES_IN|PARTNER_IN|JOINS]-(held)
  WITH path, backward, held, CASE WHEN held:Membership THEN held ELSE part END AS dated
  WHERE is_counted(dated) AND ($include_applied OR coalesce(dated.status, '') <> 'APPLIED')
  OPTIONAL MATCH (held)-[:IN]->(network:Network)
  WITH coalesce(network, held) AS through, backward, min(path) AS path
  MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
  WHERE near:City OR near:Membership
  WITH through, path, backward, near, CASE WHEN near:Membership THEN near ELSE part END AS dated
  WHERE is_counted(dated) AND ($include_applied OR coalesce(dated.status, '') <> 'APPLIED')
  OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
  WITH through, path, backward, coalesce(holder, near) AS participant
  WHERE NOT participant:Membership
  WITH participant, min(CASE WHEN backward THEN [participant.id, through.id] + path
                             ELSE path + [through.id, participant.id] END) AS path
  RETURN collect({node: participant, id: participant.id, path: path}) AS ring
}
WITH from_node, to_node, backward, goals, found, size(reached) AS before, ring AS reached
WITH from_node, to_node, backward, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found
