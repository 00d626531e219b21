// What $city does, on the day $on, about each theme of $scheme or of $programme, in the order of the scheme. The themes
// of a programme are those of its schemes, or else those it addresses.
//
// Counts networks, working groups and projects that stand on the day; EU initiatives that a unit of the city follows
// and that are not known to begin later or to have ended; activities begun by the day that the city took part in, or
// that it or a unit of it organised.
//
// gap      null where a collaboration whose standing is not asked for addresses the theme, or where no themes of anything
//          that the city does are recorded
// unseen   how many of those in `missing` address the theme, or may
// missing  what has no theme, and collaborations whose standing is not asked for; empty without $with_missing

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
    WITH node, kind, unknown
    WHERE unknown IN ['ATTESTATION', 'BEGINNING'] AND kind <> 'TWINNING'
    WITH node, kind, unknown, [(node)-[:ADDRESSES]->(theme:Theme) | theme.id] AS addressed
    RETURN collect({unknown: unknown, kind: kind, node: node.id, addressed: addressed}) AS uncounted
  }
  RETURN uncounted + [doing IN doings WHERE $with_missing AND size(doing.addressed) = 0 |
    {unknown: 'THEMES', kind: doing.kind, node: doing.node, addressed: doing.addressed}] AS unseen
}
CALL (unseen) {
  UNWIND unseen AS row
  WITH row.unknown AS unknown, row.kind AS kind, row.node AS node
  ORDER BY unknown, kind, node
  WITH unknown, kind, collect(node) AS nodes
  ORDER BY unknown, kind
  RETURN collect({unknown: unknown, kind: kind, nodes: nodes}) AS missing
}

// The themes, and what of all that addresses them.
CALL (scheme, programme, doings, unseen) {
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
  WITH theme, doings, unseen, answers,
       [row IN initiatives WHERE none(doing IN doings WHERE doing.node = row.initiative)] AS unfollowed
  WITH theme, unfollowed, none(doing IN doings WHERE size(doing.addressed) > 0) AS without_themes, [doing IN doings | {
         kind: doing.kind, node: doing.node, standing: doing.standing,
         themes: [answer IN answers WHERE answer.hit.theme IN doing.addressed | answer.hit]
       }] AS hits,
       size([row IN unseen WHERE size(row.addressed) = 0]) AS themeless,
       size([row IN unseen WHERE any(answer IN answers WHERE answer.hit.theme IN row.addressed)]) AS uncounted,
       [coalesce(theme.position, 1000000), coalesce(theme.nameSort, ''), theme.id] AS sort_key
  WITH theme, unfollowed, without_themes, themeless, uncounted, sort_key, [hit IN hits WHERE size(hit.themes) > 0] AS hits
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, theme: theme.id, hits: hits, unfollowed: unfollowed,
    gap: CASE WHEN size(hits) > 0 THEN false WHEN without_themes OR uncounted > 0 THEN null ELSE true END,
    unseen: themeless + uncounted
  }) AS ranked
}
RETURN city IS NOT NULL AS city_known, $scheme IS NULL OR scheme IS NOT NULL AS scheme_known,
       $programme IS NULL OR programme IS NOT NULL AS programme_known,
       {missing: missing} AS about, ranked
