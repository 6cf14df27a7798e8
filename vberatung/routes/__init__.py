"""Thin blueprints: a route parses, calls one verb, commits, and answers."""

from flask import Flask, Response, abort
from htmx_flask import request

from vberatung import i18n
from vberatung.config import Settings
from vberatung.db import begin_write
from vberatung.extensions import db
from vberatung.headers import SAFE_METHODS
from vberatung.routes import (
    appointment,
    appointment_changes,
    booking,
    code,
    demo,
    feedback,
    guest,
    hand_over,
    health,
    invitation,
    link_again,
    metrics,
    public,
    receipt,
    registration,
    room,
    room_guests,
    room_parts,
    signalling,
    static_files,
    techcheck,
    techcheck_socket,
    waiting,
    waiting_room,
)
from vberatung.routes.admin import doctor as admin_doctor
from vberatung.routes.admin import office as admin_office
from vberatung.routes.admin import postcodes as admin_postcodes
from vberatung.routes.sockets import refuse_compression
from vberatung.routes.staff import (
    availability,
    calendars,
    cancellation,
    delivery,
    desk,
    devices,
    invitation_list,
    invitations,
    live,
    outcome,
    registrations,
    session,
    statistics,
    talk,
    talk_now,
    today,
    waiting_message,
)
from vberatung.routes.templating import add_template_globals


def init_app(app: Flask, settings: Settings) -> None:
    @app.before_request
    def refuse_null() -> None:
        """No address of ours holds a NUL, which neither PostgreSQL nor the file system takes."""
        if "\0" in request.path:
            abort(404)

    @app.before_request
    def write_from_the_start() -> None:
        if request.method not in SAFE_METHODS:
            _ = request.form  # the whole body first: a slow sender must not hold the lock
            begin_write(db.session)

    @app.after_request
    def keep_address_on_error(response: Response) -> Response:
        """A form with errors stays at the address of its page: reload and back work."""
        if request.htmx and response.status_code >= 400:
            response.headers["HX-Push-Url"] = "false"
        return response

    metrics.init_app(app)
    app.before_request(refuse_compression)
    app.after_request(i18n.keep_language)
    add_template_globals(app, settings)
    for module in (
        health,
        metrics,
        static_files,
        session,
        today,
        talk,
        talk_now,
        waiting_message,
        desk,
        devices,
        outcome,
        invitations,
        invitation_list,
        live,
        statistics,
        delivery,
        availability,
        calendars,
        cancellation,
        appointment,
        appointment_changes,
        code,
        link_again,
        invitation,
        room,
        waiting_room,
        receipt,
        techcheck,
        room_guests,
        guest,
        room_parts,
        hand_over,
        feedback,
        signalling,
        techcheck_socket,
        public,
        booking,
        admin_doctor,
        admin_office,
        admin_postcodes,
        waiting,
        registration,
        registrations,
    ):
        app.register_blueprint(module.pages)
    if settings.demo:
        app.register_blueprint(demo.pages)
