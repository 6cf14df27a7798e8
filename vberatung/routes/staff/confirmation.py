"""Before something is taken away: a page that asks, and says what it would mean."""

from collections.abc import Sequence

from flask import render_template, request
from flask_login import current_user


def ask(
    question: str,
    facts: Sequence[tuple[str, str]],
    consequence: str,
    *,
    action: str,
    keep: str,
    back: str,
) -> str:
    """The button `action` posts to the address of this page; the link `keep` leads `back`."""
    return render_template(
        "staff/confirmation.html",
        office=current_user.office,
        question=question,
        pairs=facts,
        consequence=consequence,
        action=action,
        address=request.path,
        keep=keep,
        back=back,
    )
