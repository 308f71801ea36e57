"""`meetings`: this file only lists the commands; each lives in a module of its own and is imported when used."""

from __future__ import annotations

from foundation.command_line import group
from foundation.command_line import main as run_main
from foundation.language import Text
from foundation.not_built_yet import refusing

LAZY = {
    "create": (
        "meetings.commands.create:create",
        Text("lập cuộc họp và gửi giấy mời", "create a meeting and invite everybody"),
    ),
    "change": (
        "meetings.commands.change:change",
        Text("đổi giờ, địa điểm, nội dung, thành phần", "change time, place, content, people"),
    ),
    "cancel": (
        "meetings.commands.cancel:cancel",
        Text("hủy cả cuộc họp hoặc một buổi", "cancel a meeting, or one of a series"),
    ),
    "show": (
        "meetings.commands.show:show",
        Text("ai đã nhận, ai trả lời, ai đi thay", "who has it, who answered, who stands in"),
    ),
    "list": (
        "meetings.commands.list:list_",
        Text("các cuộc họp sắp tới", "the meetings to come"),
    ),
    "remind": (
        "meetings.commands.remind:remind",
        Text("nhắc họp ngay bây giờ", "send the reminder now"),
    ),
    "resend": (
        "meetings.commands.resend:resend",
        Text("gửi lại giấy mời cho một người", "send one person the invitation again"),
    ),
    "answer": (
        "meetings.commands.answer:answer",
        Text("ghi câu trả lời báo qua điện thoại", "note an answer given by telephone"),
    ),
    "held": (
        "meetings.commands.held:held",
        Text("thư trả lời chờ xem xét: xem, chấp nhận, bỏ", "answers that wait for a decision"),
    ),
    "deputy": (
        "meetings.commands.deputy:deputy",
        Text("cử người đi thay: đề nghị, đồng ý, từ chối", "standing in: propose, consent, refuse"),
    ),
    "counter": (
        "meetings.commands.counter:counter",
        Text("đề xuất thời gian khác: xem, từ chối, nhận", "proposed times: look, decline, take over"),
    ),
    "links": (
        "meetings.commands.links:links",
        Text("liên kết riêng của một người: xem, thu hồi", "one person's own links: show, revoke"),
    ),
    "week": (
        "meetings.commands.week:week",
        Text("lịch công tác tuần: trang, PDF, .ics", "the weekly schedule: page, PDF, .ics"),
    ),
    "serve": (
        "meetings.commands.serve:serve",
        Text("dịch vụ: gửi giấy mời, nhận trả lời, trang web", "the daemon: invitations, answers, web pages"),
    ),
}
LATER = ("attendance",)


@group(
    "meetings",
    Text(
        "Giấy mời họp mà mọi chương trình thư đều hiểu, một lần bấm để vào họp.",
        "Meeting invitations that every mail client understands, one click to join.",
    ),
    Text(
        "Lập cuộc họp bằng meetings create; xem ai dự bằng meetings show. Dịch vụ chạy bằng meetings serve.",
        "Create a meeting with meetings create, see who comes with meetings show. The service is meetings serve.",
    ),
    lazy=LAZY,
    version=True,
)
def meetings() -> None:
    """The group itself does nothing."""


for verb in LATER:
    meetings.add_command(refusing("meetings", verb))


def main() -> None:
    """The console script."""
    run_main(meetings, "meetings")


if __name__ == "__main__":
    main()
