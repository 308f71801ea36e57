"""Our signatures, as another implementation verifies them."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation import key_files
from foundation.errors import ConfigError
from foundation.keys import KINDS
from mailrelay.messages.dkim import BodyHash, DkimSigner
from tests.support.dkim_keys import key, verifies

HEAD = (
    "From: Nguyễn Văn An <an@tinh.test>\r\nTo: binh@else.example\r\nSubject: Thông báo \t về\r\n\tviệc họp  \r\n"
    "Date: Sun, 22 Nov 2026 04:21:00 +0700\r\nMessage-ID: <1@tinh.test>\r\n\r\n"
).encode()
BODY = "Kính gửi  các cơ quan,\t \r\n\r\n .\r\n  x\r\n".encode()


@pytest.fixture
def signer() -> DkimSigner:
    return DkimSigner(key(), "congvu", ["tinh.test"])


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        b"",
        b"\r\n",
        b" \t\r\n\r\n",
        b"text\r\n\r\n\r\n",
        b"text \r\n \r\n\t\r\n",
        b"no line end",
        b"\r\n\r\ntext\r\n",
        b"a\r\n" + b"\r\n" * 10_000 + b"b\r\n",
        b"x" * 998 + b"\r\n",
    ],
)
def test_a_signature_verifies(signer: DkimSigner, body: bytes) -> None:
    assert verifies(signer.sign(HEAD, [body]) + HEAD + body)


@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"Subject: =?utf-8?B?VGjDtG5nIGLDoW8=?=\r\n",
        b"Subject:\r\n",
        b"Cc: a@b.test\r\nCc: c@d.test\r\nTO: e@f.test\r\n",
        b"References: " + b"\r\n ".join(b"<%d.%s@tinh.test>" % (number, b"x" * 60) for number in range(200)) + b"\r\n",
        b"Congvu-Document-Number: 36/TB-UBND\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\n",
    ],
)
def test_heads_of_all_kinds_verify(signer: DkimSigner, fields: bytes) -> None:
    head = b"From: an@tinh.test\r\n" + fields + b"\r\n"
    assert verifies(signer.sign(head, [BODY], at_seconds=1_790_000_000) + head + BODY)


def test_trace_headers_may_be_added_later(signer: DkimSigner) -> None:
    signature = signer.sign(HEAD, [BODY])
    assert verifies(b"Received: by x.test id 1; y\r\nX-Original-To: a@b.test\r\n" + signature + HEAD + BODY)


@pytest.mark.parametrize("field", [b"From: x@y.test\r\n", b"Subject: other\r\n", b"To: x@y.test\r\n", b"Date: x\r\n"])
def test_nobody_can_add_a_field_that_people_read(signer: DkimSigner, field: bytes) -> None:
    signature = signer.sign(HEAD, [BODY])
    assert not verifies(signature + field + HEAD + BODY)
    assert not verifies(signature + HEAD.removesuffix(b"\r\n") + field + b"\r\n" + BODY)


def test_a_changed_body_does_not_verify(signer: DkimSigner) -> None:
    assert not verifies(signer.sign(HEAD, [BODY]) + HEAD + BODY + b"more\r\n")


def test_the_field_itself(signer: DkimSigner) -> None:
    field = signer.sign(HEAD, [BODY])
    assert field.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=tinh.test;\r\n")
    assert field.endswith(b"\r\n")
    assert b" l=" not in field
    assert all(len(line) <= 78 for line in field.split(b"\r\n"))


@pytest.mark.parametrize(
    ("author", "domain"),
    [
        ("an@tinh.test", "tinh.test"),
        ("an@TINH.test", "tinh.test"),
        ("an@sxd.tinh.test", "tinh.test"),
        ("an@xa.so.test", "so.test"),
        ("an@khac.test", ""),
        ("an@notinh.test", ""),
        ("an@tinh.test, b@so.test", ""),
        ("an@tinh.test, b@khac.test", ""),
        ("an@tinh.test, b@tinh.test", "tinh.test"),
        ("an@[192.0.2.1]", ""),
        ("an", ""),
    ],
)
def test_only_our_own_authors_are_signed_for(author: str, domain: str) -> None:
    signer = DkimSigner(key(), "congvu", ["tinh.test", "so.test"])
    head = f"From: {author}\r\n\r\n".encode()
    assert signer.domain_of(head) == domain
    assert signer.sign(head, [b""]).startswith(
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};".encode() if domain else b""
    )
    assert bool(signer.sign(head, [b""])) is bool(domain)


def test_the_longest_domain_signs() -> None:
    signer = DkimSigner(key(), "congvu", ["tinh.test", "sxd.tinh.test"])
    assert signer.domain_of(b"From: an@sxd.tinh.test\r\n\r\n") == "sxd.tinh.test"


def test_a_body_hashes_alike_however_it_is_cut() -> None:
    whole = BodyHash()
    whole.update(BODY * 3)
    bytewise = BodyHash()
    for position in range(len(BODY) * 3):
        bytewise.update((BODY * 3)[position : position + 1])
    assert bytewise.digest() == whole.digest()


def test_asking_for_the_hash_changes_nothing() -> None:
    body = BodyHash()
    body.update(b"a ")
    body.digest()
    body.update(b" b\r\n")
    other = BodyHash()
    other.update(b"a b\r\n")
    assert body.digest() == other.digest()


def test_endless_empty_lines_cost_no_memory() -> None:
    body = BodyHash()
    for _ in range(2000):
        body.update(b" \r\n" * 100)
    assert len(body._held) < 10
    body.update(b"x")
    assert body.digest() != BodyHash().digest()


class TestLoading:
    def test_the_key_that_congvu_makes(self, tmp_path: Path) -> None:
        key_files.create(KINDS["dkim"], tmp_path / "dkim.pem", "Asia/Ho_Chi_Minh")
        signer = DkimSigner.load(tmp_path / "dkim.pem", "congvu", ["tinh.test"])
        assert signer.sign(HEAD, [BODY])

    @pytest.mark.parametrize("content", ["", "not a key"])
    def test_anything_else_is_refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "dkim.pem").write_text(content)
        (tmp_path / "dkim.pem").chmod(0o600)
        with pytest.raises(ConfigError):
            DkimSigner.load(tmp_path / "dkim.pem", "congvu", ["tinh.test"])

    def test_a_missing_key_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError):
            DkimSigner.load(tmp_path / "dkim.pem", "congvu", ["tinh.test"])

    @pytest.mark.parametrize("selector", ["", "a b", "a;d=x", "A"])
    def test_a_selector_must_be_a_dns_name(self, tmp_path: Path, selector: str) -> None:
        key_files.create(KINDS["dkim"], tmp_path / "dkim.pem", "Asia/Ho_Chi_Minh")
        with pytest.raises(ConfigError):
            DkimSigner.load(tmp_path / "dkim.pem", selector, ["tinh.test"])
