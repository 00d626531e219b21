// What $city does, on the day $on, about each theme of $scheme or of $programme, in the order of the scheme. The themes
// of a programme are those of its schemes, or else those it addresses.
//
// Counts networks, working groups and projects that stand on the day; EU initiatives that a unit of the city follows
// and that are not known to begin later or to have ended; activities begun by the day that the city took part in, or
// that it or a unit of it organised.
//
// unseen   whether something that `missing` names addresses the theme, or may
// missing  what has no theme, and collaborations whose standing is not asked for; both are empty without $with_missing

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (scheme:ThemeScheme {id: $scheme})
OPTIONAL MATCH (programme:Programme {id: $programme})

// What the city does.
CALL (city) {
  CALL (city) {
    CALL (city) {
      @include collaborations
    }
    WITH kind, node, standing
    WHERE kind <> 'TWINNING'
    RETURN kind, node, standing
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:FOLLOWS]->(node:EuInitiative)
    WHERE coalesce(node.possibleFrom, $on) <= $on AND $on < coalesce(node.standsUntil, date('9999-12-31'))
    RETURN 'EU_INITIATIVE' AS kind, node, null AS standing
    UNION ALL
    MATCH (city)-[:TOOK_PART_IN|ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node, null AS standing
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node, null AS standing
  }
  WITH kind, node, min(standing) AS standing
  ORDER BY kind, node.id
  WITH kind, node, standing, [(node)-[:ADDRESSES]->(theme:Theme) | theme.id] AS addressed
  RETURN collect({
    kind: kind, node: node.id, addressed: addressed,
    standing: standing_name(standing)
  }) AS doings
}

// What cannot be seen of it. `addressed` is empty where the themes are unknown.
CALL (city, doings) {
  CALL (city) {
    CALL (city) {
      @include missing
    }
    WITH node, unknown
    WHERE unknown IN ['ATTESTATION', 'BEGINNING'] AND NOT node:Twinning
    WITH node, unknown
    ORDER BY unknown, node.id
    RETURN collect({
      node: node.id, unknown: unknown, addressed: [(node)-[:ADDRESSES]->(theme:Theme) | theme.id]
    }) AS absent
  }
  RETURN absent + [doing IN doings WHERE $with_missing AND size(doing.addressed) = 0 |
    {node: doing.node, unknown: 'THEMES', addressed: doing.addressed}] AS missing
}

// The themes, and what of all that addresses them.
CALL (scheme, programme, doings, missing) {
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
      @include answering_themes
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
    WHERE coalesce(initiative.possibleFrom, $on) <= $on
      AND $on < coalesce(initiative.standsUntil, date('9999-12-31'))
    WITH initiative, collect(hit) AS hits
    ORDER BY initiative.id
    RETURN collect({initiative: initiative.id, themes: hits}) AS initiatives
  }
  WITH theme, doings, answers,
       [row IN initiatives WHERE none(doing IN doings WHERE doing.node = row.initiative)] AS unfollowed
  WITH theme, unfollowed, [doing IN doings | {
         kind: doing.kind, node: doing.node, standing: doing.standing,
         themes: [answer IN answers WHERE answer.hit.theme IN doing.addressed | answer.hit]
       }] AS hits,
       [row IN missing WHERE size(row.addressed) = 0
         OR any(answer IN answers WHERE answer.hit.theme IN row.addressed)] AS unseen,
       [coalesce(theme.position, 1000000), coalesce(theme.nameSort, ''), theme.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, theme: theme.id, hits: [hit IN hits WHERE size(hit.themes) > 0], unfollowed: unfollowed,
    unseen: size(unseen) > 0
  }) AS ranked
}
RETURN city IS NOT NULL AS city_known, $scheme IS NULL OR scheme IS NOT NULL AS scheme_known,
       $programme IS NULL OR programme IS NOT NULL AS programme_known,
       {missing: [row IN missing | {node: row.node, unknown: row.unknown}]} AS about, ranked
