"""How we prove to push services who we are."""

from datetime import UTC, datetime, timedelta

import pytest

from app.delivery.vapid import MOST_ORIGINS, Vapid, VapidError, make_vapid_keys, public_key, vapid_trouble
from app.domain.endpoints import decoded, encoded
from tests.push_service import ProblemError, check_vapid

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CONTACT = "mailto:vigie@example.org"
MOZILLA, GOOGLE = "https://updates.push.services.mozilla.com", "https://fcm.googleapis.com"


@pytest.fixture
def vapid() -> Vapid:
    """Signs with a new key."""
    return Vapid(make_vapid_keys()[0], CONTACT)


def test_a_new_pair_of_keys_is_of_the_size_that_browsers_want() -> None:
    private, public = make_vapid_keys()
    point = decoded(public, longest=88)
    assert point is not None
    assert (len(point), point[0]) == (65, 4)
    assert public == public_key(private) == public_key(private + "=")
    assert make_vapid_keys()[0] != private
    assert vapid_trouble(private, CONTACT) == ""


def test_each_push_service_gets_claims_of_its_own(vapid: Vapid) -> None:
    for _ in range(2):
        for origin, other in ((MOZILLA, GOOGLE), (GOOGLE, MOZILLA)):
            header = vapid.header(origin, NOON)
            check_vapid(header, origin, vapid.public_key, NOON.timestamp())
            with pytest.raises(ProblemError, match="audience"):
                check_vapid(header, other, vapid.public_key, NOON.timestamp())


def test_a_header_serves_for_an_hour_and_holds_for_twelve(vapid: Vapid) -> None:
    first = vapid.header(GOOGLE, NOON)
    assert vapid.header(GOOGLE, NOON + timedelta(minutes=59, seconds=59)) == first
    assert vapid.header(GOOGLE, NOON + timedelta(hours=1)) != first
    check_vapid(first, GOOGLE, None, (NOON + timedelta(hours=11, minutes=59)).timestamp())
    with pytest.raises(ProblemError, match="expired"):
        check_vapid(first, GOOGLE, None, (NOON + timedelta(hours=12)).timestamp())


def test_a_clock_that_was_set_back_is_not_answered_from_the_future(vapid: Vapid) -> None:
    vapid.header(GOOGLE, NOON + timedelta(days=3))
    check_vapid(vapid.header(GOOGLE, NOON), GOOGLE, None, NOON.timestamp())


def test_invented_names_take_no_more_than_so_much_memory(vapid: Vapid) -> None:
    for number in range(2 * MOST_ORIGINS):
        vapid.header(f"https://a{number}.notify.windows.com", NOON)
    assert len(vapid._headers) <= MOST_ORIGINS


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "no VAPID private key"),
        ("short", "32 bytes"),
        (encoded(bytes(31)), "32 bytes"),
        (encoded(bytes(33)), "32 bytes"),
        ("-----BEGIN PRIVATE KEY-----", "32 bytes"),
        ("/etc/vigie/vapid.pem", "32 bytes"),
        ("clé", "32 bytes"),
        (encoded(bytes(32)), "order of the curve"),
        (encoded(b"\xff" * 32), "order of the curve"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_in_words_that_do_not_repeat_it(key: str, words: str) -> None:
    trouble = vapid_trouble(key, CONTACT)
    assert words in trouble
    assert key == "" or key not in trouble
    with pytest.raises(VapidError, match=words):
        Vapid(key, CONTACT)


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "vigie@example.org",
        "mailto:",
        "mailto:a@localhost",
        "http://example.org",
        "https://localhost",
        "mailto:a@b.c\n",
        "mailto:a b@example.org",
    ],
)
def test_a_contact_that_apple_would_refuse_is_refused_at_the_start(contact: str) -> None:
    assert "mailto:name@example.org" in vapid_trouble(make_vapid_keys()[0], contact)


@pytest.mark.parametrize("contact", [CONTACT, "https://example.org", "https://example.org/contact?x=1"])
def test_a_mail_or_web_address_is_a_contact(contact: str) -> None:
    assert vapid_trouble(make_vapid_keys()[0], contact) == ""
