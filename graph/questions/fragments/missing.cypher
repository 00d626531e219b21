// The unknown facts about the collaborations of `city`, one row for each fact: unknown themes and rosters of those that
// count, and collaborations with a standing that does not count. As in data_gaps, the unknown end of a project, or of a
// membership that the city decided to leave, is END.
CALL (city) {
  MATCH (city)-[:HOLDS]->(part:Membership)-[:IN]->(node:Network)
  WHERE $with_missing AND ($include_applied OR part.status <> 'APPLIED')
    AND coalesce(part.possibleFrom <= $on AND $on < part.standsUntil, part.status <> 'LEFT')
  RETURN node, 'NETWORK' AS kind, CASE WHEN part.possibleFrom IS NULL THEN null ELSE standing_of(part) END AS standing,
         part.status = 'LEAVING_DECIDED' AND part.validUntil IS NULL AND coalesce(part.validUntilBound <> 'OPEN', true) AS end_unknown
  UNION ALL
  MATCH (city)-[part:PARTICIPATES_IN|PARTNER_IN|JOINS]-(node)
  WHERE $with_missing AND coalesce(part.possibleFrom <= $on AND $on < part.standsUntil, true)
    AND coalesce(node.stage, '') <> 'IDEA'
  RETURN node,
         CASE type(part) WHEN 'PARTICIPATES_IN' THEN 'WORKING_GROUP' WHEN 'PARTNER_IN' THEN 'PROJECT' ELSE 'TWINNING' END AS kind,
         CASE WHEN part.possibleFrom IS NULL THEN null ELSE standing_of(part) END AS standing,
         node:Project AND node.validUntil IS NULL AND coalesce(node.validUntilBound <> 'OPEN', true) AS end_unknown
}
WITH node, kind, collect(standing) AS all_standings, collect(end_unknown) AS ends_unknown
WITH node, kind, true IN ends_unknown AS end_unknown, [standing IN all_standings WHERE standing IN $standings] AS counted,
     [standing IN all_standings WHERE standing_name(standing) = 'ATTESTED_LATER'] AS later,
     EXISTS { (node)-[:ADDRESSES]->(:Theme) } AS themed,
     @include participants_complete
     AS complete
UNWIND CASE WHEN size(counted) = 0 THEN [CASE WHEN size(later) > 0 THEN 'BEGINNING' WHEN end_unknown THEN 'END' ELSE 'ATTESTATION' END]
            ELSE CASE WHEN themed THEN [] ELSE ['THEMES'] END + CASE WHEN complete THEN [] ELSE ['ROSTER'] END END
  AS unknown
RETURN node, kind, unknown
