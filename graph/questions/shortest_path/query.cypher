// The shortest chain of collaborations between $from and $to on $on; of several, the one with the smallest sequence of
// ids.
//
// The search proceeds in rings. `reached` contains the participants of one ring, each with its smallest shortest chain.
// Cypher has no loop, so there are six equal rings: a chain has at most six collaborations between participants, and
// one more at an end that is itself a collaboration. Rings stop growing when they reach the other end or no new
// participant. The search starts at the end with fewer neighbours; `backward` is whether that is $to. In both cases,
// the ids of a chain are in the order from $from to $to.

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

WITH from_node, to_node,
     COUNT { (to_node)-[:HOLDS]->()-[:IN]->()<-[:IN]-() }
     + COUNT { (to_node)-[:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-() }
     < COUNT { (from_node)-[:HOLDS]->()-[:IN]->()<-[:IN]-() }
     + COUNT { (from_node)-[:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-() } AS backward
WITH from_node, to_node, backward, CASE WHEN backward THEN to_node ELSE from_node END AS start,
     CASE WHEN backward THEN from_node ELSE to_node END AS goal

// The ends of the search: the participant itself, or the participants of the collaboration. The same for its start.
CALL (goal) {
  CALL (goal) {
    WITH goal AS participant
    WHERE participant:City OR participant:CityGroup OR participant:Organisation
    RETURN participant
    UNION ALL
    WITH goal AS through
    WHERE through:Network OR through:WorkingGroup OR through:Project OR through:Twinning
    MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
    WHERE near:City OR near:Membership
    WITH through, near, CASE WHEN near:Membership THEN near ELSE part END AS dated
    WHERE is_counted(dated) AND ($include_applied OR coalesce(dated.status, '') <> 'APPLIED')
    OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
    WITH coalesce(holder, near) AS participant
    WHERE NOT participant:Membership
    RETURN participant
  }
  RETURN collect(participant.id) AS goals
}
CALL (start, backward) {
  CALL (start, backward) {
    WITH start AS participant
    WHERE participant:City OR participant:CityGroup OR participant:Organisation
    RETURN participant, [participant.id] AS path
    UNION ALL
    WITH start AS through, backward
    WHERE through:Network OR through:WorkingGroup OR through:Project OR through:Twinning
    MATCH (through)-[part:IN|PARTICIPATES_IN|PARTNER_IN|JOINS]-(near)
    WHERE near:City OR near:Membership
    WITH through, backward, near, CASE WHEN near:Membership THEN near ELSE part END AS dated
    WHERE is_counted(dated) AND ($include_applied OR coalesce(dated.status, '') <> 'APPLIED')
    OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
    WITH through, backward, coalesce(holder, near) AS participant
    WHERE NOT participant:Membership
    WITH DISTINCT participant,
         CASE WHEN backward THEN [participant.id, through.id] ELSE [through.id, participant.id] END AS path
    RETURN participant, path
  }
  RETURN collect({node: participant, id: participant.id, path: path}) AS reached
}
WITH from_node, to_node, backward, goals, CASE WHEN size(goals) = 0 THEN [] ELSE reached END AS reached, 0 AS before,
     CASE WHEN $from = $to AND from_node IS NOT NULL THEN [$from] ELSE null END AS found
WITH from_node, to_node, backward, goals, reached, before,
     reduce(best = found, step IN [goal IN reached WHERE found IS NULL AND goal.id IN goals] |
       CASE WHEN best IS NULL OR step.path < best THEN step.path ELSE best END) AS found

@include ring
@include ring
@include ring
@include ring
@include ring
@include ring

// The chain, with the evidence of each step.
WITH from_node, to_node,
     CASE WHEN found IS NULL THEN []
          ELSE CASE WHEN head(found) = $from THEN [] ELSE [$from] END + found
            + CASE WHEN last(found) = $to THEN [] ELSE [$to] END END AS chain
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
    WHERE near:City OR near:Membership
    WITH ends, through, part, near, CASE WHEN near:Membership THEN near ELSE part END AS dated
    WHERE is_counted(dated) AND ($include_applied OR coalesce(dated.status, '') <> 'APPLIED')
    OPTIONAL MATCH (near)<-[:HOLDS]-(holder)
    WITH through, part, near, coalesce(holder, near) AS participant, ends, standing_of(dated) AS standing
    WHERE participant.id IN ends
    RETURN through.id AS collaboration, participant.id AS participant, standing,
           CASE WHEN near:Membership THEN [near.id]
                WHEN through:Twinning THEN [through.id]
                ELSE coalesce(part.sources, []) END AS proofs
  }
  WITH place, collaboration, participant, proofs, standing
  ORDER BY proofs
  WITH place, collaboration, participant, min(standing) AS standing,
       reduce(all = [], listed IN collect(proofs) | all + listed) AS proofs
  ORDER BY place
  RETURN collect({
    collaboration: collaboration, participant: participant, proofs: proofs,
    standing: standing_name(standing)
  }) AS steps
}

// What is not known of the collaborations of both ends. A chain with a single collaboration cannot be shorter.
CALL (from_node, to_node, chain) {
  CALL (from_node, to_node, chain) {
    UNWIND CASE WHEN size(chain) IN [1, 2, 3] THEN [] ELSE [from_node, to_node] END AS city
    WITH DISTINCT city
    WHERE city:City OR city:CityGroup OR city:Organisation
    CALL (city) {
      @include missing
    }
    WITH node, kind, unknown
    WHERE unknown <> 'THEMES'
    RETURN node, kind, unknown
    UNION
    UNWIND CASE WHEN size(chain) IN [1, 2, 3] THEN [] ELSE [from_node, to_node] END AS node
    WITH DISTINCT node
    WHERE $with_missing AND (node:Network OR node:WorkingGroup OR node:Project)
      AND NOT
      @include participants_complete
    RETURN node,
           CASE WHEN node:Network THEN 'NETWORK' WHEN node:WorkingGroup THEN 'WORKING_GROUP' ELSE 'PROJECT' END AS kind,
           'ROSTER' AS unknown
  }
  WITH unknown, kind, node
  ORDER BY unknown, kind, node.id
  WITH unknown, kind, collect(node.id) AS nodes
  ORDER BY unknown, kind
  RETURN collect({unknown: unknown, kind: kind, nodes: nodes}) AS missing
}
RETURN from_node IS NOT NULL AS from_known, to_node IS NOT NULL AS to_known,
       {chain: chain, steps: steps, missing: missing} AS row
