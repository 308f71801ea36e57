"""`mailrelay queue hold|release|retry|remove`: orders to the running daemon, journaled with who gave them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from foundation.command_line import Command, command, confirm, emit_json, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text
from foundation.terminal import counted
from mailrelay import queue_ids
from mailrelay.commands.selections import destination_as_stored

_RECIPIENT = Text("nơi nhận", "recipient")
_DONE = {
    "hold": Text("đã giữ lại {count}", "{count} held"),
    "release": Text("đã thả {count}", "{count} released"),
    "retry": Text("sẽ thử lại ngay {count}", "{count} will be tried at once"),
    "remove": Text(
        "đã bỏ {count} khỏi hàng đợi; người gửi không được báo",
        "{count} taken out of the queue; the sender is not told",
    ),
}
_QUESTIONS = {
    "hold": Text("giữ lại TẤT CẢ thư đang chờ ({count})?", "hold ALL waiting mail ({count})?"),
    "release": Text("thả TẤT CẢ thư đang giữ ({count})?", "release ALL held mail ({count})?"),
    "retry": Text("thử lại ngay TẤT CẢ thư đang chờ ({count})?", "try ALL waiting mail again at once ({count})?"),
    "remove": Text(
        "bỏ {count} khỏi hàng đợi, không phát, không lấy lại được?",
        "take {count} out of the queue, undelivered, with no way back?",
    ),
}
_COUNT = Text("{recipients} của {messages}", "{recipients} of {messages}")


def _order(verb: str, help: Text, more: Text) -> Command:
    def run(queue_id: tuple[str, ...], recipient: str, sender: str, destination: str, all_: bool, yes: bool) -> int:
        return _carried_out(verb, queue_id, recipient, sender, destination, all_, yes)

    decorated: Callable[..., Any] = run
    for decorator in reversed(_OPTIONS):
        decorated = decorator(decorated)
    return command(verb, help, more)(decorated)


_OPTIONS: list[Callable[[Callable[..., Any]], Callable[..., Any]]] = [
    click.argument("queue_id", nargs=-1),
    click.option(
        "--recipient", default="", help="Chỉ tới địa chỉ hoặc danh sách này. / Only for this address or list."
    ),
    click.option("--sender", default="", help="Chỉ của người gửi này. / Only from this sender."),
    click.option(
        "--destination", default="", help="Chỉ tới tên miền này, hoặc local. / Only to this domain, or local."
    ),
    click.option(
        "--all", "all_", is_flag=True, help="Tất cả; cần --yes hoặc trả lời. / All; needs --yes or an answer."
    ),
    click.option("--yes", is_flag=True, help="Không hỏi lại (--all; remove có điều kiện). / Do not ask."),
]


def _carried_out(
    verb: str, typed: tuple[str, ...], recipient: str, sender: str, destination: str, everything: bool, yes: bool
) -> int:
    current = invocation()
    configuration = current.configuration
    _check(typed, (recipient, sender, destination), everything)
    from foundation.control.client import ask
    from mailrelay.service import SERVICE

    order = partial(
        ask,
        SERVICE,
        configuration.relay.control_socket,
        verb,
        queue_ids=list(typed),
        recipient=recipient.strip(),
        sender=sender.strip(),
        destination=destination_as_stored(destination),
        everything=everything,
    )
    if not yes and (everything or (verb == "remove" and any((recipient, sender, destination)))):
        _ask_first(verb, order(only_count=True))
    answer = order()
    changed, unknown = int(answer["recipients"]), [str(each) for each in answer["unknown"]]
    if current.json:
        emit_json({"recipients": changed, "unknown": unknown})
    else:
        _tell(verb, changed, unknown, typed)
    return 1 if unknown or not changed else 0


def _ask_first(verb: str, found: dict[str, Any]) -> None:
    """Go on only with a yes, unless there is nothing to change. Raises UsageError."""
    if found["recipients"]:
        recipients = counted(int(found["recipients"]), _RECIPIENT)
        messages = counted(int(found["messages"]), Text("thư", "message"))
        confirm(_QUESTIONS[verb].format(count=_COUNT.format(recipients=recipients, messages=messages)), False)


def _check(typed: tuple[str, ...], conditions: tuple[str, ...], everything: bool) -> None:
    wrong = [each for each in typed if queue_ids.parse(each) is None]
    if wrong:
        raise UsageError(
            Text("không phải mã hàng đợi: {ids}", "not a queue id: {ids}").format(ids=", ".join(wrong)[:200]),
            Text(
                "mã gồm 13 chữ và số; xem: mailrelay queue list",
                "it has 13 letters and digits; see: mailrelay queue list",
            ),
        )
    if everything and (typed or any(conditions)):
        raise UsageError(
            Text("--all không đi cùng điều kiện khác", "--all goes with no other condition"),
            Text("bỏ --all, hoặc bỏ các điều kiện kia", "leave out --all, or the other conditions"),
        )
    if not everything and not typed and not any(conditions):
        raise UsageError(
            Text("chưa chọn thư nào", "no message was chosen"),
            Text(
                "nêu mã hàng đợi, hoặc --recipient, --sender, --destination, --all",
                "name queue ids, or --recipient, --sender, --destination, --all",
            ),
        )


def _tell(verb: str, changed: int, unknown: list[str], typed: tuple[str, ...]) -> None:
    for each in unknown:
        tell(Text("không có thư {id}", "there is no message {id}").format(id=each), "yellow")
    if not changed:
        tell(Text("không có gì để thay đổi", "there was nothing to change"))
        return
    tell(_DONE[verb].format(count=counted(changed, _RECIPIENT)))
    see = f"mailrelay queue show {typed[0]}" if len(typed) == 1 else "mailrelay queue list"
    tell(Text("xem: {command}", "see: {command}").format(command=see))


hold = _order(
    "hold",
    Text("Giữ lại: không phát cho tới khi thả.", "Hold: deliver nothing until released."),
    Text(
        "Thư đang phát dở thì không giữ được. Thả bằng: mailrelay queue release.",
        "What is being delivered just now cannot be held. Release with: mailrelay queue release.",
    ),
)
release = _order(
    "release",
    Text("Thả những gì đang giữ lại.", "Release what is held."),
    Text("Được phát ngay.", "It is delivered at once."),
)
retry = _order(
    "retry",
    Text("Thử lại ngay, không chờ tới giờ hẹn.", "Try again at once instead of waiting for its time."),
    Text("Dùng sau khi nơi nhận đã chạy lại.", "For when the other host works again."),
)
remove = _order(
    "remove",
    Text(
        "Bỏ khỏi hàng đợi, không phát; không lấy lại được.", "Take out of the queue undelivered; there is no way back."
    ),
    Text(
        "Người gửi không được báo; nhật ký ghi ai đã bỏ. Chọn bằng điều kiện thì hỏi lại, hoặc cần --yes.",
        "The sender is not told; the journal records who removed it. Chosen by a condition, it asks, or needs --yes.",
    ),
)
