"""What the clerk typed for `mailrelay send`, checked: number, kind, subject, addresses, files. Every mistake at once.

Number and kind have to agree, because a register is kept by them; a file must hold something and be named once. Whether
an address exists only the daemon knows: it is asked with what could be read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from foundation.addresses import normalise
from foundation.errors import InputError, Problem, UsageError
from foundation.language import Text
from foundation.system_errors import reason_of
from foundation.terminal import counted

if TYPE_CHECKING:
    from foundation.documents import DocumentNumber, Kind

LARGEST_TEXT_BYTES: Final = 1 << 20


@dataclass(slots=True)
class Mistakes:
    """What is wrong so far; `missing` are files that cannot be read, which is wrong use when nothing else is wrong."""

    problems: list[Problem] = field(default_factory=list)
    missing: list[Problem] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether something is wrong."""
        return bool(self.problems or self.missing)

    def add(self, option: str, value: str, message: Text, hint: Text | None = None) -> None:
        """One more mistake, in what was given for this option."""
        self.problems.append(Problem("error", message, column=option, value=value, hint=hint))

    def error(self) -> InputError | UsageError:
        """All of them as one error: exit 65, or 2 when only files are missing."""
        told = (*self.problems, *self.missing)
        message = Text("chưa gửi gì: {count}", "nothing was sent: {count}").format(
            count=counted(len(told), Text("lỗi", "problem"))
        )
        if self.problems:
            return InputError(message, None, told)
        return UsageError(message, Text("kiểm tra lại đường dẫn", "check the path"), told)


def reference(number: str, kind: str, mistakes: Mistakes) -> tuple[DocumentNumber | None, Kind | None]:
    """Number and kind as they are spelled."""
    from foundation.documents import ALL_KINDS, kind_of, parse_number

    read, named = parse_number(number), kind_of(kind)
    if read is None or read.is_draft:
        mistakes.add(
            "--number",
            number,
            Text("không phải số và ký hiệu của một văn bản", "is not the number and symbol of a document"),
            Text("ví dụ: 36/TB-UBND, 12/UBND-VX", "for example: 36/TB-UBND, 12/UBND-VX"),
        )
    if named is None:
        mistakes.add(
            "--kind",
            kind,
            Text("không có loại văn bản này", "there is no such kind of document"),
            Text("ví dụ: Thông báo, TB, Giấy mời, Công văn", "for example: Thông báo, TB, Giấy mời, Công văn"),
        )
    if read is not None and named is not None and read.kind:
        meant = [each.name for each in ALL_KINDS if each.abbreviation == read.kind]
        if named.name not in meant:
            mistakes.add(
                "--kind",
                kind,
                Text("ký hiệu {symbol} là của {meant}", "the symbol {symbol} is that of {meant}").format(
                    symbol=read.symbol, meant=" / ".join(dict.fromkeys(meant))
                ),
                Text("sửa --number hoặc --kind cho khớp nhau", "mend --number or --kind, so that they agree"),
            )
    return read, named


def subject_line(subject: str, mistakes: Mistakes) -> str:
    """The subject without spaces around it: one line with something in it."""
    line = subject.strip()
    if not line:
        mistakes.add("--subject", subject, Text("không được rỗng", "must not be empty"))
    elif not all(letter.isprintable() or letter == "\u00a0" for letter in line):
        mistakes.add(
            "--subject",
            subject,
            Text("có chỗ xuống dòng hoặc ký tự điều khiển", "has a line break or a control character"),
            Text("viết trích yếu trên một dòng", "write the subject on one line"),
        )
    return line


def readable_addresses(option: str, addresses: Sequence[str], mistakes: Mistakes) -> list[str]:
    """Those that are addresses at all, without spaces around them."""
    found = []
    for address in addresses:
        try:
            normalise(address)
        except InputError as error:
            mistakes.add(option, address, error.message, error.hint)
        else:
            found.append(address.strip())
    return found


def contents(paths: Sequence[Path], limit_bytes: int, mistakes: Mistakes) -> list[tuple[str, bytes]]:
    """(name, bytes) of every file; none is read whose size alone is too much."""
    found: list[tuple[str, bytes]] = []
    seen: set[tuple[int, int]] = set()
    room_bytes = limit_bytes
    for path in paths:
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in seen:
                mistakes.add("--attach", str(path), Text("tệp này đã đính kèm rồi", "this file is attached already"))
                continue
            seen.add((status.st_dev, status.st_ino))
            room_bytes -= status.st_size
            content = path.read_bytes() if room_bytes >= 0 else b""
        except OSError as error:
            mistakes.missing.append(_unreadable("--attach", path, error))
            continue
        if room_bytes < 0:
            mistakes.add(
                "--attach",
                str(path),
                Text("vượt mức cho phép {mib} MiB", "is more than the {mib} MiB we take").format(mib=limit_bytes >> 20),
                Text("giảm dung lượng tệp đính kèm", "make the attachments smaller"),
            )
        elif not content:
            mistakes.add("--attach", str(path), Text("tệp rỗng, 0 byte", "the file is empty"))
        found.append((path.name, content))
    return found


def words(text: str, file: Path | None, mistakes: Mistakes) -> str:
    """What the message says, from the option or from a file. Raises UsageError for both, or for what is no text."""
    if file is None:
        return text
    if text:
        raise UsageError(Text("dùng --text hoặc --text-file, không cả hai", "use --text or --text-file, not both"))
    try:
        content = sys.stdin.buffer.read(LARGEST_TEXT_BYTES + 1) if str(file) == "-" else file.read_bytes()
    except OSError as error:
        mistakes.missing.append(_unreadable("--text-file", file, error))
        return ""
    if len(content) > LARGEST_TEXT_BYTES:
        raise UsageError(Text("lời trong thư dài quá 1 MiB", "the words of the message are longer than 1 MiB"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            Text("{file} không phải văn bản UTF-8", "{file} is not UTF-8 text").format(file=file)
        ) from error


def _unreadable(option: str, path: Path, error: OSError) -> Problem:
    message = Text("không đọc được tệp: {reason}", "cannot read the file: {reason}").format(reason=reason_of(error))
    return Problem("error", message, column=option, value=str(path))
