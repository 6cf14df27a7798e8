"""Extension objects, made here without an application and bound to one in create_app."""

from typing import Any, cast

from flask import Flask, current_app, has_app_context
from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import ApplicationLimit, Limiter
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sock import Sock
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from vberatung import limited
from vberatung.db import Base
from vberatung.jobs.runner import Jobs
from vberatung.limits import storage
from vberatung.room.hub import Hub, MemoryHub
from vberatung.techcheck.service import EchoService

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
storage.use_engine(lambda: db.engine)
migrate = Migrate()
csrf = CSRFProtect()
login_manager = LoginManager()
babel = Babel()
htmx = Htmx()
sock = Sock()
compress = Compress()
jobs = Jobs()
limiter = Limiter(
    key_func=limited.network_key,
    application_limits=[
        ApplicationLimit(limit_provider=of, key_function=key, scope=limited.scope)
        for of, key in (
            (limited.for_visitor, limited.visitor_key),
            (limited.for_network, limited.network_key),
        )
    ],
    swallow_errors=True,  # where counting fails, people come in
)


class ChosenHub:
    """The application's hub: one in memory, unless its settings choose another."""

    def __init__(self) -> None:
        self._in_memory = MemoryHub()

    def __getattr__(self, name: str) -> Any:
        chosen = current_app.extensions.get("hub") if has_app_context() else None
        return getattr(chosen or self._in_memory, name)


def choose_hub(app: Flask, chosen: Hub) -> None:
    app.extensions["hub"] = chosen


hub = cast(Hub, ChosenHub())


def echoes() -> EchoService:
    """The application's echo, made in create_app with its settings."""
    service: EchoService = current_app.extensions["echoes"]
    return service
