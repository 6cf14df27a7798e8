"""Signing in and out."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from wtforms import EmailField, PasswordField

from vberatung import clock, tokens
from vberatung.extensions import db, hub, login_manager
from vberatung.people import accounts
from vberatung.people.models import Staff
from vberatung.people.throttle import TooManyAttempts
from vberatung.room.hub import staff_bell
from vberatung.routes.forms import DataRequired, FlaskForm, Length, strip

pages = Blueprint("staff_session", __name__, url_prefix="/team")

OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9_/?&=.%-]*")
"""One slash and harmless characters: browsers take //host and /\\host for another site."""

login_manager.login_view = "staff_session.sign_in"
login_manager.login_message = _l("Bitte melden Sie sich an.")
login_manager.login_message_category = "info"


@login_manager.user_loader
def load_staff(session_id: str) -> Staff | None:
    return accounts.staff_of_session(db.session, session_id)


class SignInForm(FlaskForm):
    email = EmailField(
        _l("E-Mail-Adresse"),
        filters=[strip],
        validators=[DataRequired(_l("Bitte schreiben Sie Ihre E-Mail-Adresse."))],
    )
    password = PasswordField(
        _l("Passwort"),
        validators=[
            DataRequired(_l("Bitte schreiben Sie Ihr Passwort.")),
            Length(max=200, message=_l("Das Passwort darf höchstens 200 Zeichen haben.")),
        ],
    )


@pages.get("/anmelden")
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("staff_today.today"))
    return render_template("staff/sign_in.html", form=SignInForm())


@pages.post("/anmelden")
def check_sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("staff/sign_in.html", form=form), 422
    try:
        staff = accounts.sign_in(
            db.session,
            form.email.data,
            form.password.data,
            request.remote_addr or "",
            clock.now(),
        )
    except accounts.WrongPassword:
        db.session.commit()  # the failure counts
        return render_template("staff/sign_in.html", form=form, problem="wrong"), 422
    except TooManyAttempts as error:
        page = render_template("staff/sign_in.html", form=form, problem="too_many", error=error)
        return page, 429, {"Retry-After": str(error.minutes * 60)}
    db.session.commit()
    browser_session.clear()  # nothing of the visitor before the sign-in stays
    browser_session.permanent = True
    login_user(staff)
    return redirect(_own_path(request.args.get("next")), 303)


@pages.post("/abmelden")
def sign_out() -> ResponseReturnValue:
    if current_user.is_authenticated:  # a copied cookie and open pages end with it
        bell = staff_bell(current_user.id)
        current_user.session_key = tokens.secret_key()
        db.session.commit()
        hub.ring(bell)
    logout_user()
    browser_session.clear()
    return redirect(url_for("staff_session.sign_in"), 303)


def _own_path(wish: str | None) -> str:
    """The page that was asked for before the sign-in, if it is one of ours."""
    return wish if wish and OWN_PATH.fullmatch(wish) else url_for("staff_today.today")
