"""The shop: who may buy, what they buy, and the money. Flask lives here and nowhere below."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


def create_app() -> "Flask":
    """What `flask --app storefront` finds, with its commands; imported late, so that the stand-in starts without the shop."""
    from storefront.app import create_app as build
    from storefront.cli import GROUPS

    app = build()
    for group in GROUPS:
        app.cli.add_command(group)
    return app
