// What a city does, on a day, about each theme of a scheme or a programme.
//
// Parameters
//   $city       text  id of a City
//   $scheme     text  id of a ThemeScheme, or null
//   $programme  text  id of a Programme, or null; its themes are those of its schemes, or else those it addresses
//   $on         date  the day
//
// Columns (one row)
//   city_known, scheme_known, programme_known  bool  whether the ids exist
//   rows  list  {theme, hits, unfollowed}, in the order of the scheme
//     hits        {kind, id, themes: [{theme, match}], standing}: standing is null of EU initiatives and activities
//     unfollowed  {id, themes: [{theme, match}]}: EU initiatives that no unit of the city is recorded as following
//
// Counts networks, working groups and projects that stand on the day; EU initiatives that a unit of the city follows
// and that are not known to begin later or to have ended; activities begun by the day that the city took part in, or
// that it or a unit of it organised.
//
// Leaves out twin towns, measures, and memberships only applied for or held by a body the city is part of.

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (scheme:ThemeScheme {id: $scheme})
OPTIONAL MATCH (programme:Programme {id: $programme})

// What the city does.
CALL (city) {
  CALL (city) {
    MATCH (city)-[:HOLDS]->(m:Membership)-[:IN]->(node:Network)
    WHERE m.shownFrom <= $on AND (m.validUntil IS NULL OR $on < m.validUntil) AND m.status <> 'APPLIED'
    RETURN 'NETWORK' AS kind, node.id AS id,
           CASE WHEN m.shownUntil IS NULL OR $on < m.shownUntil THEN 1 ELSE 0 END AS in_force
    UNION ALL
    MATCH (city)-[p:PARTICIPATES_IN]->(node:WorkingGroup)
    WHERE coalesce(p.shownFrom, p.since) <= $on AND (p.validUntil IS NULL OR $on < p.validUntil)
      AND (node.validUntil IS NULL OR $on < node.validUntil)
    RETURN 'WORKING_GROUP' AS kind, node.id AS id,
           CASE WHEN p.shownUntil IS NULL OR $on < p.shownUntil THEN 1 ELSE 0 END AS in_force
    UNION ALL
    MATCH (city)-[:PARTNER_IN]->(node:Project)
    WHERE node.shownFrom <= $on AND (node.validUntil IS NULL OR $on < node.validUntil)
    RETURN 'PROJECT' AS kind, node.id AS id,
           CASE WHEN node.shownUntil IS NULL OR $on < node.shownUntil THEN 1 ELSE 0 END AS in_force
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:FOLLOWS]->(node:EuInitiative)
    WHERE (node.shownFrom IS NULL OR node.shownFrom <= $on) AND (node.validUntil IS NULL OR $on < node.validUntil)
    RETURN 'EU_INITIATIVE' AS kind, node.id AS id, null AS in_force
    UNION ALL
    MATCH (city)-[:TOOK_PART_IN|ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node.id AS id, null AS in_force
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node.id AS id, null AS in_force
  }
  WITH kind, id, max(in_force) AS in_force
  RETURN collect({
    kind: kind, id: id,
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
    MATCH (answering)<-[:ADDRESSES]-(node)
    WITH node, rank, answering.id AS answering
    ORDER BY rank, answering
    RETURN node, collect({theme: answering, match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][rank]}) AS themes
    UNION ALL
    // So that a theme that nothing addresses keeps its row.
    RETURN null AS node, [] AS themes
  }
  WITH theme, node, themes, [each IN doings WHERE each.id = node.id][0] AS doing
  WITH theme, node, themes, doing,
       doing IS NULL AND node:EuInitiative
         AND (node.shownFrom IS NULL OR node.shownFrom <= $on) AND (node.validUntil IS NULL OR $on < node.validUntil)
         AS unfollowed
  ORDER BY doing.kind, node.id
  WITH theme,
       collect(CASE WHEN doing IS NULL THEN null
                    ELSE {kind: doing.kind, id: doing.id, standing: doing.standing, themes: themes} END) AS hits,
       collect(CASE WHEN unfollowed THEN {id: node.id, themes: themes} ELSE null END) AS unfollowed
  ORDER BY coalesce(theme.position, 1000000), coalesce(theme.nameSort, ''), theme.id
  RETURN collect({theme: theme.id, hits: hits, unfollowed: unfollowed}) AS rows
}
RETURN city IS NOT NULL AS city_known, $scheme IS NULL OR scheme IS NOT NULL AS scheme_known,
       $programme IS NULL OR programme IS NOT NULL AS programme_known, rows
