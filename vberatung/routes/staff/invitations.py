"""The office's invitations: the list with the state of each, one new, again, back, on paper."""

from collections.abc import Sequence

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from vberatung import clock, i18n
from vberatung.booking.queries import appointment_of
from vberatung.extensions import db, jobs
from vberatung.invitations import operations, queries, states, upload
from vberatung.invitations.models import LETTER, Invitation
from vberatung.messages import notices
from vberatung.messages.invitations import undelivered
from vberatung.messages.invitations import withdraw as withdraw_messages
from vberatung.routes.forms import id_in
from vberatung.routes.staff.confirmation import ask
from vberatung.routes.staff.invitation_forms import WAY_NAMES, InvitationForm, again

pages = Blueprint("staff_invitations", __name__, url_prefix="/team/einladen")

LETTERS_AT_ONCE = 200
"""Pages of one file: some seconds of work."""
MOST_EXPORTED = 10_000
LARGEST_PAGE = 10_000
STATE_NAMES = {
    states.TO_PRINT: _l("Brief zu drucken"),
    states.SENT: _l("gesendet"),
    states.UNDELIVERED: _l("nicht zugestellt"),
    states.REMINDED: _l("erinnert"),
    states.BOOKED: _l("gebucht"),
    states.EXPIRED: _l("abgelaufen"),
    states.WITHDRAWN: _l("zurückgenommen"),
}


@pages.get("")
@login_required
def list_all() -> str:
    state = request.args.get("zustand")
    state = state if state in states.STATES else None
    page = min(max(request.args.get("seite", 1, type=int), 1), LARGEST_PAGE)
    rows, more = _in_state(state, page)
    waiting = queries.count_in_state(
        db.session, current_user.office_id, clock.now(), states.TO_PRINT
    )
    return render_template(
        "staff/invitations/list.html",
        office=current_user.office,
        rows=rows,
        state=state,
        state_names=STATE_NAMES,
        way_names=WAY_NAMES,
        open_states=states.OPEN,
        page=page,
        more=more,
        letters=waiting,
        letters_at_once=LETTERS_AT_ONCE,
        reminded_after=states.REMIND_AFTER.days,
    )


@pages.get("/stand.csv")
@login_required
def export() -> Response:
    """The whole list for a spreadsheet."""
    rows, _ = _in_state(None, 1, MOST_EXPORTED)
    head = (gettext("Name"), gettext("Thema"), gettext("Weg"), gettext("Zustand"), gettext("Bis"))
    body = (
        (
            each.name,
            i18n.translated(each.topic.name),
            str(WAY_NAMES[each.way]),
            str(STATE_NAMES[state]),
            f"{clock.to_local(each.expires_at):%Y-%m-%d}",
        )
        for each, state in rows
    )
    return csv_file(upload.as_csv((head, *body)), "einladungen.csv")


@pages.get("/neu")
@login_required
def new() -> str:
    """With `?nach=` the number of an own appointment, its person is filled in."""
    id = id_in(request.args.get("nach"))
    earlier = appointment_of(db.session, current_user, id) if id else None
    return _new(InvitationForm(current_user, data=again(current_user, earlier) if earlier else {}))


@pages.post("/neu")
@login_required
def create() -> ResponseReturnValue:
    form = InvitationForm(current_user)
    if not form.validate_on_submit():
        return _new(form), 422
    now = clock.now()
    try:
        invitation = operations.invite(db.session, current_user, form.terms(), form.invitee(), now)
    except operations.AlreadyInvited:
        db.session.rollback()
        form.name.errors = [
            gettext("Diese Person hat zu diesem Thema schon eine offene Einladung.")
        ]
        return _new(form), 422
    except operations.TooManyInvitations as error:
        db.session.rollback()
        form.form_errors.append(too_many(error))
        return _new(form), 422
    send([invitation])
    return redirect(url_for("staff_invitations.list_all"), 303)


@pages.post("/<int:id>/noch-einmal")
@login_required
def send_again(id: int) -> ResponseReturnValue:
    invitation, now = own_or_404(id), clock.now()
    if invitation.way == LETTER:
        abort(404)
    try:
        operations.send_again(db.session, invitation, now)
    except operations.NotOpen:
        return _not_open()
    withdraw_messages(db.session, invitation.id)  # two at once would help nobody
    send([invitation])
    return redirect(url_for("staff_invitations.list_all"), 303)


@pages.get("/<int:id>/zuruecknehmen")
@login_required
def confirm_withdrawal(id: int) -> ResponseReturnValue:
    invitation = own_or_404(id)
    if not operations.is_open(invitation, clock.now()):
        return redirect(url_for("staff_invitations.list_all"))
    return ask(
        gettext("Möchten Sie diese Einladung zurücknehmen?"),
        [
            (gettext("Name"), invitation.name),
            (gettext("Thema"), i18n.translated(invitation.topic.name)),
            (gettext("Weg"), str(WAY_NAMES[invitation.way])),
            (gettext("Gilt bis"), i18n.long_date(invitation.expires_at)),
        ],
        gettext(
            "Die Person kann dann mit der Einladung keine Zeit mehr wählen. Wir schreiben ihr "
            "darüber nichts; auf der Seite der Einladung steht es."
        ),
        action=gettext("Einladung jetzt zurücknehmen"),
        keep=gettext("Einladung behalten"),
        back=url_for("staff_invitations.list_all"),
    )


@pages.post("/<int:id>/zuruecknehmen")
@login_required
def withdraw(id: int) -> ResponseReturnValue:
    invitation = own_or_404(id)
    try:
        operations.withdraw(db.session, invitation, clock.now())
    except operations.NotOpen:
        return _not_open()
    withdraw_messages(db.session, invitation.id)
    db.session.commit()
    flash(gettext("Die Einladung ist zurückgenommen."), "success")
    return redirect(url_for("staff_invitations.list_all"), 303)


@pages.post("/<int:id>/brief")
@login_required
def print_one(id: int) -> ResponseReturnValue:
    """Once more, or for the first time; earlier letters stay valid."""
    invitation = own_or_404(id)
    if invitation.way != LETTER:
        abort(404)
    if not operations.is_open(invitation, clock.now()):
        return _not_open()
    return _print([invitation])


@pages.post("/briefe")
@login_required
def print_waiting() -> ResponseReturnValue:
    letters = queries.letters_to_print(
        db.session, current_user.office_id, clock.now(), LETTERS_AT_ONCE
    )
    if not letters:
        flash(gettext("Es gibt keinen Brief, der noch zu drucken ist."), "info")
        return redirect(url_for("staff_invitations.list_all"), 303)
    return _print(letters)


def own_or_404(id: int) -> Invitation:
    return queries.invitation_of(db.session, current_user.office_id, id) or abort(404)


def send(invitations: Sequence[Invitation]) -> None:
    """Messages to all who get one, commit, and a word about what happens now."""
    messages = [each for each in invitations if each.way != LETTER]
    for invitation in messages:
        notices.invited(db.session, invitation, clock.now())
    db.session.commit()
    jobs.deliver_soon()
    letters = len(invitations) - len(messages)
    if messages:
        sentence = ngettext(
            "Die Einladung ist unterwegs.", "%(num)s Einladungen sind unterwegs.", len(messages)
        )
        flash(sentence, "success")
    if letters:
        sentence = ngettext(
            "Ein Brief ist vorbereitet. Sie können ihn jetzt drucken.",
            "%(num)s Briefe sind vorbereitet. Sie können sie jetzt drucken.",
            letters,
        )
        flash(sentence, "info")


def too_many(error: operations.TooManyInvitations) -> str:
    return str(
        ngettext(
            "Eine Dienststelle kann an einem Tag höchstens %(most)s Menschen einladen. Heute "
            "ist es noch %(num)s Mensch.",
            "Eine Dienststelle kann an einem Tag höchstens %(most)s Menschen einladen. Heute "
            "sind es noch %(num)s Menschen.",
            error.left,
            most=operations.MOST_A_DAY,
        )
    )


def csv_file(text: str, name: str) -> Response:
    return Response(
        text,
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _new(form: InvitationForm) -> str:
    return render_template("staff/invitations/new.html", office=current_user.office, form=form)


def _not_open() -> ResponseReturnValue:
    db.session.rollback()
    flash(gettext("Diese Einladung gilt nicht mehr. Die Liste zeigt, warum."), "error")
    return redirect(url_for("staff_invitations.list_all"), 303)


def _in_state(
    state: str | None, page: int, size: int = queries.PAGE_SIZE
) -> tuple[list[tuple[Invitation, str]], bool]:
    """Invitations with their state, and whether more follow."""
    office_id, now = current_user.office_id, clock.now()
    found, more = queries.invitations_of(
        db.session, office_id, now, state, undelivered=undelivered(office_id), page=page, size=size
    )
    lost = set(db.session.scalars(undelivered(office_id, [each.id for each in found])))
    facts = [queries.facts_of(each, undelivered=each.id in lost) for each in found]
    return [(each, states.state_of(f, now)) for each, f in zip(found, facts, strict=True)], more


def _print(letters: Sequence[Invitation]) -> Response:
    from vberatung.routes.staff.invitation_letters import as_pdf  # 33 MB that few processes need

    now = clock.now()
    tokens = operations.note_printed(db.session, letters, now)
    db.session.commit()  # nobody waits for the database while the file is made
    return Response(
        as_pdf(zip(letters, tokens, strict=True), now),
        mimetype="application/pdf",
        headers={"Content-Disposition": "attachment; filename=einladungen.pdf"},
    )
