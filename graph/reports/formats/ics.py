"""The days of a report as an iCalendar file, for any calendar program."""

from datetime import UTC, datetime

from graph.reports.report import Report

__all__ = ["calendar"]


def calendar(report: Report) -> bytes:
    """All-day events. A calendar that has an event of the same UID takes the one of the later graph revision."""
    from icalendar import TRANSP, Calendar, Event  # here, since it takes time that other formats do not need

    now = datetime.now(UTC).replace(microsecond=0)
    calendar = Calendar.new(
        name=report.title, prodid="-//Citygraph//Reports//EN", uid=f"{report.provenance.digest}@citygraph"
    )
    for due in report.calendar or ():
        calendar.add_component(
            Event.new(
                uid=due.uid,
                stamp=now,
                sequence=report.provenance.revision,
                start=due.day,
                summary=due.title,
                description=due.text,
                transparency=TRANSP.TRANSPARENT,
            )
        )
    return calendar.to_ical()
