"""The shop's commands: `flask --app storefront …`. Each opens its own transaction."""

import click
from flask.cli import AppGroup

from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront import clock
from storefront.accounts.actions import make_account
from storefront.db import transaction
from storefront.roles import STAFF

OPERATOR = Who(None, "the operator", "system")
staff = AppGroup("staff", help="Accounts of the people who work at the clinic.")


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


GROUPS = (staff,)
