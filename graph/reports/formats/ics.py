"""Write the calendar entries of a report, such as due dates, as an iCalendar file."""

from datetime import UTC, datetime

from graph.reports.plain_text import one_line, printable
from graph.reports.report import Report

__all__ = ["calendar"]


def calendar(report: Report) -> bytes:
    """Return the calendar entries of a report as the content of an iCalendar file with all-day events.

    The sequence number of an event is the revision of the graph. Therefore a calendar program replaces an older event
    that has the same UID.
    """
    from icalendar import TRANSP, Calendar, Event  # imported here because the import is slow

    now = datetime.now(UTC).replace(microsecond=0)
    calendar = Calendar.new(
        name=one_line(report.title),
        description=report.provenance.text(),
        prodid="-//Citygraph//Reports//EN",
        uid=f"{report.provenance.digest}@citygraph",
    )
    for due in report.calendar or ():
        calendar.add_component(
            Event.new(
                uid=one_line(due.uid),
                stamp=now,
                sequence=report.provenance.revision,
                start=due.day,
                summary=one_line(due.title),
                description=printable(due.text),
                transparency=TRANSP.TRANSPARENT,
            )
        )
    return calendar.to_ical()
