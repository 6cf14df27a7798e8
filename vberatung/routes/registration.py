"""Registering as jobseeking: three short steps, then check and send, then the receipt.

Each step is saved in a draft, which its personal link opens again. Opening changes nothing.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from vberatung import clock, i18n, limits, links
from vberatung.booking.models import OPEN
from vberatung.extensions import csrf, db, jobs
from vberatung.limited import limited, network
from vberatung.messages import notices
from vberatung.offices.models import VIDEO, Office
from vberatung.registration import operations
from vberatung.registration.answers import COMPANY_TRAINING, read_day
from vberatung.registration.models import Registration
from vberatung.registration.queries import registration_of_link
from vberatung.routes.forms import FormThatKeepsEverything, day_mistake
from vberatung.routes.public import office_or_404
from vberatung.routes.registration_forms import (
    FINDINGS,
    KEYS,
    STEPS,
    StepForm,
    is_complete,
    sections,
    sent_answers,
    validated,
)
from vberatung.routes.telling import tell

pages = Blueprint("registration", __name__)

CHECK, RECEIPT, LATER = "pruefen", "bestaetigung", "spaeter"
BACK = "zurueck"
KNOWN_BEFORE = ("ends_on", "known_on")
"""What the page about the deadline asks already."""
A_STEP = f"/<slug>/arbeitsuchend/<token>/<any({','.join(KEYS)}):key>"


@pages.get("/<slug>/arbeitsuchend")
def start(slug: str) -> str:
    """What registering is, and until when; with both days the deadline is counted."""
    office = office_or_404(slug)
    asked = {name: request.args.get(name, "")[:20] for name in KNOWN_BEFORE}
    days = {name: read_day(text) for name, text in asked.items()}
    wrong = {name: day_mistake(text) for name, text in asked.items() if text and not days[name]}
    return render_template(
        "registration/start.html",
        office=office,
        asked=asked,
        wrong=wrong,
        known_before={name: asked[name] for name in KNOWN_BEFORE if days[name]},
        **deadline_facts(office, {} if wrong else asked, clock.today()),
    )


@pages.get("/<slug>/arbeitsuchend/neu")
def new(slug: str) -> str:
    typed = i18n.typed_form()
    asked = request.args if typed is None else typed
    kept = {name: asked[name] for name in KNOWN_BEFORE if read_day(asked.get(name))}
    return _step_page(office_or_404(slug), None, STEPS[0].form(kept, typed))


@pages.post("/<slug>/arbeitsuchend/neu")
@limited(limits.REGISTRATIONS)
@csrf.exempt  # the form checks its token itself: an old one must not lose what was typed
def create(slug: str) -> ResponseReturnValue:
    """The first step makes the draft."""
    office, now = office_or_404(slug), clock.now()
    known = {name: request.form[name] for name in KNOWN_BEFORE if read_day(request.form.get(name))}
    form = STEPS[0].form(known, request.form)
    if not (form.validate() or _leaves(form)):
        return _step_page(office, None, form), 422
    draft = operations.start(db.session, office, i18n.language(), now)
    token = operations.issue_link(db.session, draft, now)
    operations.save(db.session, draft, known, now)
    return _keep(draft, token, 0, form)


@pages.get(A_STEP)
def step(slug: str, token: str, key: str) -> ResponseReturnValue:
    draft = registration_or_404(token, slug)
    if draft.sent_at:
        return redirect(_url("receipt", draft, token))
    form = STEPS[KEYS.index(key)].form(operations.answers_of(draft), i18n.typed_form())
    return _step_page(draft.office, draft, form, token, KEYS.index(key))


@pages.post(A_STEP)
@limited(limits.REGISTRATIONS)
@csrf.exempt
def save(slug: str, token: str, key: str) -> ResponseReturnValue:
    draft, number = registration_or_404(token, slug), KEYS.index(key)
    form = STEPS[number].form(operations.answers_of(draft), request.form)
    if not (draft.sent_at or form.validate() or _leaves(form)):
        return _step_page(draft.office, draft, form, token, number), 422
    return _keep(draft, token, number, form)


@pages.get(f"/<slug>/arbeitsuchend/<token>/{CHECK}")
def check(slug: str, token: str) -> ResponseReturnValue:
    draft = registration_or_404(token, slug)
    if draft.sent_at:
        return redirect(_url("receipt", draft, token))
    return _check_page(draft, token, FormThatKeepsEverything())


@pages.post(f"/<slug>/arbeitsuchend/<token>/{CHECK}")
@limited(limits.REGISTRATIONS)
@csrf.exempt
def send(slug: str, token: str) -> ResponseReturnValue:
    draft, form, now = registration_or_404(token, slug), FormThatKeepsEverything(), clock.now()
    if draft.sent_at:
        return redirect(_url("receipt", draft, token), 303)
    steps = validated(operations.answers_of(draft))
    if not (form.validate() and all(map(is_complete, steps))):
        return _check_page(draft, token, form), 422
    if operations.send(db.session, draft, sent_answers(steps), now):
        limits.take(db.session, limits.REGISTERED, network(), now)
        tell(notices.registered, draft, now)
    db.session.commit()
    jobs.deliver_soon()
    return redirect(_url("receipt", draft, token), 303)


@pages.get(f"/<slug>/arbeitsuchend/<token>/{LATER}")
def later(slug: str, token: str) -> ResponseReturnValue:
    """How to come back to the draft."""
    draft = registration_or_404(token, slug)
    if draft.sent_at:
        return redirect(_url("receipt", draft, token))
    return render_template(
        "registration/later.html",
        office=draft.office,
        registration=draft,
        token=token,
        link=_personal_link(token),
        code=links.code_of(token),
        email=_address(draft),
        mailed="gesendet" in request.args,
    )


@pages.post(f"/<slug>/arbeitsuchend/<token>/{LATER}")
@limited(limits.REGISTRATIONS)
def send_link(slug: str, token: str) -> ResponseReturnValue:
    """The draft's link, to the address that was typed into it."""
    draft, now = registration_or_404(token, slug), clock.now()
    email = _address(draft)
    if email and not draft.sent_at:
        notices.registration_kept(db.session, draft, now)
        db.session.commit()
        jobs.deliver_soon()
    return redirect(_url("later", draft, token, gesendet=1), 303)


@pages.get("/meldung/<token>", defaults={"slug": None})
@pages.get(f"/<slug>/arbeitsuchend/<token>/{RECEIPT}")
def receipt(token: str, slug: str | None) -> ResponseReturnValue:
    """The receipt of what was sent; a draft goes on where it was left."""
    registration = registration_or_404(token, slug)
    if registration.sent_at is None:
        return redirect(_first_open(registration, token))
    if slug is None:
        return redirect(_url("receipt", registration, token))
    answers = operations.answers_of(registration)
    return render_template(
        "registration/receipt.html",
        office=registration.office,
        registration=registration,
        token=token,
        link=_personal_link(token),
        code=links.code_of(token),
        email=answers.get("email"),
        mailed=registration.mailed_at is not None,
        sections=sections(answers),
        next_url=_booking_url(registration, token),
        talk=talk if (talk := registration.appointment) and talk.status in OPEN else None,
        **deadline_facts(registration.office, answers, clock.local_day(registration.sent_at)),
    )


@pages.get(f"/<slug>/arbeitsuchend/<token>/{RECEIPT}.pdf")
def receipt_pdf(slug: str, token: str) -> Response:
    registration = registration_or_404(token, slug)
    if registration.sent_at is None:
        abort(404)
    from vberatung.routes.registration_paper import pdf_of  # 33 MB that few processes need

    return pdf_of(registration)


def registration_or_404(token: str, slug: str | None) -> Registration:
    """What the link leads to, if it is this office's; drafts end with their time."""
    found = registration_of_link(db.session, token) or abort(404)
    if slug not in (None, found.office.slug) or found.delete_after <= clock.now():
        abort(404)
    g.office = found.office  # an error page then names the right one
    return found


def deadline_facts(office: Office, answers: Mapping[str, str], day: date) -> dict[str, object]:
    """What `registration/_deadline.html` shows, as of this local day."""
    return {
        "deadline": operations.deadline_of(office, answers),
        "ends_on": read_day(answers.get("ends_on")),
        "known_on": read_day(answers.get("known_on")),
        "no_duty": answers.get("kind") == COMPANY_TRAINING,
        "day": day,
    }


def _leaves(form: StepForm) -> bool:
    """Going back or away keeps what was typed, right or wrong."""
    ours = not (form.csrf_token.errors or form.form_errors)
    return ours and request.form.get("go") in (BACK, LATER)


def _keep(draft: Registration, token: str, number: int, form: StepForm) -> ResponseReturnValue:
    """Save the step and go on to where the pressed button leads."""
    answers = form.answers()
    language = answers.get("language")
    try:
        operations.save(
            db.session,
            draft,
            answers,
            clock.now(),
            language=language if language in i18n.LANGUAGES else None,
        )
    except operations.AlreadySent:
        return redirect(_url("receipt", draft, token), 303)
    db.session.commit()
    return redirect(_after(draft, token, number), 303)


def _after(draft: Registration, token: str, number: int) -> str:
    go = request.form.get("go")
    if go == LATER:
        return _url("later", draft, token)
    if go == BACK:
        return _url("step", draft, token, key=KEYS[max(0, number - 1)])
    if number + 1 == len(STEPS) or request.args.get("von") == CHECK:
        return _url("check", draft, token)
    return _url("step", draft, token, key=KEYS[number + 1])


def _first_open(draft: Registration, token: str) -> str:
    """The first step that is not complete, else the page to check and send."""
    forms = validated(operations.answers_of(draft))
    for key, form in zip(KEYS, forms, strict=True):
        if not is_complete(form):
            return _url("step", draft, token, key=key)
    return _url("check", draft, token)


def _step_page(
    office: Office, draft: Registration | None, form: StepForm, token: str = "", number: int = 0
) -> str:
    """A step of the draft; the first one comes before there is any."""
    carried = {name: form.kept[name] for name in KNOWN_BEFORE if name in form.kept}
    return render_template(
        f"registration/{KEYS[number]}.html",
        office=office,
        registration=draft,
        token=token,
        form=form,
        number=number,
        steps=STEPS,
        ways=_ways(office, token),
        findings=FINDINGS,
        carried={} if draft else carried,
        von=CHECK if request.args.get("von") == CHECK else None,
        **deadline_facts(office, form.kept, clock.today()),
    )


def _check_page(draft: Registration, token: str, form: FormThatKeepsEverything) -> str:
    answers = operations.answers_of(draft)
    return render_template(
        "registration/check.html",
        office=draft.office,
        registration=draft,
        token=token,
        form=form,
        steps=STEPS,
        ways=_ways(draft.office, token),
        findings=FINDINGS,
        sections=sections(answers),
        problems={
            key: problem
            for key, problem in zip(KEYS, validated(answers), strict=True)
            if not is_complete(problem)
        },
        **deadline_facts(draft.office, answers, clock.today()),
    )


def _ways(office: Office, token: str) -> list[tuple[object, str]]:
    """The progress line: names of the steps with their addresses, as far as there is a draft."""
    url = partial(url_for, "registration.step", slug=office.slug, token=token)
    ways = [(step.title, url(key=step.key) if token else "") for step in STEPS]
    return [*ways, (gettext("Prüfen und senden"), "")]


def _booking_url(registration: Registration, token: str) -> str:
    """To the first talk, by video where it is offered; without such a topic to the office."""
    office = registration.office
    topic = next((topic for topic in office.topics if topic.after_registration), None)
    if topic is None:
        return url_for("public.office", slug=office.slug)
    return url_for(
        "booking.new",
        slug=office.slug,
        topic=topic.slug,
        channel=VIDEO if VIDEO in topic.channels else None,
        occasion=f"meldung.{token}",
    )


def _address(draft: Registration) -> str | None:
    """Where a mail can go: what was kept of a step may be wrong."""
    person = validated(operations.answers_of(draft))[0]
    return None if "email" in person.errors else operations.answers_of(draft).get("email")


def _personal_link(token: str) -> str:
    return i18n.absolute_url("registration.receipt", token=token)


def _url(page: str, registration: Registration, token: str, **values: Any) -> str:
    slug = registration.office.slug
    return url_for(f"registration.{page}", slug=slug, token=token, **values)
