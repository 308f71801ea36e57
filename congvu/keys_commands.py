"""`congvu keys create|rotate|list|import`: the keys of this installation, their state and what to back up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from foundation import key_files
from foundation.command_line import command, confirm, emit_json, group, invocation, tell
from foundation.config.secrets import Secret
from foundation.errors import ConfigError
from foundation.keys import KINDS, Key, KeyKind, dkim_record, parse_keyring, rsa_key_id, rsa_private_key
from foundation.language import Text

NAMES = tuple(KINDS)


@group("keys", Text("Tạo, xoay, xem và nhập khóa.", "Create, rotate, list and import keys."))
def keys() -> None:
    """The group itself does nothing."""


@command(
    "create",
    Text("Tạo những khóa chưa có.", "Create the keys that do not exist yet."),
    Text(
        "Không nêu tên: tạo mọi khóa còn thiếu. Khóa đã có không bao giờ bị ghi đè.",
        "Without names: all that are missing. An existing key is never overwritten.",
    ),
)
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
def create(names: tuple[str, ...]) -> None:
    """Create the named keys, or all missing ones."""
    configuration = invocation().configuration
    created: list[str] = []
    records: dict[str, str] = {}
    for name in names or NAMES:
        path = key_files.file_of(KINDS[name], configuration)
        if not names and path.exists():
            continue
        key_files.create(KINDS[name], path, configuration.organisation.timezone)
        created.append(name)
        tell(Text("đã tạo khóa {name}: {path}", "created the key {name}: {path}").format(name=name, path=path))
        if not KINDS[name].is_ring:
            records = _records(path, configuration.relay.dkim.selector)
            _tell_records(records)
    if not created:
        tell(Text("đã có đủ khóa", "all keys exist already"))
    else:
        tell(Text("cất giữ bản sao ngay bây giờ; xem: congvu keys list", "back up a copy now; see: congvu keys list"))
    _answer({"created": created} | ({"dns": records} if records else {}))


@command(
    "rotate",
    Text("Thêm khóa mới; từ nay khóa mới ký, khóa cũ vẫn kiểm tra được.", "Add a new key that signs from now on."),
    Text(
        "Khóa cũ được giữ lại để kiểm tra và nhận ra. Với dkim: khóa mới nằm trong tệp mới, chỉ dùng khi bản ghi DNS đã"
        " công bố và cấu hình nêu tên nó.",
        "Old keys stay, to verify and to recognise. For dkim: the new key is a new file, used once its DNS record is"
        " published and the configuration names it.",
    ),
)
@click.argument("name", type=click.Choice(NAMES))
@click.option("--yes", is_flag=True, help="Không hỏi lại. / Do not ask.")
def rotate(name: str, yes: bool) -> None:
    """Rotate one key."""
    configuration = invocation().configuration
    path = key_files.file_of(KINDS[name], configuration)
    confirm(Text("xoay khóa {name}?", "rotate the key {name}?").format(name=name), yes)
    if not KINDS[name].is_ring:
        _rotate_dkim(path)
        return
    keyring = key_files.rotate(KINDS[name], path, configuration.organisation.timezone)
    tell(
        Text("khóa {id} ký từ nay; cất giữ bản sao mới", "the key {id} signs from now on; back up a new copy").format(
            id=keyring.newest.id
        )
    )
    _answer({"name": name, "newest": keyring.newest.id, "keys": len(keyring.keys)})


def _rotate_dkim(path: Path) -> None:
    """Make the next DKIM key under the next selector, and say in which order to change over."""
    beside = key_files.create_beside(path)
    newest = beside.stem.rpartition("-")[2]
    selector = f"{_WITHOUT_ID.sub('', invocation().configuration.relay.dkim.selector)}-{newest}"
    records = _records(beside, selector)
    _tell_records(records)
    tell(
        Text(
            'sau khi bản ghi đã công bố, đặt trong [relay.dkim]: selector = "{selector}", key = {{ file = "{path}" }};'
            " giữ bản ghi cũ thêm một tuần",
            'once the record is published, set in [relay.dkim]: selector = "{selector}", key = {{ file = "{path}" }};'
            " keep the old record for a week",
        ).format(selector=selector, path=beside)
    )
    _answer({"name": "dkim", "newest": newest, "keys": 1, "file": str(beside), "selector": selector, "dns": records})


def _records(path: Path, selector: str) -> dict[str, str]:
    """What DNS must publish for the DKIM key in this file: name of the TXT record and its text, for each domain."""
    configuration = invocation().configuration
    record = dkim_record(rsa_private_key(Secret("file", str(path)).read_bytes(), str(path)))
    domains = configuration.relay.dkim.domains or (configuration.organisation.domain,)
    return {f"{selector}._domainkey.{domain}": record for domain in domains}


def _tell_records(records: dict[str, str]) -> None:
    """As zone files write them: a text of more than 255 octets is several strings (RFC 1035 3.3.14)."""
    tell(Text("công bố trong DNS:", "publish in DNS:"))
    for name, record in records.items():
        strings = " ".join(f'"{record[at : at + _DNS_STRING]}"' for at in range(0, len(record), _DNS_STRING))
        if not invocation().json:
            click.echo(f"{name}. IN TXT ( {strings} )")


_DNS_STRING = 250
_WITHOUT_ID = re.compile(r"-[0-9a-f]{8}\Z")


@command(
    "import",
    Text(
        "Nhập khóa sổ địa chỉ của tỉnh được hợp nhất.",
        "Import the address-register key of a province merged into ours.",
    ),
    Text(
        "Khóa nhập chỉ để nhận ra địa chỉ tỉnh đó đã cấp; không bao giờ dùng để ký.",
        "An imported key only recognises addresses that province gave out; it never signs.",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--from", "province", required=True, metavar="NAME", help="Tên tỉnh. / The name of the province.")
@click.option("--yes", is_flag=True, help="Không hỏi lại. / Do not ask.")
def import_(file: Path, province: str, yes: bool) -> None:
    """Import another province's address-register keys."""
    configuration = invocation().configuration
    path = key_files.file_of(KINDS["address-register"], configuration)
    confirm(Text("nhập khóa từ {file}?", "import the keys of {file}?").format(file=file), yes)
    added = key_files.import_keys(path, file, province)
    tell(Text("đã nhập {count} khóa", "imported {count} key(s)").format(count=len(added)))
    _answer({"imported": [key.id for key in added], "from": province})


@command(
    "list",
    Text("Có khóa nào, bảo vệ gì, mất thì sao, cất giữ gì.", "What keys there are, and what to back up."),
)
def list_() -> None:
    """Show every kind of key with its state; never a secret."""
    current = invocation()
    kinds = [_described(kind) for kind in KINDS.values()]
    if current.json:
        emit_json({"keys": kinds})
        return
    from foundation.rendering import Renderer

    click.echo(Renderer(current.configuration.templates.directory).render("reports/keys.txt", kinds=kinds), nl=False)


def _described(kind: KeyKind) -> dict[str, Any]:
    """One kind as data, for JSON and for the template."""
    place = key_files.place_of(kind, invocation().configuration)
    described: dict[str, Any] = {
        "name": kind.name,
        "algorithm": kind.algorithm,
        "place": place.describe(),
        "protects": str(kind.protects),
        "when_lost": str(kind.when_lost),
        "when_leaked": str(kind.when_leaked),
        "keys": [],
    }
    if place.path is not None and not place.path.exists():
        return described | _state("missing", Text("chưa có", "not there yet"))
    try:
        described["keys"] = _ring(place) if kind.is_ring else [_dkim_key(place)]
    except ConfigError as error:
        return described | _state("unreadable", error.message)
    return described | _state("present", Text("có", "present"))


def _ring(place: Secret) -> list[dict[str, Any]]:
    keyring = parse_keyring(place.read(), place.describe())
    return [_key(key, signs=key is keyring.newest) for key in keyring.keys]


def _dkim_key(place: Secret) -> dict[str, Any]:
    """The one key of a PEM file; its date is the file's."""
    key = rsa_private_key(place.read_bytes(), place.describe())
    changed = datetime.fromtimestamp(place.path.stat().st_mtime, UTC).date().isoformat() if place.path else ""
    return {
        "id": rsa_key_id(key),
        "created_on": changed,
        "signs": True,
        "imported_from": "",
        "public_key": dkim_record(key).rpartition("p=")[2],
    }


def _state(state: str, text: Text) -> dict[str, str]:
    return {"state": state, "state_text": str(text)}


def _key(key: Key, signs: bool) -> dict[str, Any]:
    return {
        "id": key.id,
        "created_on": key.created_on.isoformat(),
        "signs": signs,
        "imported_from": key.imported_from,
        "public_key": _public_key(key),
    }


def _public_key(key: Key) -> str:
    """The public half in base64, for publishing; empty for symmetric keys."""
    if key.algorithm != "ed25519":
        return ""
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(key.secret).public_key().public_bytes_raw()
    return base64.b64encode(public).decode("ascii")


def _answer(answer: dict[str, Any]) -> None:
    if invocation().json:
        emit_json(answer)


for _command in (create, rotate, list_, import_):
    keys.add_command(_command)
