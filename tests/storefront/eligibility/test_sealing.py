"""Files under seal: what comes out is what went in, or nothing. No database."""

import pytest

from storefront.eligibility.sealing import Sealed, Unreadable, seal, unseal, wrap_again

OLD, NEW, OTHER = ("o" * 32,), ("n" * 32,), ("x" * 32,)
PICTURE = b"\xff\xd8\xff a picture of nobody"


def test_a_file_comes_out_as_it_went_in_and_lies_there_as_noise() -> None:
    one, other = seal(PICTURE, "a", OLD), seal(PICTURE, "a", OLD)
    assert unseal(one, "a", OLD) == PICTURE
    assert PICTURE[4:] not in one.content
    assert one.content != other.content
    assert one.wrapped_key != other.wrapped_key


def test_what_is_not_exactly_the_file_is_not_opened() -> None:
    sealed = seal(PICTURE, "a", OLD)
    turned = bytes([sealed.content[-1] ^ 1])
    for broken, token, words in (
        (Sealed(sealed.wrapped_key, sealed.content[:-1] + turned), "a", OLD),
        (Sealed(sealed.wrapped_key[:-1] + turned, sealed.content), "a", OLD),
        (Sealed(seal(PICTURE, "a", OLD).wrapped_key, sealed.content), "a", OLD),
        (Sealed(b"", b""), "a", OLD),
        (sealed, "b", OLD),
        (sealed, "a", OTHER),
    ):
        with pytest.raises(Unreadable):
            unseal(broken, token, words)


def test_a_key_is_changed_without_touching_a_file() -> None:
    sealed = seal(PICTURE, "a", OLD)
    assert unseal(sealed, "a", (*NEW, *OLD)) == PICTURE
    again = Sealed(wrap_again(sealed.wrapped_key, "a", (*NEW, *OLD)), sealed.content)
    assert unseal(again, "a", NEW) == PICTURE
    with pytest.raises(Unreadable):
        unseal(again, "a", OLD)
