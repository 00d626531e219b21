// For each theme of $scheme or $programme, in the order of the scheme: the collaborations and activities of $city that
// address it on $on.
//
// The themes of a programme are those of its schemes, or else those that it addresses. Counts networks, working groups
// and projects that are valid on the day. Counts the EU initiatives that a unit of the city follows, except those that
// certainly begin later or have ended. Counts the activities begun by the day that the city took part in, or that the
// city or one of its units organised.
//
// gap      null if a collaboration with another standing addresses the theme, or if no themes are recorded for anything
//          that is counted
// unseen   the number of items in `missing` that address the theme, or may address it
// missing  items without a theme, and collaborations with another standing; also the scheme or programme if no themes
//          are recorded for it; empty without $with_missing

OPTIONAL MATCH (city:City {id: $city})
OPTIONAL MATCH (scheme:ThemeScheme {id: $scheme})
OPTIONAL MATCH (programme:Programme {id: $programme})

// The collaborations and activities of the city.
CALL (city) {
  CALL (city) {
    CALL (city) {
      @include collaborations
    }
    WITH kind, node, standing, shown
    WHERE kind <> 'TWINNING'
    RETURN kind, node, standing, shown
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:FOLLOWS]->(node:EuInitiative)
    WHERE coalesce(node.possibleFrom, $on) <= $on AND $on < coalesce(node.standsUntil, date('9999-12-31'))
    RETURN 'EU_INITIATIVE' AS kind, node, null AS standing, null AS shown
    UNION ALL
    MATCH (city)-[:TOOK_PART_IN|ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node, null AS standing, null AS shown
    UNION ALL
    MATCH (city)<-[:OF]-(:Unit)-[:ORGANISED]->(node:Activity)
    WHERE node.shownFrom <= $on
    RETURN 'ACTIVITY' AS kind, node, null AS standing, null AS shown
  }
  WITH kind, node, min(standing) AS standing,
       toString(
         @include nearest_shown
       ) AS shown_on
  ORDER BY kind, node.id
  WITH kind, node, standing, shown_on,
       [(node)-[link:ADDRESSES]->(theme:Theme) | {theme: theme.id, basis: basis_of(link)}] AS addressed
  RETURN collect({
    kind: kind, node: node.id, addressed: addressed,
    standing: standing_name(standing), shown_on: shown_on
  }) AS doings
}

// The unknown facts about them. `themes` is empty if the themes are unknown.
CALL (city, doings) {
  CALL (city) {
    CALL (city) {
      @include missing
    }
    WITH node, kind, unknown
    WHERE unknown IN ['ATTESTATION', 'BEGINNING', 'END'] AND kind <> 'TWINNING'
    WITH node, kind, unknown, [(node)-[:ADDRESSES]->(theme:Theme) | theme.id] AS themes
    RETURN collect({unknown: unknown, kind: kind, node: node.id, themes: themes}) AS uncounted
  }
  RETURN uncounted + [doing IN doings WHERE $with_missing AND size(doing.addressed) = 0 |
    {unknown: 'THEMES', kind: doing.kind, node: doing.node, themes: []}] AS unseen
}
CALL (unseen) {
  UNWIND unseen AS row
  WITH row.unknown AS unknown, row.kind AS kind, row.node AS node
  ORDER BY unknown, kind, node
  WITH unknown, kind, collect(node) AS nodes
  ORDER BY unknown, kind
  RETURN collect({unknown: unknown, kind: kind, nodes: nodes}) AS missing
}

// The themes, and the collaborations and activities that address them.
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
    WITH answering, min([rank, basis]) AS reason
    ORDER BY reason[0], answering.id
    RETURN collect({
      node: answering, theme: answering.id, match: ['EXACT', 'NARROWER', 'CLOSE_MATCH'][reason[0]], basis: reason[1]
    }) AS answers
  }
  CALL (answers) {
    UNWIND [answer IN answers | answer.node] AS theme
    MATCH (theme)<-[link:ADDRESSES]-(initiative:EuInitiative)
    WHERE coalesce(initiative.possibleFrom, $on) <= $on
      AND $on < coalesce(initiative.standsUntil, date('9999-12-31'))
    WITH answers, initiative, collect({theme: theme.id, basis: basis_of(link)}) AS addressed
    ORDER BY initiative.id
    WITH initiative,
         @include theme_hits
         AS hits
    RETURN collect({initiative: initiative.id, themes: hits}) AS initiatives
  }
  CALL (answers, doings) {
    UNWIND doings AS doing
    WITH answers, doing, doing.addressed AS addressed
    WITH doing,
         @include theme_hits
         AS hits
    WHERE size(hits) > 0
    RETURN collect({kind: doing.kind, node: doing.node, standing: doing.standing, shown_on: doing.shown_on, themes: hits}) AS hits
  }
  WITH theme, doings, unseen, answers, hits,
       [row IN initiatives WHERE none(doing IN doings WHERE doing.node = row.initiative)] AS unfollowed
  WITH theme, unfollowed, none(doing IN doings WHERE size(doing.addressed) > 0) AS without_themes, hits,
       size([row IN unseen WHERE size(row.themes) = 0]) AS themeless,
       size([row IN unseen WHERE any(answer IN answers WHERE answer.theme IN row.themes)]) AS uncounted,
       [coalesce(theme.position, 1000000), coalesce(theme.nameSort, ''), theme.id] AS sort_key
  ORDER BY sort_key
  RETURN collect({
    sort_key: sort_key, theme: theme.id, hits: hits, unfollowed: unfollowed,
    gap: CASE WHEN size(hits) > 0 THEN false WHEN without_themes OR uncounted > 0 THEN null ELSE true END,
    unseen: themeless + uncounted
  }) AS ranked
}
RETURN city IS NOT NULL AS city_known, $scheme IS NULL OR scheme IS NOT NULL AS scheme_known,
       $programme IS NULL OR programme IS NOT NULL AS programme_known,
       {missing: CASE WHEN $with_missing AND size(ranked) = 0 AND coalesce(scheme, programme) IS NOT NULL
         THEN [{unknown: 'THEMES', kind: CASE WHEN scheme IS NULL THEN 'PROGRAMME' ELSE 'THEME_SCHEME' END,
                nodes: [coalesce(scheme, programme).id]}]
         ELSE []
       END + missing} AS about, ranked
