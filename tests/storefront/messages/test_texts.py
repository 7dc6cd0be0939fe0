"""The clinic's own words for a mail: tried with invented people, and refused where they would say more, or less, than they may."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.journal import SYSTEM
from catalogue.verdicts import Refused, Stale
from storefront import clock
from storefront.db import transaction
from storefront.messages import actions, texts
from storefront.messages.actions import queue_message
from storefront.messages.kinds import kinds
from storefront.messages.models import MailText, Message
from storefront.messages.texts import MailWords
from tests.storefront.admin.conftest import admin, boss  # noqa: F401  the same people write them

WORDED = [kind.code for kind in kinds().values() if not kind.fixed]
OURS = MailWords("News from us", "Dear {{ client.name }},\n\nplease look: {{ settings.base_url }}/care")


def test_the_packages_own_words_may_be_said_and_read_well_in_every_case(session: Session) -> None:
    said = {kind: texts.may_say(kind, texts.package_words(kind)).codes for kind in WORDED}
    assert {kind: codes for kind, codes in said.items() if codes} == {}
    shown = [each for kind in WORDED for each in texts.previews(kind, texts.package_words(kind))]
    assert [each for each in shown if "{" in each.source] == []
    # What the clinic does not word was written elsewhere; its subject is read on a locked telephone all the same.
    subjects = [texts.package_words(kind).subject for kind in kinds()]
    assert [subject for subject in subjects if texts.HEALTH.search(subject)] == []


REFUSED = {
    "empty": MailWords("News", ""),
    "subject": MailWords("N" * 151, OURS.text),
    "text": MailWords("News", OURS.text + "x" * 5001),
    "link": MailWords("News", "Dear {{ client.name }}, call us."),
    "health-word": MailWords("Your skin", OURS.text),
}
STRANGE = (
    "{{ client.born_on }}",
    "{{ client.email }}",
    "{{ ''.__class__ }}",
    "{{ config }}",
    "{{ settings.secret_key }}",
    "{% set x = 1 %}",
    "{% include 'base.html' %}",
    "{% for a in client.name %}{{ a }}{% endfor %}",
    "{% if client.name == 'x' %}y{% endif %}",
    "{{ client.name | upper }}",
    "{% macro m() %}{% endmacro %}",
    "{{ client",
    "{% if %}",
    "{{ nobody }}",
    "{{ client.name + 'x' }}",
)


def test_words_that_say_too_much_or_too_little_are_refused_with_every_reason(session: Session) -> None:
    assert {code: texts.may_say("news", words).codes for code, words in REFUSED.items()} == {
        code: (code, "link") if code == "empty" else (code,) for code in REFUSED
    }
    strange = {piece: texts.may_say("news", MailWords("News", f"{OURS.text}\n{piece}")).codes for piece in STRANGE}
    assert set(strange.values()) == {("filling",)}
    assert texts.may_say("news", MailWords("{{ client.name }}", "\n{{ x }}")).codes == ("filling", "filling", "link")
    assert texts.may_say("news", OURS).is_yes
    # A value outside the list in which it stands is known to the mail, and has none there.
    outside = MailWords("Times", "{{ each.starts_at | meeting }} {{ address }}")
    assert texts.may_say("consultation_offered", outside).codes == ("filling",)


def test_mail_is_written_in_the_clinics_words_until_it_goes_back(session: Session) -> None:
    def sent() -> str:
        with transaction():
            return queue_message("news", "mara@example.org", clock.now(), client={"name": "Mara"}).subject

    before = sent()
    with transaction():
        actions.write_words("news", OURS, 0, "warmer", SYSTEM, clock.now())
    during = sent()
    with transaction():
        actions.write_words("news", None, 1, "back", SYSTEM, clock.now())
    assert (before, during, sent()) == ("There is a message for you", "News from us", "There is a message for you")
    assert session.scalars(select(Message.text).where(Message.subject == OURS.subject)).one().startswith("Dear Mara,\n")


def test_words_that_no_longer_fit_send_the_packages_own(session: Session) -> None:
    with transaction():
        broken = MailText(kind="news", nth=1, source="Hi\n{{ gone }}", why="", at=clock.now(), by_name="Alba Reed")
        session.add(broken)
    with transaction():
        mail = queue_message("news", "mara@example.org", clock.now(), client={"name": "Mara"})
    assert mail.subject == "There is a message for you"


def test_the_second_of_two_who_word_it_at_once_reads_the_first(session: Session) -> None:
    with transaction():
        actions.write_words("news", OURS, 0, "warmer", SYSTEM, clock.now())
    with transaction(), pytest.raises(Stale):
        actions.write_words("news", OURS, 0, "colder", SYSTEM, clock.now())
    with pytest.raises(Refused, match="fixed"):
        actions.write_words("recall_notice", OURS, 0, "kinder", SYSTEM, clock.now())
    assert session.scalars(select(MailText.why)).all() == ["warmer"]


def test_the_clinic_words_a_mail_on_its_page(admin: FlaskClient, session: Session) -> None:  # noqa: F811
    page = "/admin/mail-texts/news"
    typed = {"subject": OURS.subject, "text": OURS.text, "why": "warmer", "after": "0"}
    assert "Clinic" in admin.get(page).get_data(as_text=True)
    tried = admin.post(page, data={**typed, "why": "", "preview": "1"})
    assert tried.status_code == 200
    assert "Dear Robin Ash" in tried.get_data(as_text=True)
    refused = admin.post(page, data={**typed, "text": "{{ client.born_on }}"})
    assert refused.status_code == 422
    assert refused.get_data(as_text=True).count('data-reason="') == 2
    assert "{{ client.born_on }}" in refused.get_data(as_text=True)
    assert admin.post(page, data={**typed, "why": ""}).status_code == 422
    assert session.scalars(select(MailText.id)).all() == []
    assert admin.post(page, data=typed).status_code == 303
    assert admin.post(page, data=typed).status_code == 409
    assert "warmer" in admin.get(page).get_data(as_text=True)
    assert admin.post(f"{page}/package-words").status_code == 303
    assert "the clinic’s</span>" not in admin.get("/admin/mail-texts").get_data(as_text=True)
    assert admin.get("/admin/mail-texts/recall_notice").status_code == 200
    assert admin.get("/admin/mail-texts/nothing").status_code == 404
