"""A counsellor is away: what becomes of the appointments of those days.

`plan` proposes for each one a colleague at the same time, or to cancel it. `carry_out` does what
was decided; everything is checked again, and what has changed meanwhile is cancelled.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from vberatung import clock
from vberatung.booking import operations, queries
from vberatung.booking.availability import free_slots, window_of
from vberatung.booking.claims import QUANTUM_S, quanta
from vberatung.booking.free import Wish, closed_days, free_slots_of, load_pool, rule_of
from vberatung.booking.models import OPEN, Appointment
from vberatung.booking.operations import (
    SlotTaken,
    TooLate,
    attempt,
    hand_to,
    has_room,
    release_expired,
)
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
    speaks: bool = True
    """Whether the colleague talks in the language in which the person has booked, if the absent
    counsellor does."""


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
    colleagues = Colleagues(session, counsellor, now)
    times = OtherTimes(session, counsellor, begin, end, now)
    proposals = []
    for each in appointments:
        colleague = colleagues.for_(each)
        speaks = colleague is None or colleagues.speaks(colleague.id, each)
        proposals.append(Proposal(each, colleague, times.next_for(each), speaks))
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
    except SlotTaken:
        return False
    return True


def free_colleagues(
    session: AnySession, topic: Topic, channel: str, start: datetime, now: datetime
) -> list[int]:
    """Who takes the topic, works at this moment by this channel and has nothing else then.

    Neither notice nor horizon nor the grid of starts counts: the appointment exists already.
    """
    return _free_on(session, topic, channel, clock.local_day(start), now).get(start, [])


def _free_on(
    session: AnySession, topic: Topic, channel: str, day: date, now: datetime
) -> Mapping[datetime, list[int]]:
    """Every five minutes of one local day → who could begin a talk on the topic then."""
    ahead = (day - clock.local_day(now)).days + 2
    rule = replace(rule_of(topic), notice_min=0, horizon_days=ahead, step_min=QUANTUM_S // 60)
    window = window_of(rule, now, clock.LOCAL_ZONE, only=day)
    window = replace(window, closed=closed_days(session, topic.office_id, [day]))
    pool = load_pool(session, topic, window, now, Wish(channel))
    return free_slots(pool, rule, window, channel)


@dataclass
class Colleagues:
    """Finds a colleague for one appointment after the other, and remembers who is spoken for."""

    session: AnySession
    absent: Staff
    now: datetime
    _free: dict[tuple[int, str, date], Mapping[datetime, list[int]]] = field(default_factory=dict)
    _given: defaultdict[int, list[Appointment]] = field(default_factory=lambda: defaultdict(list))

    def for_(self, appointment: Appointment) -> Staff | None:
        """The first in fair order, those with the person's language before all others.

        What is proposed to them already counts as booked.
        """
        day = clock.local_day(appointment.starts_at)
        key = (appointment.topic_id, appointment.channel, day)
        if key not in self._free:
            self._free[key] = _free_on(
                self.session, appointment.topic, appointment.channel, day, self.now
            )
        free = [
            id
            for id in self._free[key].get(appointment.starts_at, [])
            if id != self.absent.id and self._fits(id, appointment)
        ]
        fair = queries.by_load(self.session, free, appointment.starts_at)
        for id in sorted(
            fair, key=lambda id: (not self.speaks(id, appointment), len(self._given[id]))
        ):
            if self._has_room(id, day):
                self._given[id].append(appointment)
                return self.session.get(Staff, id)
        return None

    def speaks(self, id: int, appointment: Appointment) -> bool:
        """Whether nothing is lost with this colleague as far as the person's language goes."""
        wanted = appointment.spoken or appointment.language
        if wanted not in self.absent.languages:
            return True
        return wanted in self.session.get_one(Staff, id).languages

    def _fits(self, id: int, appointment: Appointment) -> bool:
        """Whether nothing that is proposed to this colleague already touches it."""
        needed = _quanta(appointment)
        return all(
            needed.stop <= given.start or given.stop <= needed.start
            for given in map(_quanta, self._given[id])
        )

    def _has_room(self, id: int, day: date) -> bool:
        colleague = self.session.get_one(Staff, id)
        if colleague.daily_maximum is None:
            return True
        begin, end = days_between(day, day)
        booked = self.session.execute(queries.starts_between([id], begin, end)).all()
        given = [a for a in self._given[id] if clock.local_day(a.starts_at) == day]
        return len(booked) + len(given) < colleague.daily_maximum


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


def _quanta(appointment: Appointment) -> range:
    topic = appointment.topic
    return quanta(
        appointment.starts_at, appointment.ends_at, topic.buffer_before_min, topic.buffer_after_min
    )
