"""The commands of `flask --app storefront`. Each one is an edge: it opens the transactions and says what was done."""

import logging
import os
import signal
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy.exc import SQLAlchemyError

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront import backups, clock, jobs
from storefront.accounts.actions import account_of, make_account
from storefront.db import db, transaction
from storefront.demo import clinic
from storefront.eligibility.actions import record_qualification
from storefront.eligibility.photos import wrap_all_again
from storefront.messages.actions import beat
from storefront.orders import recall_drills
from storefront.orders.audit import broken_rows
from storefront.payments import reconciling
from storefront.payments.stripe_values import PaymentUnavailable
from storefront.roles import STAFF

PAUSE = 0.5  # seconds between two looks at the queue
BEAT = 10.0  # seconds between two signs of life, because each is a write
OPERATOR = Who(None, "the operator", "system")
staff = AppGroup("staff", help="Accounts of the people who work at the clinic.")
files = AppGroup("files", help="Files of clients that lie encrypted.")
backup = AppGroup("backup", help="Copies of all rows and files, and putting one back.")
demo = AppGroup("demo", help="The demo clinic.")
recall = AppGroup("recall", help="Recalls.")
log = logging.getLogger("storefront.worker")


@click.command()
@click.option("--once", is_flag=True, help="Do what is due, then end; for cron.")
@with_appcontext
def work(once: bool) -> None:
    """Do what is due: mail, captures, refunds. SIGTERM lets it finish the item in hand."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    beaten = -BEAT
    while not stop.is_set():
        if is_beat := time.monotonic() - beaten >= BEAT:
            beaten = time.monotonic()
        busy = look(stop, is_beat)
        if busy is None:
            beaten = -BEAT  # the sign of life was lost with the rest: it is given as soon as the database is back
        if once:
            break
        if not busy:
            stop.wait(PAUSE)


def look(stop: threading.Event, is_beat: bool) -> bool | None:
    """One round of the queue: whether anything was due. None when the database is busy or away: it is tried again at the next."""
    try:
        if is_beat:
            with transaction():
                beat(clock.now())
        return jobs.work_off(stop.is_set) > 0
    except SQLAlchemyError:
        log.exception("the database did not answer; the worker tries again")
        return None
    finally:
        db.session.remove()


@click.command()
def serve() -> None:
    """Start web server and worker together (in the demo the payment stand-in too) until Ctrl-C."""
    os.execv(sys.executable, [sys.executable, "-m", "storefront.serve"])  # noqa: S606  our own command, no shell


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's full name.")
@click.option("--role", required=True, type=click.Choice(STAFF))
@click.password_option(help="12 characters or more; asked for when not given.")
def add_staff(email: str, name: str, role: str, password: str) -> None:
    """Make the account of a member of staff."""
    try:
        with transaction():
            account = make_account(email, name, role, OPERATOR, clock.now(), password)
    except Refused as error:
        raise click.ClickException(" ".join(reason.text for reason in error.verdict.reasons)) from None
    click.echo(f"{account.name} may sign in as {account.email} ({account.role}).")


@staff.command("certify")
@click.argument("email")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The certificate's last day.")
@click.option("--title", required=True, help="What the certificate says.")
@click.option("--registration", default="", help="The number of the register.")
def certify(email: str, until: datetime, title: str, registration: str) -> None:
    """Put a practitioner's training certificate on record; without a valid one nobody records or signs."""
    try:
        with transaction():
            account = account_of(email)
            if account is None:
                raise Refused.because("no-account", f"There is no account for {email}.")
            record_qualification(account, title, registration, until.date(), OPERATOR, clock.now())
    except Refused as error:
        raise click.ClickException(" ".join(reason.text for reason in error.verdict.reasons)) from None
    click.echo(f"{account.name} may record and sign until {until.date().isoformat()}.")


@click.command()
@with_appcontext
def audit() -> None:
    """Name every row that breaks a rule of the shop; nothing and 0 when all holds, else 1."""
    found = 0
    for row in broken_rows(clock.today()):
        click.echo(row)
        found += 1
    sys.exit(1 if found else 0)


@click.command()
@click.option("--days", default=reconciling.LOOKS_BACK.days, show_default=True, help="How far to look back.")
@with_appcontext
def reconcile(days: int) -> None:
    """Lay Stripe's book beside ours; name what does not match and could not be settled: nothing and 0 when all does, else 1."""
    now = clock.now()
    try:
        run = reconciling.compare_now(now - timedelta(days=days), now)
    except PaymentUnavailable as error:
        raise click.ClickException(f"Stripe cannot be asked: {error}.") from None
    for row in run.mismatches:
        click.echo(f"{row.kind}: {row.order_number or 'no order'}, {row.intent_id}: {row.told}")
    sys.exit(1 if run.mismatches else 0)


@recall.command("drill")
@click.argument("batch")
def recall_drill(batch: str) -> None:
    """Try a recall of BATCH (a batch or a supplier's lot) without sending or holding anything."""
    began = time.perf_counter()
    try:
        found = recall_drills.trace(batch)
        took = round((time.perf_counter() - began) * 1000)
        with transaction():
            drill = recall_drills.record_drill(found, took, OPERATOR, clock.now())
    except Refused as error:
        raise click.ClickException(" ".join(reason.text for reason in error.verdict.reasons)) from None
    click.echo(f"{drill.batches}: {drill.clients} clients in {drill.minutes:.4f} minutes.")
    click.echo(f"{drill.percent:.1f} % of {drill.units} units traced.")
    click.echo(f"The next drill is due by {recall_drills.drill_due(db.session(), clock.today()).isoformat()}.")


@files.command("wrap-again")
def wrap_files_again() -> None:
    """Wrap the key of every sealed file in the first of SEALING_KEYS; then the old one may be forgotten."""
    with transaction():
        count = wrap_all_again()
    click.echo(f"{count} files are under the first key.")


@backup.command("write")
@click.argument("file", type=click.Path(path_type=Path))
def write_backup(file: Path) -> None:
    """Write everything the shop knows into FILE, while it is open, and its hash beside it."""
    try:
        found = backups.write_backup(file)
    except backups.Unusable as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{file}: {file.stat().st_size} bytes, SHA-256 {found}")


@backup.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def restore_backup(context: click.Context, file: Path) -> None:
    """Fill the empty database of the settings from FILE, then audit it. One whose hash has changed is refused."""
    try:
        backups.put_back(file)
    except backups.Unusable as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{file} is put back. Bring it up to date with `flask --app storefront db upgrade` before you open.")
    context.invoke(audit)


@demo.command()
def prepare() -> None:
    """Bring the database up to date and load the demo clinic where there is none."""
    upgrade()
    clinic.load()
    click.echo(clinic.introduction(), nl=False)


GROUPS = (work, serve, staff, audit, reconcile, recall, files, backup, demo)
