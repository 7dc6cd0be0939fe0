"""Pictures of the skin: only under the client's own consent, without what came with them, unreadable where they lie, and gone
when the consent is taken back."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session, undefer

from catalogue.verdicts import Refused
from storefront.eligibility import actions
from storefront.eligibility.consent_models import SealedFile
from storefront.eligibility.consent_records import open_file, photos_of
from storefront.eligibility.photos import wrap_all_again
from tests.storefront.agreed import agree
from tests.storefront.eligibility import people
from tests.storefront.eligibility.people import NOW, TODAY, codes


def picture(form: str = "JPEG") -> bytes:
    """A small one that says where and with what it was taken."""
    kept, exif = BytesIO(), Image.Exif()
    exif[0x010F], exif[0x8825] = "Camera of the clinic", {1: "N", 2: (51.0, 30.0, 0.0)}
    Image.new("RGB", (64, 48), (220, 180, 160)).save(kept, form, exif=exif)
    return kept.getvalue()


def test_a_picture_is_kept_without_what_came_with_it_and_goes_with_its_consent(session: Session) -> None:
    by = people.practitioner()
    client, other = people.client(by), people.client(by, "Bea Other")
    agree(client.id, "photos")
    told = ("before", "face", TODAY, by, TODAY, NOW)
    assert b"Camera of the clinic" in picture()
    token = actions.add_photo(client.id, picture(), *told).file.token
    opened = open_file(client.id, token)
    assert opened is not None
    assert opened[0] == "image/jpeg"
    assert not Image.open(BytesIO(opened[1])).getexif()
    kept = session.scalars(select(SealedFile).options(undefer(SealedFile.sealed))).one()
    assert b"JFIF" not in (kept.sealed or b"")
    assert open_file(other.id, token) is None
    before, sealed = kept.wrapped_key, kept.sealed
    assert wrap_all_again() == 1
    assert kept.wrapped_key != before
    assert kept.sealed == sealed
    assert open_file(client.id, token) == opened
    assert len(photos_of(client.id)) == 1
    report = actions.report_reaction(client.id, "It itches.", by, NOW)
    actions.add_reaction_photo(report, picture(), by, NOW)
    theirs = actions.report_reaction(other.id, "It burns.", by, NOW)
    actions.add_reaction_photo(theirs, picture(), by, NOW)
    actions.withdraw_consent(client.id, "photos", by, TODAY, NOW)
    assert open_file(client.id, token) is None
    assert list(photos_of(client.id)) == []
    found = text(
        "SELECT client_id, wrapped_key IS NULL AND sealed IS NULL AND destroyed_at IS NOT NULL FROM sealed_file"
    )
    left = sorted((each, bool(is_gone)) for each, is_gone in session.execute(found))
    assert left == [(client.id, True), (client.id, True), (other.id, False)]


def test_no_picture_without_consent_of_what_is_none_or_of_tomorrow(session: Session) -> None:
    by = people.practitioner()
    client = people.client(by)
    when = (by, TODAY, NOW)
    for content, day, code in (
        (picture(), TODAY, "photo-consent"),
        (b"%PDF-1.4 no picture", TODAY, "document-kind"),
        (b"", TODAY, "document-empty"),
        (picture(), TODAY + timedelta(days=1), "in-the-future"),
    ):
        with pytest.raises(Refused) as refusal:
            actions.add_photo(client.id, content, "after", "face", day, *when)
        assert codes(refusal) == (code,)
        if code == "photo-consent":
            agree(client.id, "photos")
    actions.withdraw_consent(client.id, "photos", by, TODAY, NOW)
    with pytest.raises(Refused):
        actions.withdraw_consent(client.id, "photos", by, TODAY, NOW)
    with pytest.raises(Refused) as refusal:
        actions.add_photo(client.id, picture(), "after", "face", TODAY, *when)
    assert codes(refusal) == ("photo-consent",)
