"""The clinic changes the key of its sealed files: the new one first, all wrapped again, then the old one is forgotten."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from storefront.cli import files
from storefront.eligibility import actions
from storefront.eligibility.consent_records import open_file
from tests.storefront.agreed import agree
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, TODAY
from tests.storefront.eligibility.test_photos import picture


def test_a_key_is_changed_by_a_command(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    by = people.practitioner()
    client = people.client(by)
    agree(client.id, "photos")
    token = actions.add_photo(client.id, picture(), "before", "face", TODAY, by, TODAY, NOW).file.token
    session.commit()
    settings = app.config["SETTINGS"]
    old, new = settings.sealing_keys, ("n" * 40,)

    def keys(*words: str) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", replace(settings, sealing_keys=words))

    keys(*new)
    assert open_file(client.id, token) is None
    keys(*new, *old)
    assert open_file(client.id, token) is not None
    ran = app.test_cli_runner().invoke(files, ["wrap-again"])
    assert (ran.exit_code, ran.output) == (0, "1 files are under the first key.\n")
    session.expire_all()
    keys(*new)
    assert open_file(client.id, token) is not None
