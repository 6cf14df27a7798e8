"""One registration as JSON, for the office's own systems. The keys stay; docs/registration.md."""

from vberatung.registration import operations
from vberatung.registration.answers import STEPS
from vberatung.registration.models import Registration

FORMAT = "vberatung.registration/1"
"""Changes when a key is renamed or its meaning changes, not when one is added."""


def export(registration: Registration) -> dict[str, object]:
    """Every key is there; what was not answered is null. Days are ISO dates, moments UTC."""
    answers = operations.answers_of(registration)
    deadline = operations.deadline_of(registration.office, answers)
    sent_at = registration.sent_at
    return {
        "format": FORMAT,
        "number": registration.number,
        "office": registration.office.slug,
        "sent_at": sent_at.isoformat() if sent_at else None,
        "delete_after": registration.delete_after.isoformat(),
        "deadline": {
            "rule": deadline.rule if deadline else None,
            "last_day": deadline.last_day.isoformat() if deadline else None,
        },
        **{step: {name: answers.get(name) for name in names} for step, names in STEPS.items()},
    }
