"""Every way in which the directory can fail us, as one `Unreachable` that names the cause and the next step.

Two tables: exceptions of the network and of TLS, and result codes of the server (RFC 4511 appendix A). Decides only;
whoever talks to the server raises what these functions return.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

from foundation.directory.url import Address
from foundation.errors import Unreachable
from foundation.language import Text

_UNREACHED: Final = Text("không dùng được thư mục {url}: {why}", "cannot use the directory {url}: {why}")

_CHECK_SERVER: Final = Text(
    "kiểm tra slapd có đang chạy và [directory] url có đúng không",
    "check that slapd is running and that [directory] url is right",
)
_CHECK_NETWORK: Final = Text(
    "kiểm tra mạng, tường lửa và tải của máy chủ, rồi chạy lại",
    "check the network, the firewall and the load of the server, then run again",
)
_CHECK_CERTIFICATE: Final = Text(
    "đặt tls.ca_file trong [directory] là CA đã ký, và dùng đúng tên ghi trong chứng thư",
    "set tls.ca_file in [directory] to the CA that signed it, and use a name the certificate carries",
)
_CHECK_LOGIN: Final = Text(
    "kiểm tra bind_dn và bind_password trong [directory]; chạy: congvu doctor",
    "check bind_dn and bind_password in [directory]; run: congvu doctor",
)
_CHECK_RIGHTS: Final = Text(
    "so quyền của tài khoản này với deploy/openldap/slapd.conf.template",
    "compare what this account may do with deploy/openldap/slapd.conf.template",
)
_TRY_AGAIN: Final = Text("chạy lại sau; lần chạy lại tiếp tục an toàn", "run again later; running again is safe")
_CHECK_WRITABLE: Final = Text(
    "máy chủ có chỉ cho đọc (bản sao, readonly), hay tài khoản bị khóa? xem congvu doctor và nhật ký máy chủ",
    "is it read-only (a replica, readonly), or is the account locked? see congvu doctor and the server's log",
)
_CHECK_SPACE: Final = Text(
    "xem nhật ký máy chủ; đĩa hoặc cơ sở dữ liệu của nó (maxsize) có thể đã đầy; rồi chạy lại, an toàn",
    "read the server's log; its disk or its database (maxsize) may be full; then run again, which is safe",
)
_RAISE_LIMIT: Final = Text(
    "bỏ giới hạn cho các tài khoản dịch vụ (limits trong slapd.conf)",
    "lift the limits for the service accounts (limits in slapd.conf)",
)

_RESULTS: Final[dict[int, tuple[Text, Text]]] = {
    3: (Text("câu trả lời bị cắt vì hết thời gian", "the answer was cut short by a time limit"), _RAISE_LIMIT),
    4: (Text("câu trả lời bị cắt vì quá dài", "the answer was cut short by a size limit"), _RAISE_LIMIT),
    7: (Text("không nhận cách đăng nhập này", "this way of logging in is not supported"), _CHECK_LOGIN),
    8: (Text("đòi đăng nhập trước", "a login is required first"), _CHECK_LOGIN),
    10: (Text("chuyển ta sang máy chủ khác", "it refers us to another server"), _CHECK_SERVER),
    11: (Text("vượt giới hạn của máy chủ", "an administrative limit is exceeded"), _RAISE_LIMIT),
    12: (Text("thiếu điều khiển cần thiết", "it lacks a control that we need"), _CHECK_SERVER),
    13: (
        Text("chỉ cho đăng nhập qua kênh mã hóa", "it takes a login only through an encrypted channel"),
        Text("dùng ldaps:// hoặc start_tls trong [directory]", "use ldaps:// or start_tls in [directory]"),
    ),
    48: (Text("tài khoản không đăng nhập được", "this account cannot log in"), _CHECK_LOGIN),
    49: (Text("từ chối đăng nhập", "the bind is refused (wrong password or no such account)"), _CHECK_LOGIN),
    50: (Text("không đủ quyền", "insufficient rights"), _CHECK_RIGHTS),
    51: (Text("máy chủ đang bận", "the server is busy"), _TRY_AGAIN),
    52: (Text("máy chủ không sẵn sàng", "the server is unavailable"), _TRY_AGAIN),
    53: (Text("máy chủ không chịu làm", "the server is unwilling to do it"), _CHECK_WRITABLE),
    80: (Text("lỗi bên trong máy chủ", "an internal error of the server"), _CHECK_SPACE),
}


def unreachable(why: Text, hint: Text, address: Address) -> Unreachable:
    """An error of our own finding, such as a name that does not exist."""
    return Unreachable(_UNREACHED.format(url=address, why=why), hint)


def from_exception(error: BaseException, address: Address, doing: Text) -> Unreachable:
    """What an exception of the network, of TLS or of ldap3 means; `doing` names what was under way."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return unreachable(
                Text("chứng thư không được tin: {why}", "its certificate is not trusted: {why}").format(
                    why=_certificate_reason(cause)
                ),
                _CHECK_CERTIFICATE,
                address,
            )
    for cause in causes:
        known = _known(cause)
        if known:
            return unreachable(known[0].format(doing=doing), known[1], address)
    reason = next((str(cause) for cause in reversed(causes) if str(cause)), type(error).__name__)
    return unreachable(
        Text("lỗi khi {doing}: {why}", "failed while {doing}: {why}").format(doing=doing, why=reason),
        _CHECK_NETWORK,
        address,
    )


def from_result(code: int, name: str, message: str, address: Address, doing: Text) -> Unreachable:
    """What a result code of the server means; `name` and `message` are the server's own words."""
    why, hint = _RESULTS.get(code, (Text(name, name), _CHECK_SERVER))
    detail = f" [{code} {name}{': ' + message if message else ''}]"
    return unreachable(
        Text("khi {doing}: {why}", "while {doing}: {why}").format(
            doing=doing, why=Text(why.vi + detail, why.en + detail)
        ),
        hint,
        address,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything packed into it: ldap3 lists one failure per address in the arguments."""
    yield error
    for argument in error.args:
        for item in argument if isinstance(argument, list | tuple) else (argument,):
            for part in item if isinstance(item, list | tuple) else (item,):
                if isinstance(part, BaseException):
                    yield from _causes(part)
    if error.__cause__ is not None:
        yield from _causes(error.__cause__)


def _certificate_reason(error: BaseException) -> str:
    """OpenSSL's own sentence, without the file and line of its source."""
    text = str(error)
    _, found, reason = text.partition("certificate verify failed: ")
    return (reason if found else text).partition(" (_ssl.c")[0].rstrip(".")


def _known(error: BaseException) -> tuple[Text, Text] | None:
    if isinstance(error, ConnectionRefusedError):
        return Text("máy chủ không nghe ở đó", "connection refused: nothing listens there"), _CHECK_SERVER
    if isinstance(error, FileNotFoundError):
        return Text("không có socket đó", "there is no such socket"), _CHECK_SERVER
    if isinstance(error, PermissionError):
        return Text("không được phép mở socket đó", "we may not open that socket"), _CHECK_RIGHTS
    if isinstance(error, TimeoutError | BlockingIOError):
        return Text("quá thời gian chờ khi {doing}", "timeout while {doing}"), _CHECK_NETWORK
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        return Text(f"bắt tay TLS hỏng: {reason}", f"the TLS handshake failed: {reason}"), _CHECK_CERTIFICATE
    if isinstance(error, ConnectionError) or type(error).__name__ == "LDAPSessionTerminatedByServerError":
        return Text("mất kết nối khi {doing}", "the connection was lost while {doing}"), _TRY_AGAIN
    return None
