"""What the meetings tool takes from the configuration file, turned into its own frozen settings.

`settings_from` reads no secret and opens nothing; a wrong combination of values is a ConfigError with its next step.
The account with which the directory is asked is `directory_connection`'s business, because that reads a password.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from foundation.addresses import without_detail
from foundation.config.network_fields import split_listen
from foundation.config.of_service import misfit, refuse
from foundation.errors import Problem
from foundation.language import Text
from meetings.meeting import Place
from meetings.service import SERVICE
from meetings.settings import Letterhead, Limits, Listen, MeetingsSettings, Reminders, Submission, Subtrees

if TYPE_CHECKING:
    from foundation.config.meetings_section import Meetings, MeetingsSubmission
    from foundation.config.sections import Configuration


def settings_from(configuration: Configuration) -> MeetingsSettings:
    """The meetings tool's view of a configuration. Raises ConfigError with everything that does not fit together."""
    section, organisation = configuration.meetings, configuration.organisation
    domains = (organisation.domain, *organisation.other_domains)
    refuse(_misfits(section, domains), SERVICE)
    return MeetingsSettings(
        domains=domains,
        organiser=section.organiser,
        bounce_address=section.bounce_address,
        public_url=section.public_url,
        organisation=organisation.name,
        organiser_name=section.organiser_name,
        secretary=section.secretary,
        language=organisation.language,
        timezone=organisation.timezone,
        authserv_id=configuration.relay.hostname,
        lmtp=_listen(section.lmtp_listen),
        lmtp_trusted=tuple(ipaddress.ip_network(network) for network in section.lmtp_trusted),
        web=_listen(section.web_listen),
        metrics=_listen(section.metrics_listen),
        control_socket=section.control_socket,
        control_group=section.control_group,
        working_days=section.working_days,
        clash=section.clash,
        leader_lists=section.leader_lists,
        week_leaders=section.week.leaders,
        submission=_submission(section.submission),
        room=Place("", **section.room.model_dump(exclude={"engine", "opens_minutes"})),
        room_opens_minutes=section.room.opens_minutes,
        letterhead=Letterhead(**section.letterhead.model_dump()),
        reminders=Reminders(**section.reminders.model_dump()),
        limits=Limits(**section.limits.model_dump()),
        directory=_subtrees(configuration),
        templates=configuration.templates.directory,
    )


def _misfits(section: Meetings, domains: tuple[str, ...]) -> list[Problem]:
    """What each value alone could not show."""
    found = []
    for key in ("organiser", "bounce_address"):
        address = getattr(section, key)
        if "+" in address.partition("@")[0] or address.rpartition("@")[2] not in domains:
            found.append(
                misfit(
                    f"meetings.{key}",
                    Text(
                        "{address} phải thuộc một tên miền của ta và không có dấu +",
                        "{address} must be of a domain of ours and have no +",
                    ).format(address=address),
                    Text("ví dụ: hop@{domain}", "for example: hop@{domain}").format(domain=domains[0]),
                )
            )
    if without_detail(section.secretary) in {section.organiser, section.bounce_address}:
        found.append(
            misfit(
                "meetings.secretary",
                Text("thư chuyển tiếp sẽ quay vòng", "what is passed on would come back: a loop"),
                Text("đặt hộp thư của người đọc", "set the mailbox of somebody who reads it"),
            )
        )
    if section.organiser == section.bounce_address:
        found.append(
            misfit(
                "meetings.bounce_address",
                Text(
                    "trùng với organiser: không phân biệt được báo phát với trả lời",
                    "is the same as organiser: reports and answers could not be told apart",
                ),
                Text("chọn một địa chỉ khác", "choose another address"),
            )
        )
    return found


def _listen(text: str) -> Listen:
    return Listen(*split_listen(text)) if text else Listen("", 0)


def _submission(section: MeetingsSubmission) -> Submission:
    host, port = split_listen(section.connect)
    return Submission(
        host=host,
        port=port,
        tls=section.tls,
        server_name=section.server_name or host,
        ca_file=section.ca_file,
        username=section.username,
        password=section.password,
        connections=section.connections,
    )


def _subtrees(configuration: Configuration) -> Subtrees:
    section = configuration.directory
    return Subtrees(
        base=section.base,
        people=section.people,
        lists=section.lists,
        roles=section.role_mailboxes,
        agencies=section.agencies,
    )
