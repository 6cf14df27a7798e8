"""Why a calendar elsewhere could not be read: stable codes, which the page puts into sentences."""

from enum import StrEnum


class Problem(StrEnum):
    REFUSED = "refused"
    """The address lies in a network that is not to be looked into from here."""
    NOT_ENCRYPTED = "not_encrypted"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    TOO_SLOW = "too_slow"
    NO_ACCESS = "no_access"
    GONE = "gone"
    SERVER_ERROR = "server_error"
    NOT_A_CALENDAR = "not_a_calendar"
    TOO_LARGE = "too_large"
    """In bytes, in occurrences, or in the work that its rules make."""
    PARTLY = "partly"
    """It was read, but for single entries whose times cannot be understood."""


class CalendarProblem(Exception):
    """The calendar could not be read. Holds nothing of its address or its content."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem
