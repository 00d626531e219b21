// The questions as a user of the peer would add them: resolvers that run the server's own statements.
//
// Each takes one statement for the figures and one for the names of all nodes that they speak of, as the server does.

import neo4j from "neo4j-driver";

// The statements of declared questions come from bench.compare, since fragments and pages are added to them.
const {
  peer_cities: PEERS,
  overlapping_memberships: OVERLAPS,
  cost_per_network: COSTS,
} = JSON.parse(process.env.PEER_STATEMENTS);
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

/** What counts unless a client asks for more: IN_FORCE and ATTESTED_EARLIER, by their places among the standings. */
const COUNTED = { include_applied: false, standings: [neo4j.int(0), neo4j.int(1)] };

const page = (first) => ({ after: null, before: null, first: neo4j.int(first), last: null });
const day = (text) => neo4j.types.Date.fromStandardDate(new Date(text));
const plain = (value) => (neo4j.isInt(value) ? value.toNumber() : value);

export const resolvers = {
  Query: {
    async peerCities(_source, { city, theme, on, first }, context) {
      // A statement of `@cypher` does not know what is selected; the peer's type has no missing data.
      const all = { with_evidence: true, with_proofs: true, with_missing: false };
      const parameters = { city, theme, on, ...COUNTED, ...all, ...page(first) };
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
      const unrestricted = { network: null, second: null, level: null, pairs: null };
      const parameters = { city: city ?? null, on, ...unrestricted, ...COUNTED, ...all, ...page(first) };
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
      const parameters = { city, last_day: day(`${until}-12-31`), ...COUNTED, ...all };
      const { found, named } = await asked(context, COSTS, parameters, ({ networks }) =>
        networks.map(({ network }) => network),
      );
      const reach = new Map(found.reach.map((each) => [each.network, each]));
      return {
        networks: found.networks
          .map((each) => ({ ...each, years: yearsOf(each.memberships, from, until) }))
          .filter((each) => each.years.length > 0)
          .map((each) => ({
            network: named(each.network),
            years: each.years,
            peers: plain(reach.get(each.network)?.peers ?? 0),
            membersComplete: reach.get(each.network)?.members_complete ?? false,
            perTheme: { divisor: plain(each.themes) },
            perWorkingGroup: { divisor: plain(each.working_groups) },
          })),
      };
    },
  },
};

/** The rows of a network: those of the terms, and one without a fee for each other year of a membership. */
const yearsOf = (memberships, from, until) => {
  const rows = memberships.flatMap((membership) => {
    const possible = possibleYears(membership, from, until);
    return membership.terms.flatMap((term) =>
      possible
        .filter((year) => plain(term.charged_from) <= year && year <= plain(term.charged_until))
        .map((year) => ({ year, term: term.id, fee: fee(term), budgetLine: term.budget_line })),
    );
  });
  const known = new Set(rows.map(({ year }) => year));
  const all = new Set(memberships.flatMap((membership) => possibleYears(membership, from, until)));
  const unknown = [...all].filter((year) => !known.has(year));
  return [...rows, ...unknown.map((year) => ({ year, term: "", fee: null, budgetLine: null }))].sort(
    (one, other) => one.year - other.year || (one.term < other.term ? -1 : 1),
  );
};

/** The years in which a membership is possible on some day; dates are told as text. */
const possibleYears = ({ possible_from: begins, stands_until: ends }, from, until) =>
  Array.from({ length: until - from + 1 }, (_, at) => from + at).filter(
    (year) => begins < `${String(year + 1)}-01-01` && `${String(year)}-01-01` < ends,
  );

const fee = (term) => {
  if (term.annual_fee !== null) {
    return money(term.annual_fee, term.currency);
  }
  const oneYear = plain(term.charged_from) === plain(term.charged_until);
  return oneYear ? money(term.total_fee, term.total_currency) : null;
};

/** Amounts are stored in cents. */
const money = (minor, currency) =>
  minor === null || currency === null ? null : { amount: (plain(minor) / 100).toFixed(2), currency };
