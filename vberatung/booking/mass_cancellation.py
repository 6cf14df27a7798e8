"""A counsellor is away: what becomes of the appointments of those days.

`plan` proposes for each one a colleague at the same time, or to cancel it. `carry_out` does what
was decided; everything is checked again, and what has changed meanwhile is cancelled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vberatung import clock
from vberatung.booking import operations, queries
from vberatung.booking.availability import QUANTUM, QUANTUM_MIN, Window, free_slots
from vberatung.booking.free import (
    Wish,
    closed_days,
    free_slots_of,
    load_pool,
    room_left,
    rule_of,
)
from vberatung.booking.models import OPEN, Appointment
from vberatung.booking.operations import (
    SlotTaken,
    TooLate,
    attempt,
    check_present,
    hand_to,
    has_room,
    release_expired,
)
from vberatung.booking.shares import Shares
from vberatung.booking.working_hours import be_absent
from vberatung.db import AnySession
from vberatung.offices.models import Topic
from vberatung.people.models import Staff

OTHER_TIMES = 3
"""So many free times are named to whoever is cancelled."""

HAND_OVER, CANCEL, KEEP = DECISIONS = ("hand_over", "cancel", "keep")
HANDED_OVER, CANCELLED, KEPT, GONE = OUTCOMES = ("handed_over", "cancelled", "kept", "gone")
"""Gone: the person cancelled or moved it meanwhile, or it has begun."""


@dataclass(frozen=True)
class Proposal:
    """What may become of one appointment: the colleague who could take it, and other times."""

    appointment: Appointment
    colleague: Staff | None
    others: Sequence[datetime]
    lost: str | None = None
    """The language that the person wants and the colleague does not talk, but the absent does."""


@dataclass(frozen=True)
class Decision:
    """What the office has chosen for one appointment; `colleague_id` with HAND_OVER."""

    kind: str
    colleague_id: int | None = None


@dataclass(frozen=True)
class Result:
    """What has become of one appointment."""

    appointment: Appointment
    outcome: str
    others: Sequence[datetime] = ()
    """With CANCELLED: the next free times."""
    fell_back: bool = False
    """It was to be handed over, but the colleague is no longer free."""


def appointments_between(
    session: AnySession, counsellor: Staff, begin: datetime, end: datetime, now: datetime
) -> Sequence[Appointment]:
    """The counsellor's open appointments with a start in [begin, end) that have not begun."""
    return session.scalars(
        select(Appointment)
        .where(
            Appointment.counsellor_id == counsellor.id,
            Appointment.status.in_(OPEN),
            Appointment.talk_ended_at.is_(None),
            Appointment.starts_at >= max(begin, now),
            Appointment.starts_at > now,
            Appointment.starts_at < end,
        )
        .options(joinedload(Appointment.topic), joinedload(Appointment.office))
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()


def days_between(first: date, last: date) -> tuple[datetime, datetime]:
    """Local midnight before the first day, and after the last."""
    begin, end = (
        datetime.combine(day, time(), clock.LOCAL_ZONE) for day in (first, last + timedelta(days=1))
    )
    return begin, end


def plan(
    session: AnySession, counsellor: Staff, begin: datetime, end: datetime, now: datetime
) -> list[Proposal]:
    """A proposal for each appointment; taken together, no colleague is needed twice at a time."""
    appointments = appointments_between(session, counsellor, begin, end, now)
    if not appointments:
        return []
    colleagues = Colleagues(session, counsellor, appointments, now)
    times = OtherTimes(session, counsellor, begin, end, now)
    proposals = []
    for each in appointments:
        colleague = colleagues.for_(each)
        lost = colleagues.lost(colleague, each) if colleague else None
        proposals.append(Proposal(each, colleague, times.next_for(each), lost))
    return proposals


def carry_out(
    session: AnySession,
    counsellor: Staff,
    begin: datetime,
    end: datetime,
    decisions: Mapping[int, Decision],
    now: datetime,
    *,
    absent: bool,
) -> list[Result]:
    """Hand over, cancel or keep as decided; `absent` enters the days as an absence too.

    What nobody has decided about was booked meanwhile, and is cancelled.
    """
    release_expired(session, now)
    found = _locked_between(session, counsellor, begin, end, now)
    if absent and end > now:
        # Appointments before counsellors, as whoever moves one locks them; then once more, for
        # what was booked while we waited for the counsellor.
        be_absent(session, counsellor.id, max(begin, now), end)
        found = _locked_between(session, counsellor, begin, end, now)
    times = OtherTimes(session, counsellor, begin, end, now)
    results = []
    for appointment in sorted(found, key=lambda each: (each.starts_at, each.id)):
        decision = decisions.get(appointment.id, Decision(CANCEL))
        results.append(_do(session, counsellor, appointment, decision, times, now))
    missing = decisions.keys() - {each.id for each in found}
    gone = session.scalars(
        select(Appointment).where(
            Appointment.id.in_(missing), Appointment.office_id == counsellor.office_id
        )
    )
    return results + [Result(appointment, GONE) for appointment in gone]


def _locked_between(
    session: AnySession, counsellor: Staff, begin: datetime, end: datetime, now: datetime
) -> Sequence[Appointment]:
    ids = [each.id for each in appointments_between(session, counsellor, begin, end, now)]
    return session.scalars(
        select(Appointment)
        .where(Appointment.id.in_(ids))
        .order_by(Appointment.id)  # two of these never wait for each other
        .with_for_update(of=Appointment)
        .execution_options(populate_existing=True)
    ).all()


def _do(
    session: AnySession,
    counsellor: Staff,
    appointment: Appointment,
    decision: Decision,
    times: "OtherTimes",
    now: datetime,
) -> Result:
    if appointment.counsellor_id != counsellor.id or not operations.can_change(appointment, now):
        return Result(appointment, GONE)
    if decision.kind == KEEP:
        return Result(appointment, KEPT)
    if decision.kind == HAND_OVER and _hand_over(
        session, counsellor, appointment, decision.colleague_id, now
    ):
        return Result(appointment, HANDED_OVER)
    try:
        operations.cancel(session, appointment, now, by_office=True)
    except TooLate:
        return Result(appointment, GONE)
    fell_back = decision.kind == HAND_OVER
    return Result(appointment, CANCELLED, times.next_for(appointment), fell_back)


def _hand_over(
    session: AnySession,
    counsellor: Staff,
    appointment: Appointment,
    colleague_id: int | None,
    now: datetime,
) -> bool:
    """Whether the colleague is still free and has taken it."""
    if colleague_id is None or colleague_id == counsellor.id:
        return False
    start = appointment.starts_at
    free = free_colleagues(session, appointment.topic, appointment.channel, start, now)
    if colleague_id not in free:
        return False
    try:
        with attempt(session):
            if not has_room(session, colleague_id, start):
                return False
            hand_to(session, appointment, colleague_id, start, now)
            check_present(session, colleague_id, start, appointment.ends_at)
    except SlotTaken:
        return False
    return True


def free_colleagues(
    session: AnySession, topic: Topic, channel: str, start: datetime, now: datetime
) -> list[int]:
    """Who takes the topic, works at this moment by this channel and has nothing else then."""
    day = clock.local_day(start)
    return FreeTimes(session, topic, day, day, now).at(channel, start)


class FreeTimes:
    """Who could begin a talk on the topic when, every five minutes of these local days.

    Neither notice nor horizon nor the grid of starts counts: the appointment exists already.
    Everything is loaded once, and calculated for the days that are asked for.
    """

    def __init__(
        self, session: AnySession, topic: Topic, first: date, last: date, now: datetime
    ) -> None:
        self._now = now
        self._rule = replace(rule_of(topic), notice_min=0, step_min=QUANTUM_MIN)
        window = self._window(first, last)
        closed = closed_days(session, topic.office_id, window.days)
        self._whole = replace(window, closed=closed)
        self._pool = load_pool(session, topic, self._whole, now)
        self._free: dict[tuple[str, date], Mapping[datetime, list[int]]] = {}

    def at(self, channel: str, start: datetime) -> list[int]:
        day = clock.local_day(start)
        if (channel, day) not in self._free:
            window = replace(self._window(day, day), closed=self._whole.closed)
            self._free[channel, day] = free_slots(self._pool, self._rule, window, channel)
        return self._free[channel, day].get(start, [])

    def _window(self, first: date, last: date) -> Window:
        begin, end = days_between(first, last)
        return Window(max(begin, self._now), end - QUANTUM, clock.LOCAL_ZONE)


class Colleagues:
    """Finds a colleague for one appointment after the other; what is proposed counts as booked.

    Everything is loaded once, however many appointments and colleagues there are.
    """

    def __init__(
        self,
        session: AnySession,
        absent: Staff,
        appointments: Sequence[Appointment],
        now: datetime,
    ) -> None:
        """`appointments` in order of time, at least one."""
        self._absent = absent
        others = select(Staff).where(
            Staff.office_id == absent.office_id, Staff.active, Staff.id != absent.id
        )
        self._staff = {staff.id: staff for staff in session.scalars(others)}
        begin, end = appointments[0].starts_at, appointments[-1].starts_at
        first, last = clock.local_day(begin), clock.local_day(end)
        topics = {each.topic for each in appointments}
        self._free = {each: FreeTimes(session, each, first, last, now) for each in topics}
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        maxima = {
            id: staff.daily_maximum
            for id, staff in self._staff.items()
            if staff.daily_maximum is not None
        }
        self._shares = Shares(
            queries.booked_by_week(session, list(self._staff), begin, end),
            room_left(session, maxima, days, now),
        )

    def for_(self, appointment: Appointment) -> Staff | None:
        """The first in fair order, those with the person's language before all others."""
        topic, start = appointment.topic, appointment.starts_at
        free = [id for id in self._free[topic].at(appointment.channel, start) if id in self._staff]
        able = self._shares.open_to(free, topic, start)
        if not able:
            return None
        id = min(able, key=lambda id: self.lost(self._staff[id], appointment) is not None)
        self._shares.give(id, topic, start)
        return self._staff[id]

    def lost(self, colleague: Staff, appointment: Appointment) -> str | None:
        """The language that the person wants and the absent counsellor talks, but not this one."""
        wanted = appointment.spoken or appointment.language
        lost = wanted in self._absent.languages and wanted not in colleague.languages
        return wanted if lost else None


@dataclass
class OtherTimes:
    """The next free times of each topic and channel, without the absent counsellor's."""

    session: AnySession
    absent: Staff
    begin: datetime
    end: datetime
    now: datetime
    _free: dict[tuple[int, Wish], list[datetime]] = field(default_factory=dict)

    def next_for(self, appointment: Appointment) -> list[datetime]:
        key = (appointment.topic_id, Wish(appointment.channel, appointment.spoken))
        if key not in self._free:
            self._free[key] = self._starts(appointment.topic, key[1])
        return self._free[key][:OTHER_TIMES]

    def _starts(self, topic: Topic, wish: Wish) -> list[datetime]:
        """Within the absence only what somebody else has free."""
        return [
            start
            for start, ids in free_slots_of(self.session, topic, self.now, wish).items()
            if set(ids) - {self.absent.id} or not self.begin <= start < self.end
        ]
