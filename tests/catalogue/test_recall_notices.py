"""What a recall notice must say and may not say, part by part, word by word."""

from dataclasses import replace
from typing import Any

import pytest

from catalogue.recall_notices import PARTS, Notice, reasons_against
from tests.catalogue.samples import WHOLE_NOTICE

EMPTY: dict[str, Any] = {"remedies": ()}


def told(notice: Notice, has_picture: bool = True) -> list[str]:
    return [reason.text for reason in reasons_against(notice, has_picture).reasons]


def test_a_whole_notice_may_be_sent() -> None:
    assert told(WHOLE_NOTICE) == []


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_is_named(part: str) -> None:
    (text,) = told(replace(WHOLE_NOTICE, **{part: EMPTY.get(part, "")}))
    assert text == f"Missing: {PARTS[part][0]} (article {PARTS[part][1]})."


def test_a_missing_picture_is_named() -> None:
    assert told(WHOLE_NOTICE, has_picture=False) == ["Missing: a picture of the product (article 36(2)(b)(i))."]


def test_every_missing_part_is_named_at_once() -> None:
    assert len(told(Notice(), has_picture=False)) == len(PARTS) + 1


@pytest.mark.parametrize("action", ["Put it away.", "Call us.", "Throw it into the sharps box."])
def test_the_instruction_to_stop_is_not_taken_for_granted(action: str) -> None:
    (text,) = told(replace(WHOLE_NOTICE, action=action))
    assert "stop using it at once" in text


@pytest.mark.parametrize("action", ["Stop using it now.", "Do not use it again.", "Stop. Never use it again."])
def test_the_instruction_may_be_worded_freely(action: str) -> None:
    assert told(replace(WHOLE_NOTICE, action=action)) == []


def test_one_remedy_alone_needs_its_reason() -> None:
    (text,) = told(replace(WHOLE_NOTICE, only_remedy=""))
    assert "37(2)" in text
    assert told(replace(WHOLE_NOTICE, remedies=("refund", "replacement"), only_remedy="")) == []


@pytest.mark.parametrize("contact", ["Ask us.", "Mrs Cole, room 12"])
def test_a_contact_says_how(contact: str) -> None:
    (text,) = told(replace(WHOLE_NOTICE, contact=contact))
    assert "telephone number or an address" in text


@pytest.mark.parametrize(
    "contact", ["Call 0808 157 0000.", "Call 020 7946 0000: we call back.", "Ask at https://clinic.example/recalls."]
)
def test_asking_costs_nothing(contact: str) -> None:
    assert told(replace(WHOLE_NOTICE, contact=contact)) == []
    (text,) = told(replace(WHOLE_NOTICE, contact="Call 020 7946 0000 from nine to five."))
    assert "that the call costs nothing" in text


@pytest.mark.parametrize("part", ["where", "sold", "action", "only_remedy", "contact", "share"])
def test_no_part_plays_the_danger_down(part: str) -> None:
    soft = replace(WHOLE_NOTICE, **{part: f"{getattr(WHOLE_NOTICE, part)} The recall is voluntary."})
    assert told(soft) == ["“voluntary” plays the danger down (voluntary, article 36(2)(c))."]


SOFT = [
    "This is a voluntary recall.", "We recall it voluntarily.", "As a precautionary measure we ask you to look.",
    "Out of an abundance of caution we tell you.", "At our discretion it is taken back.", "In rare cases a needle bends.",
    "In very rare situations the skin bleeds.", "In specific situations a needle breaks.", "It rarely happens.",
    "An infection is unlikely.", "No accidents were reported.", "There are no reported injuries.",
    "This is a preventive measure.", "There is a very small risk of infection.", "These are isolated reports.",
    "There is no need to worry.", "Please don't panic.", "In most hands it is harmless.",
    "We are not aware of any incidents.", "Nobody has been hurt.", "No one was injured.",
]  # fmt: skip


@pytest.mark.parametrize("hazard", SOFT)
def test_words_that_play_the_danger_down_are_refused_by_name(hazard: str) -> None:
    reasons = reasons_against(replace(WHOLE_NOTICE, hazard=hazard), has_picture=True).reasons
    assert [reason.code for reason in reasons] == ["plays-down"]
    assert "36(2)(c)" in reasons[0].text


@pytest.mark.parametrize(
    "hazard",
    [
        "Needles may break off in the skin.",
        "The pump is not sterile: germs can get into the skin.",
        "A small part can come off and stay in the skin. Do not use it again.",
        "Free needles can cut. Prevent children from reaching it.",
    ],
)
def test_plain_words_about_a_danger_are_none_of_these(hazard: str) -> None:
    assert told(replace(WHOLE_NOTICE, hazard=hazard)) == []


def test_a_notice_is_read_back_as_it_was_kept() -> None:
    assert Notice.from_json(WHOLE_NOTICE.to_json()) == WHOLE_NOTICE
    assert Notice.from_json("{}") == Notice()
