"""The configuration file of a sandbox: what an administrator would write for these servers. Text only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from congvu.sandbox_settings import SandboxSettings
from foundation.directory.schema import service_dn

DOMAIN: Final = "tinh.test"
HOSTNAME: Final = "mail.tinh.test"
BASE: Final = "dc=tinh,dc=test"
POSTMASTER: Final = "vanthu.vpub@tinh.test"
"""The registry of the province's office, which `provision` makes with the first people."""
ORGANISATION: Final = "Tỉnh Thử Nghiệm"
TIMEZONE: Final = "Asia/Ho_Chi_Minh"
ORGANISER: Final = f"hop@{DOMAIN}"
BOUNCES: Final = f"hop-bao-phat@{DOMAIN}"
"""In whose name invitations go out, and where delivery reports return: nobody's mailboxes, routes lead them."""
SECRETARY: Final = POSTMASTER
ROOM: Final = "https://phonghop.tinh.test/chung"
"""A room that exists elsewhere: the sandbox has none of its own."""


WEEK_LEADERS: Final = ("vpub",)
"""The leaders of the province's office, whom `provisioner.generate` makes with the first people."""


def configuration_text(
    settings: SandboxSettings, control_socket: Path, meetings_socket: Path, leaders: Sequence[str] = ()
) -> str:
    """config.toml; paths are relative to its folder, but for the sockets, whose names must be short. `leaders` are
    those of the weekly schedule, as far as there are people."""
    ports = settings.ports
    return f"""# `congvu sandbox up` ghi lại tệp này mỗi lần khởi động các máy chủ: những dòng tự thêm ở đây sẽ mất.
# Muốn đổi: đặt biến môi trường khi chạy `up` và các lệnh, ví dụ CONGVU_MEETINGS__WORKING_DAYS=1; hoặc dùng một bản sao
# của tệp này trong cùng thư mục: --config BẢN-SAO.
# `congvu sandbox up` writes this file anew whenever it starts the servers: lines of your own are lost.
# To change something set the environment of `up` and of the commands, such as CONGVU_MEETINGS__WORKING_DAYS=1, or use a
# copy in this folder: --config COPY. Relative paths start at this folder.

[organisation]
name = {json.dumps(ORGANISATION, ensure_ascii=False)}
domain = "{DOMAIN}"
language = "vi"
timezone = "{TIMEZONE}"
levels = ["tỉnh", "xã"]

[storage]
url = "sqlite:data"

[directory]
url = "ldap://127.0.0.1:{ports.ldap}"
base = "{BASE}"
bind_dn = "{service_dn("provision", BASE)}"
bind_password = {{ file = "secrets/provision.password" }}
people = "ou=people"
agencies = "ou=agencies"
lists = "ou=lists"
role_mailboxes = "ou=roles"
reservations = "ou=reservations"
tls = {{ ca_file = "tls/ca.pem" }}

[roster]
source = "hr"

[addresses]
register_key = {{ file = "keys/address-register.keys" }}

[journal]
signing_key = {{ file = "keys/journal.keys" }}

[keys]
directory = "keys"

# Nobody is trusted for being on this machine: who sends to foreign addresses must log in.
[relay]
hostname = "{HOSTNAME}"
spool = "relay/spool"
control_socket = {json.dumps(str(control_socket), ensure_ascii=False)}
metrics_listen = "127.0.0.1:{ports.metrics}"
bind_dn = "{service_dn("relay", BASE)}"
bind_password = {{ file = "secrets/relay.password" }}
trusted_networks = []
postmaster = "{POSTMASTER}"
local_delivery = "lmtp://127.0.0.1:{ports.lmtp}"

[relay.listeners]
relay = ["127.0.0.1:{ports.relay}"]
submission = ["127.0.0.1:{ports.submission}"]
submissions = ["127.0.0.1:{ports.submissions}"]

[relay.routes]
"{ORGANISER}" = "lmtp://127.0.0.1:{ports.meetings_lmtp}"
"{BOUNCES}" = "lmtp://127.0.0.1:{ports.meetings_lmtp}"

[relay.applications.meetings]
addresses = ["{ORGANISER}", "{BOUNCES}"]
password = {{ file = "secrets/meetings-relay.password" }}

[relay.tls]
certificate = "tls/server.pem"
key = {{ file = "tls/server.key" }}
ca_file = "tls/ca.pem"

[relay.dkim]
domains = ["{DOMAIN}"]
key = {{ file = "keys/dkim.pem" }}

[meetings]
organiser = "{ORGANISER}"
bounce_address = "{BOUNCES}"
secretary = "{SECRETARY}"
public_url = "http://127.0.0.1:{ports.meetings_web}"
lmtp_listen = "127.0.0.1:{ports.meetings_lmtp}"
web_listen = "127.0.0.1:{ports.meetings_web}"
metrics_listen = "127.0.0.1:{ports.meetings_metrics}"
control_socket = {json.dumps(str(meetings_socket), ensure_ascii=False)}
bind_dn = "{service_dn("meetings", BASE)}"
bind_password = {{ file = "secrets/meetings.password" }}
links_key = {{ file = "keys/links.keys" }}

[meetings.submission]
connect = "127.0.0.1:{ports.submissions}"
server_name = "{HOSTNAME}"
ca_file = "tls/ca.pem"
password = {{ file = "secrets/meetings-relay.password" }}

[meetings.room]
url = "{ROOM}"

[meetings.week]
leaders = {json.dumps(leaders)}

[sandbox]
clock_file = "clock"
"""
