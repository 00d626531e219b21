// What $city does, on the day $on, about each theme of $scheme or of $programme, in the order of the scheme. The themes
// of a programme are those of its schemes, or else those it addresses.
//
// Counts networks, working groups and projects that stand on the day; EU initiatives that a unit of the city follows
// and that are not known to begin later or to have ended; activities begun by the day that the city took part in, or
// that it or a unit of it organised.

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (scheme:ThemeScheme {id: $scheme})
OPTIONAL MATCH (programme:Programme {id: $programme})

// What the city does.
CALL (city) {
  CALL (city) {
    MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(node:Network)
    WHERE m.shownFrom <= $on AND (m.standsUntil IS NULL OR $on < m.standsUntil) AND m.status <> 'APPLIED'
    RETURN 'NETWORK' AS kind, node,
           CASE WHEN m.shownUntil IS NULL OR $on < m.shownUntil THEN 1 ELSE 0 END AS in_force
    UNION ALL
    MATCH (city)-[p:PARTICIPATES_IN]->(node:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.standsUntil IS NULL OR $on < p.standsUntil)
      AND (node.standsUntil IS NULL OR $on < node.standsUntil)
    RETURN 'WORKING_GROUP' AS kind, node,
           CASE WHEN p.shownUntil IS NULL OR $on < p.shownUntil THEN 1 ELSE 0 END AS in_force
    UNION ALL
    MATCH (city)-[:PARTNER_IN]->(node:Project)
    WHERE node.shownFrom <= $on AND (node.standsUntil IS NULL OR $on < node.standsUntil)
    RETURN 'PROJECT' AS kind, node,
           CASE WHEN node.shownUntil IS NULL OR $on < node.shownUntil THEN 1 ELSE 0 END AS in_force
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:FOLLOWS]->(node:EuInitiative)
    WHERE (node.shownFrom IS NULL OR node.shownFrom <= $on) AND (node.standsUntil IS NULL OR $on < node.standsUntil)
    RETURN 'EU_INITIATIVE' AS kind, node, null AS in_force
    UNION ALL
    MATCH (city)-[:TOOK_PART_IN|ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node, null AS in_force
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node, null AS in_force
  }
  WITH kind, node, max(in_force) AS in_force
  ORDER BY kind, node.id
  WITH kind, node, in_force, [(node)-[:ADDRESSES]->(theme:Theme) | theme.id] AS addressed
  RETURN collect({
    kind: kind, node: node.id, addressed: addressed,
    standing: CASE in_force WHEN 1 THEN 'IN_FORCE' WHEN 0 THEN 'ATTESTED_EARLIER' ELSE null END
  }) AS doings
}

// The themes, and what of all that addresses them.
CALL (scheme, programme, doings) {
  CALL (scheme, programme) {
    MATCH (scheme)<-[:IN_SCHEME]-(theme:Theme)
    RETURN theme
    UNION
    MATCH (programme)<-[:OF]-(:ThemeScheme)<-[:IN_SCHEME]-(theme:Theme)
    RETURN theme
    UNION
    MATCH (programme)-[:ADDRESSES]->(theme:Theme)
    WHERE NOT EXISTS { (programme)<-[:OF]-(:ThemeScheme)<-[:IN_SCHEME]-(:Theme) }
    RETURN theme
  }
  CALL (theme) {
    CALL (theme) {
      MATCH (theme)<-[steps:BROADER*0..]-(answering:Theme)
      RETURN answering, CASE WHEN size(steps) = 0 THEN 0 ELSE 1 END AS rank
      UNION
      MATCH (theme)<-[:BROADER*0..]-(:Theme)-[:CLOSE_MATCH]-(answering:Theme)
      RETURN answering, 2 AS rank
    }
    WITH answering, min(rank) AS rank
    ORDER BY rank, answering.id
    RETURN collect({
      node: answering, hit: {theme: answering.id, match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][rank]}
    }) AS answers
  }
  CALL (answers) {
    UNWIND answers AS answer
    WITH answer.node AS theme, answer.hit AS hit
    MATCH (theme)<-[:ADDRESSES]-(initiative:EuInitiative)
    WHERE (initiative.shownFrom IS NULL OR initiative.shownFrom <= $on)
      AND (initiative.standsUntil IS NULL OR $on < initiative.standsUntil)
    WITH initiative, collect(hit) AS hits
    ORDER BY initiative.id
    RETURN collect({initiative: initiative.id, themes: hits}) AS initiatives
  }
  WITH theme, doings, answers,
       [row IN initiatives WHERE none(doing IN doings WHERE doing.node = row.initiative)] AS unfollowed
  WITH theme, unfollowed, [doing IN doings | {
         kind: doing.kind, node: doing.node, standing: doing.standing,
         themes: [answer IN answers WHERE answer.hit.theme IN doing.addressed | answer.hit]
       }] AS hits
  ORDER BY coalesce(theme.position, 1000000), coalesce(theme.nameSort, ''), theme.id
  RETURN collect({
    theme: theme.id, hits: [hit IN hits WHERE size(hit.themes) > 0], unfollowed: unfollowed
  }) AS rows
}
RETURN city IS NOT NULL AS city_known, $scheme IS NULL OR scheme IS NOT NULL AS scheme_known,
       $programme IS NULL OR programme IS NOT NULL AS programme_known, rows
