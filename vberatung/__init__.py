"""Videoberatung: book a counselling appointment, hold it by video, run the counselling day."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from vberatung import cli, config, crypto, errors, headers, i18n, routes, tables  # noqa: F401
from vberatung.db import tune_sqlite
from vberatung.extensions import (
    babel,
    choose_hub,
    compress,
    csrf,
    db,
    htmx,
    jobs,
    limiter,
    login_manager,
    migrate,
    sock,
)
from vberatung.routes import language
from vberatung.techcheck.service import EchoService


def create_app(settings: config.Settings | None = None) -> Flask:
    """The application: configuration → extensions → routes → errors → commands."""
    settings = settings or config.load()
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(settings.flask(), SETTINGS=settings)
    crypto.use_keys(settings.field_keys, settings.secret_key)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            tune_sqlite(db.engine)
    migrate.init_app(app, db, directory=str(config.PROJECT / "migrations"))
    babel.init_app(app, locale_selector=i18n.choose_language)
    compress.init_app(app)
    htmx.init_app(app)
    sock.init_app(app)
    login_manager.init_app(app)
    language.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)  # counts before the writing transaction of routes begins
    jobs.init_app(app, db.session, settings)
    if settings.redis_url:
        from vberatung.room.redis_hub import RedisHub  # an optional package

        choose_hub(app, RedisHub(settings.redis_url, **config.REDIS_TIMEOUTS))

    app.extensions["echoes"] = EchoService(
        settings.echo_places, settings.stun_urls, settings.echo_ports, settings.echo_address
    )
    headers.init_app(app, https=settings.https)
    routes.init_app(app, settings)
    errors.init_app(app)
    cli.init_app(app, settings)
    return app
