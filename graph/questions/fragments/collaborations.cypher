// The parts of `city` in collaborations, one row for each part. A city with several memberships in a network has
// several parts in it. `proofs` are memberships, twinnings or citations. `shown` is the nearest day on which a source
// shows the part.
MATCH (city)-[:HOLDS]->(part:Membership)-[:IN]->(node:Network)
WHERE is_counted(part) AND ($include_applied OR part.status <> 'APPLIED')
RETURN node, 'NETWORK' AS kind, [part.id] AS proofs, null AS unit, standing_of(part) AS standing,
       shown_on(part) AS shown
UNION ALL
MATCH (city)-[part:PARTICIPATES_IN|PARTNER_IN|JOINS]-(node)
WHERE is_counted(part)
RETURN node, CASE type(part) WHEN 'PARTICIPATES_IN' THEN 'WORKING_GROUP' WHEN 'PARTNER_IN' THEN 'PROJECT' ELSE 'TWINNING' END AS kind,
       CASE type(part) WHEN 'JOINS' THEN [node.id] ELSE coalesce(part.sources, []) END AS proofs,
       part.unit AS unit, standing_of(part) AS standing, shown_on(part) AS shown
