"""The pure parts of the store: keys, columns, statements over many rows, events of a trail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundation.storage import batches
from mailrelay.envelope import Client
from mailrelay.messages.headers import Headers
from mailrelay.records import OF_STATE, VOCABULARY
from mailrelay.store import columns, search_keys
from mailrelay.store.trail import TracedEvent, event
from tests.support.relay_messages import CLERK


class Recorder:
    """A transaction that remembers what it was asked, and answers each statement with its parameters as one row."""

    dialect = "sqlite"

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[Any]]] = []

    def execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        self.asked.append((" ".join(sql.split()), list(parameters)))
        return [tuple(parameters)]


def test_many_rows_travel_in_powers_of_two_and_the_rest_at_once() -> None:
    recorder: Any = Recorder()
    batches.insert_rows(recorder, "INSERT INTO t (a, b)", [(at, "x") for at in range(70)], "ON CONFLICT DO NOTHING")
    assert [len(parameters) // 2 for _, parameters in recorder.asked] == [64, 6], "the rest fits into one statement"
    assert recorder.asked[1][0].count("(?, ?)") == 6
    assert recorder.asked[1][0].endswith("(?, ?) ON CONFLICT DO NOTHING")
    assert [value for _, parameters in recorder.asked for value in parameters[::2]] == list(range(70))


def test_wide_rows_stay_below_the_limit_of_a_statement() -> None:
    recorder: Any = Recorder()
    batches.insert_rows(recorder, "INSERT INTO t", [tuple(range(100))] * 40)
    assert max(len(parameters) for _, parameters in recorder.asked) <= 2048
    assert sum(len(parameters) for _, parameters in recorder.asked) == 4000


def test_no_rows_are_no_statement() -> None:
    recorder: Any = Recorder()
    batches.insert_rows(recorder, "INSERT INTO t", [])
    assert batches.change_rows(recorder, "SELECT 1", "a bigint", []) == []
    assert batches.rows_among(recorder, "SELECT 1 WHERE a IN {values}", []) == []
    assert recorder.asked == []


def test_given_rows_say_their_types_once() -> None:
    recorder: Any = Recorder()
    batches.change_rows(recorder, "UPDATE t FROM given", "a bigint, b text", [(1, "x"), (2, None)])
    assert recorder.asked == [
        (
            "WITH given (a, b) AS (VALUES (CAST(? AS bigint), CAST(? AS text)), (?, ?)) UPDATE t FROM given",
            [1, "x", 2, None],
        )
    ]


def test_trailing_parameters_stand_behind_the_list() -> None:
    recorder: Any = Recorder()
    batches.rows_among(recorder, "SELECT 1 WHERE a IN {values} AND b = ?", [1, 2], ("x",))
    assert recorder.asked == [("SELECT 1 WHERE a IN (?, ?) AND b = ?", [1, 2, "x"])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("An.Nguyen@Tinh.TEST", "an.nguyen@tinh.test"),
        ('"an"@tinh.test', "an@tinh.test"),
        ("h'hen.niê@tinh.test", "H'Hen.Niê@tinh.test"),
        ("an@bộ.example", "an@xn--b-8xm.example"),
    ],
)
def test_one_address_has_one_key(one: str, other: str) -> None:
    assert search_keys.address_key(one) == search_keys.address_key(other)


def test_other_texts_have_other_keys() -> None:
    keys = {
        search_keys.address_key("an@tinh.test"),
        search_keys.message_key("an@tinh.test"),
        search_keys.document_key("an@tinh.test"),
        search_keys.envelope_key("an@tinh.test"),
        search_keys.submission_key("an", "@tinh.test"),
        search_keys.submission_key("an@", "tinh.test"),
    }
    assert len(keys) == 6
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert search_keys.message_key(" <1@x> ") == search_keys.message_key("1@x")
    assert search_keys.document_key("12 / UBND-VP") == search_keys.document_key("12/ubnd-vp")


def test_what_is_no_address_has_a_key_too() -> None:
    assert isinstance(search_keys.address_key("not an address \ud800"), int)


def test_clients_and_headers_come_back_from_their_columns() -> None:
    for client in (CLERK, Client("local")):
        assert columns.read_client(columns.client_text(client)) == client
    headers = Headers("<1@x>", ("a@x", "b@x"), "s@x", "1/VP", "CV", "urgent", 0, (), "Họp", True, True, "yes")
    text = columns.headers_text(headers)
    assert columns.read_headers(text, "<1@x>", "1/VP", "CV", "urgent") == headers
    assert columns.headers_text(Headers("<1@x>")) == "{}"


@pytest.mark.parametrize("text", ["plain", "Đắk Lắk", ""])
def test_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert columns.storable(text) == text


@pytest.mark.parametrize(("text", "stored"), [("a\0b", "a\ufffdb"), ("đ\0", "đ\ufffd"), ("x\ud800", "x?")])
def test_what_no_database_takes_is_replaced(text: str, stored: str) -> None:
    assert columns.storable(text) == stored


def test_extents_and_notify_are_read_back() -> None:
    extents = ((1, 0, 5), (2, 7, 9))
    assert columns.read_extents(columns.extents_text(extents)) == extents
    assert columns.read_notify("") == ()
    assert columns.read_notify("SUCCESS,DELAY") == ("SUCCESS", "DELAY")


def _body(kind: str, **fields: Any) -> bytes:
    record = {"digests": {}, "fields": fields, "time": "2026-11-22T01:02:03.000004Z", "type": kind, "version": 1}
    return json.dumps(record).encode()


def _told(body: bytes, private: str | None) -> TracedEvent:
    return event(1, 0, (body, b"", "delivery", b"", private))


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"fields": 1, "digests": 2, "time": "2026-11-22"}'])
@pytest.mark.parametrize("private", [None, "", "no JSON", "[1]", "{}"])
def test_a_record_that_makes_no_sense_is_an_altered_event(body: bytes, private: str | None) -> None:
    told = _told(body, private)
    assert told.altered
    assert told.at.tzinfo is not None


def test_an_event_tells_the_attempt() -> None:
    private = json.dumps({"address": "a@x", "host": "mx.x:25", "reply": "2.1.5 fine", "tls": "TLSv1.3"})
    told = _told(_body("recipient.relayed", attempt=2, code=250, status="2.1.5"), private)
    assert (told.type, told.reply) == ("recipient.relayed", "250 2.1.5 fine")
    assert told.detail == "attempt=2, status=2.1.5, host=mx.x:25, tls=TLSv1.3, address=a@x"
    assert told.at.isoformat() == "2026-11-22T01:02:03.000004+00:00"


def test_a_reply_that_has_its_code_gets_no_second_one() -> None:
    assert _told(_body("recipient.failed", code=550), '{"reply": "550 5.1.1 no"}').reply == "550 5.1.1 no"
    assert _told(_body("recipient.failed", code=0), '{"reply": "no route"}').reply == "no route"


def test_an_erased_event_stays_an_event() -> None:
    told = _told(_body("recipient.failed", code=550, attempt=1), None)
    assert (told.type, told.detail, told.reply) == ("recipient.failed", "attempt=1", "550")


def test_every_word_of_the_journal_is_known_and_told() -> None:
    names = [kind.name for kind in VOCABULARY]
    assert len(names) == len(set(names))
    assert {kind.name for kind in OF_STATE.values()} <= set(names)
    assert all(len(kind.private) <= 1 for kind in VOCABULARY), "a trail reads one private value per record"
