"""The worker is killed outright in the middle of a recall's sending. Started again, it goes on where it was: everybody is written
to, and nobody twice."""

from pathlib import Path

from flask import Flask
from sqlalchemy import func, insert, select, update

from storefront import clock
from storefront.accounts.models import Account
from storefront.app import create_app
from storefront.db import db, transaction
from storefront.eligibility.models import Client
from storefront.messages.models import Message
from storefront.orders import recalling
from storefront.orders.audit import broken_rows
from storefront.orders.recall_models import RecallNotice
from tests.catalogue.samples import WHOLE_NOTICE
from tests.databases import settings_for
from tests.long.running import until
from tests.process.test_killed_import import count
from tests.process.test_worker import worker
from tests.storefront.orders import world
from tests.storefront.orders.recalled import CODE, PICTURE
from tests.storefront.orders.world import ADMIN

CLIENTS = 60
EVERYBODY = sorted(f"c{n}@example.org" for n in range(1, CLIENTS + 1))


def recalled(folder: Path) -> Flask:
    """A shop with a recall that was just sent: a notice is due for each client."""
    app = create_app(settings_for(f"sqlite:///{folder / 'shop.sqlite3'}", folder))
    with app.app_context():
        db.create_all()
        now = clock.now()
        with transaction():
            world.on_sale()
        with transaction():
            recall = recalling.open_recall([CODE], "serious", "The maker warns.", ADMIN, now)
            recalling.write_notice(recall.number, WHOLE_NOTICE, PICTURE, ADMIN, now)
            recalling.send_notice(recall.number, ADMIN, now)
            address_those_who_have_it(recall.id)
        db.session.remove()
    return app


def address_those_who_have_it(recall_id: int) -> None:
    now, numbers = clock.now(), range(1, CLIENTS + 1)
    who = [{"name": f"Client {n}", "email": f"c{n}@example.org", "created_at": now} for n in numbers]
    ids = db.session.scalars(insert(Account).returning(Account.id), [{**one, "role": "client"} for one in who]).all()
    more = ({"account_id": id, "number": f"C-{id}", "born_on": clock.today()} for id in ids)
    rows = [{**one, **each} for one, each in zip(who, more, strict=True)]
    clients = db.session.execute(insert(Client).returning(Client.id, Client.email), rows).all()
    told = {"recall_id": recall_id, "units": 1, "owed_at": now, "due_at": now}
    notices = [{**told, "client_id": id, "address": email, "code": email} for id, email in clients]
    db.session.execute(insert(RecallNotice), notices)


def written(app: Flask) -> int:
    return count(app, Message, Message.kind == "recall_notice")


def test_a_killed_sending_goes_on_and_writes_to_nobody_twice(tmp_path: Path) -> None:
    app = recalled(tmp_path)
    first = worker(tmp_path)
    until(lambda: written(app) > 0 or None, 60, "the worker writes")
    first.kill()
    first.wait()
    assert 0 < written(app) < CLIENTS
    with app.app_context(), transaction():  # the leases of the killed one run out
        for row in (RecallNotice, Message):
            db.session.execute(update(row).where(row.due_at.is_not(None), row.attempts > 0).values(due_at=clock.now()))
    second = worker(tmp_path)
    until(lambda: count(app, Message, Message.sent_at.is_not(None)) == CLIENTS or None, 60, "everybody is written to")
    second.terminate()
    assert second.wait(30) == 0
    with app.app_context():
        assert sorted(db.session.scalars(select(Message.to))) == EVERYBODY
        assert db.session.scalar(select(func.sum(RecallNotice.told))) == CLIENTS
        assert list(broken_rows(clock.today())) == []
        db.engine.dispose()
