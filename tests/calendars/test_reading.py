"""What counts as busy, from iCalendar files as calendars write them. Times are local."""

import time
from datetime import date, datetime, timedelta
from datetime import time as clock_time

import pytest

from tests.support.calendars import calendar_file, event
from tests.support.cast import MORNING
from vberatung.calendars import apart, reading
from vberatung.calendars.problems import CalendarProblem, Problem
from vberatung.calendars.reading import Reading, TooMuch, Unreadable, busy_times
from vberatung.clock import LOCAL_ZONE, to_local

BEGIN, END = MORNING - timedelta(days=1), MORNING + timedelta(days=90)
BERLIN = "TZID=Europe/Berlin"

NEW_YORK_BY_HAND = "\r\n".join(
    [
        "BEGIN:VTIMEZONE",
        "TZID:Customized Time Zone",
        "BEGIN:STANDARD",
        "DTSTART:16010101T020000",
        "TZOFFSETFROM:-0400",
        "TZOFFSETTO:-0500",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:16010101T020000",
        "TZOFFSETFROM:-0500",
        "TZOFFSETTO:-0400",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
    ]
)


def read(*parts: str, begin: datetime = BEGIN, end: datetime = END) -> Reading:
    return busy_times([calendar_file(*parts)], begin, end, LOCAL_ZONE)


def local(found: Reading) -> list[str]:
    """Each busy time as "MM-DD hh:mm-hh:mm"."""
    assert not found.skipped
    return [f"{to_local(starts):%m-%d %H:%M}-{to_local(ends):%H:%M}" for starts, ends in found.busy]


@pytest.mark.parametrize(
    ("lines", "busy"),
    [
        (("DTSTART:20261123T080000Z", "DTEND:20261123T090000Z"), "11-23 09:00-10:00"),
        (("DTSTART:20261123T080000Z", "DURATION:PT45M"), "11-23 09:00-09:45"),
        (("DTSTART:20261123T090000", "DTEND:20261123T100000"), "11-23 09:00-10:00"),
        ((f"DTSTART;{BERLIN}:20261123T090000", "DURATION:PT1H"), "11-23 09:00-10:00"),
        (
            ("DTSTART;TZID=America/New_York:20261123T090000", "DURATION:PT1H"),
            "11-23 15:00-16:00",
        ),
        (
            ("DTSTART;TZID=W. Europe Standard Time:20261123T090000", "DURATION:PT1H"),
            "11-23 09:00-10:00",
        ),
        (("DTSTART;TZID=Nowhere:20261123T090000", "DURATION:PT1H"), "11-23 09:00-10:00"),
        (("DTSTART;VALUE=DATE:20261124",), "11-24 00:00-00:00"),
        (
            ("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126", "STATUS:TENTATIVE"),
            "11-24 00:00-00:00",
        ),
    ],
    ids=[
        "UTC",
        "with a duration",
        "floating",
        "Berlin",
        "another zone",
        "a zone by Microsoft's name",
        "a zone that nobody knows is ours",
        "a whole day",
        "two whole days, tentative",
    ],
)
def test_an_event_is_a_busy_time(lines: tuple[str, ...], busy: str) -> None:
    assert local(read(event(*lines))) == [busy]


def test_whole_days_end_at_local_midnight() -> None:
    found = read(event("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261126"))
    assert found.busy[0][1] - found.busy[0][0] == timedelta(hours=48)


def test_a_zone_that_the_file_describes_itself_is_understood() -> None:
    nine = event("DTSTART;TZID=Customized Time Zone:20261123T090000", "DURATION:PT1H")
    assert local(read(NEW_YORK_BY_HAND, nine)) == ["11-23 15:00-16:00"]


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20261123T080000Z", "DTEND:20261123T090000Z", "TRANSP:TRANSPARENT"),
        ("DTSTART:20261123T080000Z", "DTEND:20261123T090000Z", "STATUS:CANCELLED"),
        ("DTSTART:20261123T080000Z",),
        ("DTSTART:20261101T080000Z", "DTEND:20261101T090000Z"),
        ("DTSTART:20270401T080000Z", "DTEND:20270401T090000Z"),
    ],
    ids=["free", "cancelled", "without length", "long ago", "after the window"],
)
def test_what_is_not_busy(lines: tuple[str, ...]) -> None:
    assert local(read(event(*lines))) == []


def test_a_recurring_event_with_its_exceptions() -> None:
    """Mondays at nine: not on 7 December, an hour later on the 14th, and none on the 21st."""
    series = event(
        f"DTSTART;{BERLIN}:20260907T090000",
        f"DTEND;{BERLIN}:20260907T100000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231T230000Z",
        f"EXDATE;{BERLIN}:20261207T090000",
    )
    moved = event(
        f"RECURRENCE-ID;{BERLIN}:20261214T090000",
        f"DTSTART;{BERLIN}:20261214T100000",
        "DURATION:PT30M",
    )
    cancelled = event(
        f"RECURRENCE-ID;{BERLIN}:20261221T090000",
        f"DTSTART;{BERLIN}:20261221T090000",
        "STATUS:CANCELLED",
    )
    assert local(read(series, moved, cancelled)) == [
        "11-23 09:00-10:00",
        "11-30 09:00-10:00",
        "12-14 10:00-10:30",
        "12-28 09:00-10:00",
    ]


def test_times_wrong_around_the_clock_change() -> None:
    """Nine o'clock stays nine o'clock on both days, and a whole day has 23 or 25 hours."""
    daily = event(f"DTSTART;{BERLIN}:20260301T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    days = event("DTSTART;VALUE=DATE:20260301", "RRULE:FREQ=DAILY", uid="days")
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        begin = datetime.combine(day, clock_time(), LOCAL_ZONE)
        end = begin + timedelta(days=1)
        found = read(daily, begin=begin, end=end)
        assert local(found) == [f"{day:%m-%d} 09:00-10:00"]
        whole = read(days, begin=begin, end=end).busy
        assert [ends - starts for starts, ends in whole] == [timedelta(hours=hours)]


def test_a_list_of_free_and_busy_times() -> None:
    free_busy = "\r\n".join(
        [
            "BEGIN:VFREEBUSY",
            "UID:fb",
            "FREEBUSY:20261124T080000Z/20261124T090000Z,20261125T080000Z/PT30M",
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261126T080000Z/PT1H",
            "FREEBUSY;FBTYPE=X-LUNCH:20261127T110000Z/PT1H",
            "FREEBUSY;FBTYPE=FREE:20261128T080000Z/PT1H",
            "END:VFREEBUSY",
        ]
    )
    assert local(read(free_busy)) == [
        "11-24 09:00-10:00",
        "11-25 09:00-09:30",
        "11-26 09:00-10:00",
        "11-27 12:00-13:00",
    ]


def test_busy_times_are_merged_and_cut_to_the_window() -> None:
    long = event("DTSTART:20261001T080000Z", "DTEND:20261123T090000Z", uid="long")
    lap = event("DTSTART:20261123T083000Z", "DTEND:20261123T100000Z", uid="lap")
    assert list(read(long, lap).busy) == [(BEGIN, datetime(2026, 11, 23, 11, tzinfo=LOCAL_ZONE))]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"<!doctype html><title>Anmelden</title>",
        b"\xff\xfe\x00\x01",
        calendar_file()[:-20],
        b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\nEND:VCALENDAR\r\n",
    ],
)
def test_a_broken_file_is_unreadable(file: bytes) -> None:
    with pytest.raises(Unreadable):
        busy_times([file], BEGIN, END, LOCAL_ZONE)


@pytest.mark.parametrize(
    "lines",
    [
        ("SUMMARY:without a start",),
        ("DTSTART:tomorrow", "DURATION:PT1H"),
        ("DTSTART:20261124T080000Z", "DURATION:PT1H", "RRULE:FREQ=NEVER"),
        ("DTSTART:20261124T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", "EXDATE:never"),
        ("DTSTART:20261124T080000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"),
        ("DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=MINUTELY"),
    ],
)
def test_a_single_broken_entry_is_left_out_and_counted(lines: tuple[str, ...]) -> None:
    good = event("DTSTART:20261123T080000Z", "DTEND:20261123T090000Z", uid="good")
    found = read(event(*lines), good)
    assert (len(found.busy), found.skipped) == (1, 1)


def test_nobody_has_so_many_busy_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BUSY_TIMES", 20)
    with pytest.raises(TooMuch):
        read(event("DTSTART:20261123T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))


def test_read_apart_is_the_same() -> None:
    files = [
        calendar_file(event(f"DTSTART;{BERLIN}:20261123T090000", "DURATION:PT1H", "SUMMARY:Ü")),
        calendar_file(event("DTSTART:never")),
    ]
    assert apart.read_apart(files, BEGIN, END) == busy_times(files, BEGIN, END, LOCAL_ZONE)


def test_read_apart_a_broken_file_is_no_calendar() -> None:
    with pytest.raises(CalendarProblem) as raised:
        apart.read_apart([b"<html>"], BEGIN, END)
    assert raised.value.problem == Problem.NOT_A_CALENDAR


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=8,9,10,11;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND="
        + ",".join(map(str, range(60))),
    ],
    ids=["a day that never comes", "every second of every day"],
)
def test_a_rule_that_never_ends_is_ended(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LONGEST_S", 2)
    hostile = calendar_file(event("DTSTART:00010101T000000Z", "DURATION:PT1S", f"RRULE:{rule}"))
    began = time.monotonic()
    with pytest.raises(CalendarProblem) as raised:
        apart.read_apart([hostile], BEGIN, END)
    assert raised.value.problem == Problem.TOO_LARGE
    assert time.monotonic() - began < 10


def test_ten_years_of_a_full_calendar_are_read_in_time() -> None:
    events = [
        event(f"DTSTART:20{year:02}{month:02}{day:02}T{hour:02}0000Z", "DURATION:PT1H", uid=uid)
        for year in range(17, 27)
        for month in range(1, 13)
        for day in range(1, 28)
        for hour in (8, 13)
        for uid in [f"{year}-{month}-{day}-{hour}"]
    ]
    assert len(apart.read_apart([calendar_file(*events)], BEGIN, END).busy) > 20
