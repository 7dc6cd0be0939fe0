"""The shop: who may buy, what they buy, and the money. Flask lives here and nowhere below."""

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings

__version__ = "0.1.0"

# One page makes thousands of objects. To look for garbage after every 700, as Python does, took a tenth of each start.
gc.set_threshold(20_000, 20, 20)


def create_app(settings: "Settings | None" = None) -> "Flask":
    """What `flask --app storefront` finds, with its commands and migrations, which the web server starts without; imported
    late, so that the stand-in starts without the shop."""
    from flask_migrate import Migrate

    from config import ROOT
    from storefront.app import create_app as build
    from storefront.cli import GROUPS
    from storefront.db import db

    app = build(settings)
    Migrate(app, db, directory=str(ROOT / "storefront" / "migrations"), render_as_batch=True)
    for group in GROUPS:
        app.cli.add_command(group)
    return app
