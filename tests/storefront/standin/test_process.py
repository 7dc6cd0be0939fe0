"""The stand-in as a process: it ends cleanly, keeps to this machine, and lets time do its part."""

import errno
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.storefront.standin.running import KEY, SECRET, Listener, Standin, running, until

HOLD = {
    "amount": 10_000,
    "currency": "gbp",
    "confirm": "true",
    "capture_method": "manual",
    "payment_method": "pm_card_visa",
}


def opened(standin: Standin, expires_in: int) -> dict[str, Any]:
    form = {
        "mode": "payment",
        "success_url": "http://127.0.0.1:9/done",
        "line_items[0][price_data][currency]": "gbp",
        "line_items[0][price_data][unit_amount]": 2500,
        "line_items[0][price_data][product_data][name]": "Roller",
        "line_items[0][quantity]": 1,
        "expires_at": int(time.time()) + expires_in,
    }
    return standin.api("POST", "/v1/checkout/sessions", form)[1]


def test_a_request_under_way_is_finished_before_the_end(tmp_path: Path) -> None:
    with running(tmp_path / "standin.sqlite3") as standin:
        standin.order_fault("POST /v1/customers", milliseconds=700, happens="after")
        answers: list[int] = []
        asking = threading.Thread(target=lambda: answers.append(standin.api("POST", "/v1/customers", {"name": "A"})[0]))
        asking.start()
        until(lambda: standin.api("GET", "/v1/customers")[1]["data"])
        assert standin.end(signal.SIGTERM) == 0
        asking.join()
    assert answers == [200]


def test_an_idle_connection_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with running(tmp_path / "standin.sqlite3") as standin, socket.create_connection(("127.0.0.1", standin.port)):
        begun = time.monotonic()
        assert standin.end(signal.SIGINT) == 0
        assert time.monotonic() - begun < 8


def test_it_listens_on_this_machine_alone_and_to_its_own_names(standin: Standin) -> None:
    with socket.socket() as elsewhere:
        assert elsewhere.connect_ex(("127.0.0.2", standin.port)) == errno.ECONNREFUSED
    assert standin.ask("GET", "/health", Host="standin.example.org")[0] == 403
    assert standin.ask("GET", "/health", Host=f"localhost:{standin.port}")[0] == 200


def test_health_says_that_no_money_moves(standin: Standin) -> None:
    status, _, text = standin.ask("GET", "/health")
    assert (status, '"moves_real_money":false' in text.replace(" ", "")) == (200, True)


def test_everything_is_there_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path / "standin.sqlite3") as standin:
        intent = standin.api("POST", "/v1/payment_intents", HOLD)[1]
        session = opened(standin, 1900)
        standin.end(signal.SIGKILL)
        standin.start()
        assert standin.api("GET", f"/v1/payment_intents/{intent['id']}")[1] == intent
        assert standin.pay(session["url"])[0] == 303


def test_a_payment_page_expires_by_itself_and_takes_nothing_afterwards(telling: Standin, listener: Listener) -> None:
    session = opened(telling, 1900)
    telling.pay(session["url"], "4000000000000002")
    telling.shift(1901)
    assert telling.pay(session["url"])[0] == 410
    until(lambda: "checkout.session.expired" in listener.types())
    seen = telling.api("GET", f"/v1/checkout/sessions/{session['id']}?expand[]=payment_intent")[1]
    assert (seen["status"], seen["url"], seen["payment_intent"]["status"]) == ("expired", None, "canceled")
    until(lambda: "payment_intent.canceled" in listener.types())


def test_an_authorisation_lapses_after_seven_days(telling: Standin, listener: Listener) -> None:
    held = telling.api("POST", "/v1/payment_intents", {**HOLD, "expand[]": "latest_charge"})[1]
    before = held["latest_charge"]["payment_method_details"]["card"]["capture_before"]
    assert before - held["created"] == pytest.approx(7 * 24 * 3600, abs=3)
    telling.shift(7 * 24 * 3600 - 60)
    time.sleep(0.7)
    assert telling.api("GET", f"/v1/payment_intents/{held['id']}")[1]["status"] == "requires_capture"
    telling.shift(7 * 24 * 3600 + 5)
    until(lambda: {"payment_intent.canceled", "charge.expired"} <= set(listener.types()))
    seen = telling.api("GET", f"/v1/payment_intents/{held['id']}")[1]
    assert (seen["status"], seen["cancellation_reason"], seen["amount_capturable"]) == ("canceled", "expired", 0)
    assert telling.api("POST", f"/v1/payment_intents/{held['id']}/capture")[0] == 400


def test_a_contested_payment_is_told_when_it_is_taken(telling: Standin, listener: Listener) -> None:
    held = telling.api("POST", "/v1/payment_intents", {**HOLD, "payment_method": "pm_card_createDispute"})[1]
    telling.api("POST", f"/v1/payment_intents/{held['id']}/capture")
    until(lambda: "charge.dispute.created" in listener.types())
    charge = telling.api("GET", f"/v1/charges/{held['latest_charge']}")[1]
    assert charge["disputed"] is True


def test_lists_come_in_pages_newest_first(tmp_path: Path) -> None:
    with running(tmp_path / "standin.sqlite3") as standin:
        made = [standin.api("POST", "/v1/payment_intents", HOLD)[1]["id"] for _ in range(5)]
        first = standin.api("GET", "/v1/payment_intents?limit=2")[1]
        assert ([one["id"] for one in first["data"]], first["has_more"]) == (made[:2:-1], True)
        after = standin.api("GET", f"/v1/payment_intents?limit=3&starting_after={made[3]}")[1]
        assert ([one["id"] for one in after["data"]], after["has_more"]) == (made[2::-1], False)
        before = standin.api("GET", f"/v1/payment_intents?limit=2&ending_before={made[0]}")[1]
        assert ([one["id"] for one in before["data"]], before["has_more"]) == ([made[2], made[1]], True)
        listed = standin.client().v1.payment_intents.list({"limit": 2})
        assert [one.id for one in listed.auto_paging_iter()] == made[::-1]
        late = standin.api("GET", f"/v1/payment_intents?created[gt]={int(time.time()) + 60}")[1]
        assert late["data"] == []
        for wrong in ("limit=0", "limit=101", "starting_after=pi_none", "expand[]=data.review"):
            assert standin.api("GET", f"/v1/payment_intents?{wrong}")[0] in (400, 404)


def test_a_webhook_needs_a_secret(tmp_path: Path) -> None:
    standin = Standin(tmp_path / "standin.sqlite3", "--webhook-url", "http://127.0.0.1:9/")
    with pytest.raises(AssertionError, match="--webhook-secret"):
        standin.start()
    assert standin.process is not None
    assert standin.process.stderr is not None
    standin.process.stderr.close()


def test_secrets_do_not_reach_the_log(tmp_path: Path) -> None:
    standin = Standin(tmp_path / "standin.sqlite3", "--webhook-url", "http://127.0.0.1:9/", "--webhook-secret", SECRET)
    standin.start()
    standin.api("POST", "/v1/payment_intents", HOLD)
    assert standin.process is not None
    standin.process.send_signal(signal.SIGTERM)
    said = standin.process.communicate(timeout=15)[1].decode()
    assert "no real money moves" in said
    assert KEY not in said
    assert SECRET not in said


def test_it_imports_no_other_room() -> None:
    """Not even by way of another: what is loaded when it runs is its own, and no library of the shop's database."""
    asked = "import sys, storefront.standin.__main__; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    ours = [name for name in loaded if name.startswith(("storefront", "catalogue", "config"))]
    assert [name for name in ours if not name.startswith("storefront.standin")] == ["storefront"]
    assert "sqlalchemy" not in loaded
    assert "stripe" not in loaded
