"""Commands for operators: `flask --app app COMMAND`."""

import json
import signal
import sys
from dataclasses import asdict
from typing import TextIO

import click
from flask import Flask
from flask_babel import force_locale

from vberatung import tokens
from vberatung.booking import setup
from vberatung.config import Settings
from vberatung.db import begin_write
from vberatung.extensions import db, jobs
from vberatung.offices.queries import office_by_slug
from vberatung.people.accounts import create_staff


def init_app(app: Flask, settings: Settings) -> None:
    @app.cli.command("create-admin")
    @click.option("--office", "slug", required=True, help="the office's word in its address")
    @click.option("--name", required=True)
    @click.option("--email", required=True)
    @click.password_option()
    def create_admin(slug: str, name: str, email: str, password: str) -> None:
        """Create an administrator's account."""
        begin_write(db.session)
        office = office_by_slug(db.session, slug)
        if office is None:
            raise click.ClickException(f"There is no office with the address /{slug}/.")
        create_staff(db.session, office, name, email, password, admin=True)
        db.session.commit()
        click.echo(f"{email} can sign in now.")

    @app.cli.command("load-offices")
    @click.argument("plan", type=click.File())
    def load_offices(plan: TextIO) -> None:
        """Add offices, topics and counsellors from a JSON file (docs/operating.md)."""
        begin_write(db.session)
        wanted, reserved = json.load(plan), first_words(app)
        try:
            accounts = setup.load_offices(db.session, wanted, tokens.readable_password, reserved)
        except setup.ReservedAddress as error:
            raise click.ClickException(str(error)) from error
        lines = [f"{staff.email} {password}" for staff, password in accounts]
        db.session.commit()
        click.echo("\n".join(lines))

    @app.cli.command("jobs")
    def run_jobs() -> None:
        """Run timed work in this process (with JOBS=external in the web process)."""
        jobs.run()

    @app.cli.command("doctor")
    @click.option("--json", "as_json", is_flag=True, help="for monitoring")
    @click.option("--mail-to", help="send a real mail to this address")
    def doctor(as_json: bool, mail_to: str | None) -> None:
        """See whether the installation works, from end to end. Ends with 0, 1 or 2."""
        from vberatung.doctor.checkup import check_up
        from vberatung.doctor.findings import exit_code
        from vberatung.routes.doctor_words import line

        signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # what it has written, it takes away
        findings = check_up(db.session, settings, mail_to)
        with force_locale("de"):
            lines = [line(finding) for finding in findings]
        if as_json:
            said = [
                asdict(finding) | {"meaning": each.meaning, "advice": each.advice}
                for finding, each in zip(findings, lines, strict=True)
            ]
            click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        else:
            for each in lines:
                click.echo(f"{each.sign:11} {each.check}: {each.meaning} {each.advice}".rstrip())
        sys.exit(exit_code(findings))

    @app.cli.command("demo")
    @click.option("--serve", is_flag=True, help="then serve, until Ctrl-C")
    def demo(serve: bool) -> None:
        """Migrate, make demo data if there is none, and a talk that begins now."""
        if not settings.demo:
            raise click.ClickException("This makes invented data. Set DEMO=1 to say you mean it.")
        from vberatung import demo

        lines = demo.prepare(settings)
        if serve:
            demo.serve(settings, lines)
        click.echo("\n".join(lines))


def first_words(app: Flask) -> frozenset[str]:
    """What addresses begin with that are not those of an office."""
    words = (rule.rule.split("/")[1] for rule in app.url_map.iter_rules())
    return frozenset(word for word in words if word and not word.startswith("<"))
