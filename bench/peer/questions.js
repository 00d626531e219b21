// The questions as a user of the peer would add them: resolvers that run the server's own statements.
//
// Each takes one statement for the figures and one for the names of all nodes that they speak of, as the server does.

import { readFileSync } from "node:fs";
import neo4j from "neo4j-driver";

// The statements of declared questions come from bench.compare, since the page is appended to them.
const { peer_cities: PEERS, overlapping_memberships: OVERLAPS } = JSON.parse(process.env.PEER_STATEMENTS);
const COSTS = readFileSync(new URL("../../graph/questions/cost_per_network/query.cypher", import.meta.url), "utf8");
const NAMES = (label) => `MATCH (n:${label}) WHERE n.id IN $ids RETURN n.id AS id, n.nameEn AS name`;

/** What a run of a question needs: its figures, and the names of nodes by id. */
const asked = async (context, text, parameters, idsOf) =>
  context.session((session) =>
    session.executeRead(async (transaction) => {
      const found = (await transaction.run(text, parameters)).records[0].toObject();
      const names = new Map();
      for (const [label, ids] of byLabel(idsOf(found))) {
        const { records } = await transaction.run(NAMES(label), { ids });
        for (const each of records) {
          names.set(each.get("id"), each.get("name"));
        }
      }
      return { found, named: (id) => ({ id, name: names.get(id) ?? null }) };
    }),
  );

const byLabel = (ids) => {
  const found = new Map();
  for (const id of new Set(ids)) {
    const label = id.slice(0, id.indexOf(":"));
    found.set(label, [...(found.get(label) ?? []), id]);
  }
  return found;
};

const page = (first) => ({ after: null, before: null, first: neo4j.int(first), last: null });
const day = (text) => neo4j.types.Date.fromStandardDate(new Date(text));
const plain = (value) => (neo4j.isInt(value) ? value.toNumber() : value);

export const resolvers = {
  Query: {
    async peerCities(_source, { city, theme, on, first }, context) {
      const all = { with_evidence: true, with_proofs: true }; // a statement of `@cypher` does not know what is selected
      const parameters = { city, theme, on, include_applied: false, ...all, ...page(first) };
      const { found, named } = await asked(context, PEERS, parameters, ({ rows }) =>
        rows.flatMap((row) => [
          row.city,
          ...row.evidence.flatMap((each) => [each.collaboration, ...each.themes.map(({ theme }) => theme)]),
        ]),
      );
      return {
        totalCount: plain(found.total),
        nodes: found.rows.map((row) => ({
          city: named(row.city),
          shared: plain(row.shared),
          rarity: row.rarity,
          lowerBound: row.lower_bound,
          evidence: row.evidence.map((each) => ({
            collaboration: named(each.collaboration),
            kind: each.kind,
            themes: each.themes.map(({ theme, match }) => ({ theme: named(theme), match })),
            members: plain(each.members),
            standing: each.standing,
            peerStanding: each.peer_standing,
          })),
        })),
      };
    },

    async overlappingMemberships(_source, { city, on, first }, context) {
      const all = { with_evidence: true, with_themes: true };
      const parameters = { city: city ?? null, on, include_applied: false, ...all, ...page(first) };
      const { found, named } = await asked(context, OVERLAPS, parameters, ({ rows }) =>
        rows.flatMap((row) => [row.network, row.other]),
      );
      return {
        totalCount: plain(found.total),
        nodes: found.rows.map((row) => ({
          network: named(row.network),
          other: named(row.other),
          shared: plain(row.shared),
          jaccard: row.jaccard,
          overlapCoefficient: row.overlap_coefficient,
          newman: row.newman,
          members: plain(row.members),
          otherMembers: plain(row.other_members),
        })),
      };
    },

    async costPerNetwork(_source, { city, from, until }, context) {
      const all = { with_sources: true, with_reach: true, with_unique: true };
      const parameters = { city, last_day: day(`${until}-12-31`), ...all };
      const { found, named } = await asked(context, COSTS, parameters, ({ networks }) =>
        networks.map(({ network }) => network),
      );
      const reach = new Map(found.reach.map((each) => [each.network, each]));
      return {
        networks: found.networks
          .filter((each) => each.memberships.some((membership) => counts(membership, from, until)))
          .map((each) => ({
            network: named(each.network),
            years: each.memberships
              .flatMap((membership) => membership.terms.flatMap((term) => years(term, membership, from, until)))
              .sort((one, other) => one.year - other.year || (one.term < other.term ? -1 : 1)),
            peers: plain(reach.get(each.network)?.peers ?? 0),
            rosterComplete: reach.get(each.network)?.roster_complete ?? false,
            perTheme: { divisor: plain(each.themes) },
            perWorkingGroup: { divisor: plain(each.working_groups) },
          })),
      };
    },
  },
};

/** The year of a date, which is told as text. */
const yearOf = (text) => Number(text.slice(0, 4));

/** The years from `from` to `until` that the period touches; it still runs where `end` is null. */
const touched = (start, end, from, until) => {
  if (start === null || (end !== null && end <= start)) {
    return [];
  }
  const first = Math.max(yearOf(start), from);
  const last = end === null ? until : Math.min(yearBefore(end), until);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
};

/** The year of the day before. */
const yearBefore = (end) => (end.endsWith("-01-01") ? yearOf(end) - 1 : yearOf(end));

const termYears = (term, membership, from, until) =>
  touched(term.shown_from, term.until ?? membership.ended, from, until);

const counts = (membership, from, until) =>
  touched(membership.shown_from, membership.until, from, until).length > 0 ||
  membership.terms.some((term) => termYears(term, membership, from, until).length > 0);

const years = (term, membership, from, until) =>
  termYears(term, membership, from, until).map((year) => ({
    year,
    term: term.id,
    fee: fee(term),
    budgetLine: term.budget_line,
  }));

const fee = (term) => {
  if (term.annual_fee !== null) {
    return money(term.annual_fee, term.currency);
  }
  const { shown_from: start, until: end } = term;
  const oneYear = start !== null && end !== null && yearOf(start) === yearBefore(end);
  return oneYear ? money(term.total_fee, term.total_currency) : null;
};

/** Amounts are stored in cents. */
const money = (minor, currency) =>
  minor === null || currency === null ? null : { amount: (plain(minor) / 100).toFixed(2), currency };
