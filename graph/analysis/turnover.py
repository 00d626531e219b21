"""Growth, churn and lifetimes of memberships and other ties.

The beginning or the end of a tie is known only if a source states its date. If the beginning is unknown, the first day
that a source covers is not used as the beginning. If the end is unknown, the last day that a source covers is not used
as the end. In estimates of lifetimes, a tie with an unknown end is censored.

A lifetime is the length of a spell, a period in which a city and a collaboration are tied without a gap. It is known
only if a source states the beginning of the spell. For other spells, at most the first possible day is known, such as
the founding of the network. A lifetime from that day would be too long. Spells without a stated beginning are
left-censored. The product-limit estimate cannot include left-censored spells (Turnbull 1976,
doi:10.1111/j.2517-6161.1976.tb01597.x), so these spells are left out of the estimate and only their number is reported.

Lifetimes are estimated by the product-limit method (Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452), with
Greenwood's variance (1926) and the log-minus-log confidence interval (Kalbfleisch and Prentice 2002,
doi:10.1002/9781118032985).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import exp, log, sqrt
from typing import Final

import numpy as np

from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import BoolArray, FloatArray, IntArray, floats, ints
from graph.analysis.subset import Subset
from graph.analysis.two_mode import Node
from graph.standing import indexes_of
from graph.vocabulary import CollaborationMode, Standing

__all__ = ["AgeOfEnd", "Lifetimes", "Turnover", "YearOfLife", "lifetimes", "turnover"]

DAYS_IN_YEAR: Final = 365.25
_NORMAL_QUANTILE: Final = 1.959963984540054
"""The quantile of the normal distribution for a confidence of 95 %."""
_NO_DAY: Final = date.min.toordinal()
_ENDLESS: Final = date.max.toordinal()
_LATER, _LONG = map(tuple(Standing).index, (Standing.ATTESTED_LATER, Standing.LONG_UNATTESTED))


@dataclass(frozen=True, slots=True)
class Turnover:
    """The change of the ties from the first date (`since`) to the second date (`on`).

    A tie is a pair of a city and a collaboration. A tie is present on a date if its standing on the date is one of the
    requested standings, that is, if sources support it well enough. A tie is possible on a date if it may be in force
    on the date, even if no source shows it in force then. Every present tie is also possible. All numbers are numbers
    of ties. A gained collaboration can be older than the first date, if no city of the subset took part in it on that
    date. A lost collaboration may continue without the cities of the subset.

    - `ties_before`: number of ties that are present on the first date.
    - `ties`: number of ties that are present on the second date.
    - `standings`: a dict from each requested standing to the number of these ties with this standing. A tie with
      several standings, such as two memberships of one city, has the best of them.
    - `joined`: number of ties that are present only on the second date, because they began after the first date.
    - `first_shown`: number of ties that are present only on the second date, but may have begun by the first date.
    - `left`: number of ties that are present only on the first date, because they ended by the second date.
    - `lapsed`: number of ties that are present only on the first date, although no end is known. For example, the last
      source that shows the tie has become too old.
    - `networks_gained`: collaborations that have a present tie on the second date, and no possible tie on the first.
    - `networks_lost`: collaborations that have a present tie on the first date, and no possible tie on the second.
    - `is_partial`: whether the list of members (roster) of a collaboration is incomplete on one of the dates.
    """

    since: date
    on: date
    ties_before: int
    ties: int
    standings: Mapping[Standing, int]
    joined: int
    first_shown: int
    left: int
    lapsed: int
    networks_gained: tuple[Node, ...]
    networks_lost: tuple[Node, ...]
    is_partial: bool

    @property
    def growth(self) -> float | None:
        """Joined ties minus left ties, divided by the ties of the first date. None if the first date has no ties.

        Ties with an unknown beginning (`first_shown`) or an unknown end (`lapsed`) are not included.
        """
        return (self.joined - self.left) / self.ties_before if self.ties_before else None

    @property
    def churn(self) -> float | None:
        """The share of the first date's ties that ended by the second date, or None if the first date had no ties."""
        return self.left / self.ties_before if self.ties_before else None

    @property
    def lower_bound(self) -> bool:
        """Whether more ties may have joined or left than `joined` and `left` count.

        This is possible if the beginning or the end of a tie is unknown, because the tie may have begun or ended
        between the dates. It is also possible if a list of members (roster) is incomplete, because ties may then be
        missing.
        """
        return self.is_partial or self.first_shown > 0 or self.lapsed > 0


def turnover(snapshot: Snapshot, dates: Sequence[date], subset: Subset) -> list[Turnover]:
    """Sort the dates, and return the change of the ties between each date and the next."""
    is_selected = snapshot.tie_mask(subset)
    days = sorted(set(dates))
    counted = indexes_of(subset.standings)
    lacks_twinnings = _lacks_twinnings(snapshot, subset)
    return [_change(snapshot, is_selected, counted, lacks_twinnings, *period) for period in pairwise(days)]


def _change(
    snapshot: Snapshot, is_selected: BoolArray, counted: Sequence[int], lacks_twinnings: bool, since: date, on: date
) -> Turnover:
    ties, pairs = snapshot.ties, snapshot.pairs
    before, after = (np.where(is_selected, ties.standing(day.toordinal()), -1) for day in (since, on))
    was, now = (np.isin(standing, counted) for standing in (before, after))
    first, last = np.unique(pairs[was]), np.unique(pairs[now])
    new, gone = np.setdiff1d(last, first), np.setdiff1d(first, last)
    # A tie whose standing does not count has begun and has not ended, so only its evidence changes.
    first_shown = np.intersect1d(new, pairs[(before >= 0) & (before != _LONG)])
    lapsed = np.intersect1d(gone, pairs[(after >= 0) & (after != _LATER)])
    possible_before, possible_after = (ties.collaboration[standing >= 0] for standing in (before, after))
    return Turnover(
        since,
        on,
        ties_before=len(first),
        ties=len(last),
        standings=_standing_counts(pairs[now], after[now], counted),
        joined=len(new) - len(first_shown),
        first_shown=len(first_shown),
        left=len(gone) - len(lapsed),
        lapsed=len(lapsed),
        networks_gained=_nodes(snapshot, np.setdiff1d(ties.collaboration[now], possible_before)),
        networks_lost=_nodes(snapshot, np.setdiff1d(ties.collaboration[was], possible_after)),
        is_partial=_is_partial(snapshot, ties.collaboration[was], since)
        or _is_partial(snapshot, ties.collaboration[now], on)
        or lacks_twinnings,
    )


def _standing_counts(pairs: IntArray, standing: IntArray, counted: Sequence[int]) -> dict[Standing, int]:
    """Return the number of pairs with each of the standings `counted`. A pair has its best standing."""
    by_standing = np.argsort(standing, kind="stable")
    best = standing[by_standing][np.unique(pairs[by_standing], return_index=True)[1]]
    counts = np.bincount(best, minlength=len(Standing))
    return {standing: int(counts[place]) for place, standing in enumerate(Standing) if place in counted}


def _lacks_twinnings(snapshot: Snapshot, subset: Subset) -> bool:
    """Return whether pairs of twin towns may be missing: no source states all twin towns of a city."""
    return CollaborationMode.TWINNING in subset.layers and not snapshot.rosters_complete


def _is_partial(snapshot: Snapshot, collaborations: IntArray, on: date) -> bool:
    """Return whether the list of members (roster) of any of the collaborations is incomplete on the date."""
    return not all(snapshot.is_roster_complete(node.id, on) for node in _nodes(snapshot, np.unique(collaborations)))


def _nodes(snapshot: Snapshot, indices: IntArray) -> tuple[Node, ...]:
    return tuple(snapshot.collaborations[index] for index in ints(indices))


# --- Lifetimes ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearOfLife:
    """The survival of ties in one year of their age. The first year of a tie has the number 0.

    A tie is censored at an age if it is unknown whether the tie continues after this age.

    - `at_risk`: number of ties that have neither ended nor been censored when the year of age begins.
    - `ended`: number of ties that end in the year.
    - `censored`: number of ties that are censored in the year.
    - `survival`: estimated share of all ties that have not ended by the end of the year.
    - `interval`: 95 % confidence interval of `survival`. None if no tie has ended by the end of the year, or if
      `survival` is 0.
    """

    year: int
    at_risk: int
    ended: int
    censored: int
    survival: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class AgeOfEnd:
    """An age, in days, at which ties end.

    - `at_risk`: number of ties that have neither ended nor been censored before this age.
    - `ended`: number of ties that end at this age.
    - `survival`: estimated share of all ties that have not ended by this age. It is the product of 1 - `ended` /
      `at_risk` over all ages up to this age.
    - `interval`: 95 % confidence interval of `survival`. None if `survival` is 0.
    """

    days: int
    at_risk: int
    ended: int
    survival: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The estimated survival of ties by age.

    Here, a tie is a spell: a period in which a city and a collaboration are tied without a gap.

    - `years`: the estimate for each year of age.
    - `ages`: the estimate for each age at which a tie ends.
    - `ties`: number of ties with a known beginning. Only these ties are part of the estimate.
    - `ended`: number of these ties that have ended on a known date.
    - `without_beginning`: number of ties that are left out because no source states their beginning.
    - `without_end`: number of ties that have ended on an unknown date, because no source states when the city left. The
      estimate includes these ties only up to the last day that a source covers (these ties are censored).
    - `median`: age in years by which half of the ties have ended, or None if more than half survive.
    - `lower_bound`: whether the numbers of ties are lower bounds, because a list of members (roster) is incomplete. The
      survival itself is then not a lower bound. It is probably too high, because ties that ended early are the most
      likely to be unrecorded.
    """

    years: tuple[YearOfLife, ...]
    ages: tuple[AgeOfEnd, ...]
    ties: int
    ended: int
    without_beginning: int
    without_end: int
    median: float | None
    lower_bound: bool


def lifetimes(snapshot: Snapshot, on: date, subset: Subset) -> Lifetimes:
    """Estimate how long ties last, from all ties that had begun by the date `on`.

    A tie has ended if its end is known and is not later than the date. An end is known if a source states it, or if the
    network has ended. Any other tie is censored at the last day that a source covers, but not later than the date.
    """
    ties, day = snapshot.ties, on.toordinal()
    is_selected = snapshot.tie_mask(subset) & (ties.shown_from <= day)
    rows = np.flatnonzero(is_selected)
    _, first, spell = np.unique(
        np.stack((snapshot.pairs[rows], ties.facts.shown_from[rows])), axis=1, return_index=True, return_inverse=True
    )
    stands_until, shown_until = (np.zeros(len(first), dtype=np.int64) for _ in range(2))
    np.maximum.at(stands_until, spell, ties.stands_until[rows])
    np.maximum.at(shown_until, spell, ties.shown_until[rows])
    has_left = np.zeros(len(first), dtype=np.bool_)
    np.logical_or.at(has_left, spell, ties.facts.status[rows] == "LEFT")
    begins, is_end_stated = ties.facts.begins[rows][first], ties.facts.ends[rows][first] < _ENDLESS
    is_dated, is_over = begins > _NO_DAY, stands_until <= day
    is_end_known = is_over & (is_end_stated | ~has_left | (stands_until > shown_until))
    ends = np.where(is_end_known, stands_until, np.minimum(shown_until, day))
    ages, has_ended = np.maximum(ends - begins, 0)[is_dated], is_end_known[is_dated]
    ages = ages.astype(np.int64)
    years, median = _product_limit(ages, has_ended)
    return Lifetimes(
        years,
        _ages_of_ends(ages, has_ended),
        ties=int(is_dated.sum()),
        ended=int(has_ended.sum()),
        without_beginning=int((~is_dated).sum()),
        without_end=int((is_dated & is_over & ~is_end_known).sum()),
        median=median,
        lower_bound=_is_partial(snapshot, ties.collaboration[is_selected], on) or _lacks_twinnings(snapshot, subset),
    )


def survival_at(ages: IntArray, has_ended: BoolArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return three arrays with an entry for each distinct age, in days, at which ties end.

    The arrays contain the age, the survival after that age, and the sum in Greenwood's formula up to and including that
    age. Survival is the estimated share of all ties that have not ended.

    `ages` contains, for each tie, the age in days at which the tie ends (`has_ended` is true) or is censored
    (`has_ended` is false). A tie is censored if it is unknown whether the tie continues. At the age at which a tie is
    censored, the tie is still at risk.
    """
    ends, ended = np.unique(ages[has_ended], return_counts=True)
    at_risk = len(ages) - np.searchsorted(np.sort(ages), ends, side="left")
    survival = np.cumprod(1.0 - ended / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(ended / (at_risk * (at_risk - ended)))
    return ends.astype(np.int64), survival, greenwood


def _ages_of_ends(ages: IntArray, has_ended: BoolArray) -> tuple[AgeOfEnd, ...]:
    ends, ended = np.unique(ages[has_ended], return_counts=True)
    at_risk = len(ages) - np.searchsorted(np.sort(ages), ends, side="left")
    _, shares, greenwood = survival_at(ages, has_ended)
    survival = floats(shares)
    intervals = map(_interval, survival, floats(greenwood))
    return tuple(map(AgeOfEnd, ints(ends), ints(at_risk), ints(ended), survival, intervals))


def _product_limit(ages: IntArray, has_ended: BoolArray) -> tuple[tuple[YearOfLife, ...], float | None]:
    """Return the survival of ties by year of age, and the median age, in years, at which ties end.

    The median is None if more than half of the ties survive. `ages` contains an age in days for each tie. If the tie's
    entry in `has_ended` is true, the tie ends at this age. Otherwise it is censored at this age, that is, it is unknown
    whether the tie continues.
    """
    if not len(ages):
        return (), None
    ends, survival, greenwood = survival_at(ages, has_ended)
    rows: list[YearOfLife] = []
    for year in range(int(ages.max() / DAYS_IN_YEAR) + 1):
        first, last = year * DAYS_IN_YEAR, (year + 1) * DAYS_IN_YEAR
        is_inside = (first <= ages) & (ages < last)
        place = int(np.searchsorted(ends, last, side="left"))
        share = float(survival[place - 1]) if place else 1.0
        rows.append(
            YearOfLife(
                year,
                at_risk=int((ages >= first).sum()),
                ended=int((is_inside & has_ended).sum()),
                censored=int((is_inside & ~has_ended).sum()),
                survival=share,
                interval=_interval(share, float(greenwood[place - 1])) if place else None,
            )
        )
    half = np.flatnonzero(survival <= 0.5)
    return tuple(rows), float(ends[half[0]]) / DAYS_IN_YEAR if len(half) else None


def _interval(survival: float, greenwood: float) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of the estimate `survival`, or None if no tie survives.

    `greenwood` is the sum in Greenwood's formula, as `survival_at` returns it.
    """
    if survival <= 0:
        return None
    width = _NORMAL_QUANTILE * sqrt(greenwood) / abs(log(survival))
    return survival ** exp(width), survival ** exp(-width)
