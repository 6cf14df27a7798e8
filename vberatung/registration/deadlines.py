"""Until when somebody must register as jobseeking (§ 38 Abs. 1 SGB III, as of 2022). Pure.

- Sentence 1: at the latest three months before the employment or training ends.
- Sentence 2: if there are fewer than three months between learning of the end and the end, within
  three days of learning of it.
- Sentence 4 (until 2021: 5): in-company training (betriebliche Ausbildung) has no such duty.

How the days are counted (§ 26 Abs. 1 SGB X: §§ 187 to 193 BGB hold, but for what it says itself):

- Employment ends with the midnight that closes its last day, so that day counts in full
  (§ 187 Abs. 2 BGB). Three months before is the midnight that closes the day of the same number
  (§ 188 Abs. 2 BGB), or the last day of a month that has no such number (§ 188 Abs. 3 BGB):
  31 May → 28 or 29 February. At some ends of months a later day leaves three full months as
  well: 30 June → 30 March, though 31 March does too. We name the earlier one: whoever keeps it is
  in time by either reading.
- The day of learning does not count (§ 187 Abs. 1 BGB), and the third day after it counts in full
  (§ 188 Abs. 1 BGB).
- A period that ends on a Saturday, a Sunday or a public holiday ends with the next working day
  (§ 26 Abs. 3 SGB X). § 193 BGB alone would not do: it speaks of declarations of intent and of
  performance, and registering is neither. The holidays are those of the place where one registers.
- Whether that holds for a period counted backwards, the three months, is disputed: who waits for
  the Monday has less than three months left. We show the day by § 26 Abs. 3 SGB X, which has no
  exception for such periods, and say that the counted day is the safe one.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

THREE_MONTHS, THREE_DAYS = RULES = ("three_months", "three_days")
MONTHS_BEFORE = 3
DAYS_AFTER = 3
SATURDAY = 5


@dataclass(frozen=True)
class Deadline:
    """The last day in time, by which of RULES, and the day before weekends were looked at."""

    rule: str
    counted: date
    last_day: date

    @property
    def shifted(self) -> bool:
        return self.last_day != self.counted

    def is_over(self, today: date) -> bool:
        return today > self.last_day


def deadline(ends_on: date, known_on: date | None, is_holiday: Callable[[date], bool]) -> Deadline:
    """The deadline for an end that is known since `known_on`; None is: since long ago."""
    counted, rule = three_months_before(ends_on), THREE_MONTHS
    if known_on and known_on > counted:
        counted, rule = known_on + timedelta(days=DAYS_AFTER), THREE_DAYS
    return Deadline(rule, counted, next_working_day(counted, is_holiday))


def three_months_before(day: date) -> date:
    """The day of the same number three months earlier, or the last one of that month."""
    years, month = divmod(day.year * 12 + day.month - 1 - MONTHS_BEFORE, 12)
    last = monthrange(years, month + 1)[1]
    return date(years, month + 1, min(day.day, last))


def next_working_day(day: date, is_holiday: Callable[[date], bool]) -> date:
    """The day itself if people work on it."""
    while day.weekday() >= SATURDAY or is_holiday(day):
        day += timedelta(days=1)
    return day
