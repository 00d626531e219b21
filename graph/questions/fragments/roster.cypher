// The cities that take part in `node`, one row for each part, which is a membership or a relationship.
MATCH (node)<-[:IN]-(part:Membership)<-[:HOLDS]-(member:City)
WHERE is_counted(part) AND ($include_applied OR part.status <> 'APPLIED')
RETURN member, [part.id] AS proofs, standing_of(part) AS standing, part
UNION ALL
MATCH (node)-[part:PARTICIPATES_IN|PARTNER_IN|JOINS]-(member:City)
WHERE is_counted(part)
RETURN member, CASE type(part) WHEN 'JOINS' THEN [node.id] ELSE coalesce(part.sources, []) END AS proofs,
       standing_of(part) AS standing, part
