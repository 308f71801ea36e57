"""`provision generate`: an invented province for trials, benchmarks and courses."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from foundation.command_line import command, emit_json, invocation, tell
from foundation.errors import UsageError
from foundation.language import Text


@command(
    "generate",
    Text("Tạo danh sách nhân sự giả, giống thật, để thử.", "A realistic synthetic roster, for trials."),
    Text(
        "Cùng --random-seed cho cùng tệp. Không có --out thì in danh sách CSV ra stdout. --out THƯ_MỤC ghi "
        "roster.csv và agencies.csv; --out TỆP.xlsx ghi danh sách vào đó.",
        "The same --random-seed gives the same files. Without --out the roster goes to stdout as CSV. --out FOLDER "
        "writes roster.csv and agencies.csv; --out FILE.xlsx writes the roster there.",
    ),
)
@click.option("--people", type=int, default=1000, show_default=True, help="Số người. / How many people.")
@click.option("--random-seed", type=int, default=1, show_default=True, help="Hạt giống. / The seed.")
@click.option("--out", type=click.Path(path_type=Path), help="Thư mục, hoặc tệp .csv/.xlsx. / A folder or a file.")
@click.option("--agencies", type=click.Path(path_type=Path), help="Ghi danh mục đơn vị vào đây. / Agencies go here.")
@click.option(
    "--encodings",
    type=click.Choice(["unicode", "mixed"]),
    default="unicode",
    show_default=True,
    help="mixed: 60 % Unicode, 25 % TCVN3, 15 % VNI.",
)
@click.option(
    "--reform",
    type=click.Choice(["before", "after"]),
    default="after",
    show_default=True,
    help="Trước hay sau 1/7/2025. / Before or after 1 July 2025.",
)
def generate(
    people: int, random_seed: int, out: Path | None, agencies: Path | None, encodings: str, reform: str
) -> int:
    """Invent, write, say where."""
    if invocation().json and out is None:
        raise UsageError(
            Text(
                "--json cần --out: danh sách không nằm trong câu trả lời JSON",
                "--json needs --out: the JSON answer does not hold the roster",
            ),
            Text("thêm --out THƯ_MỤC, hoặc bỏ --json", "add --out FOLDER, or leave out --json"),
        )
    from provisioner.generate import ONLY_UNICODE, THREE_ENCODINGS, write_agencies, write_roster
    from provisioner.generate import generate as invent

    province = invent(people, random_seed, reform="before" if reform == "before" else "after")
    shares = THREE_ENCODINGS if encodings == "mixed" else ONLY_UNICODE
    try:
        roster: Path | None = None
        if out is None:
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "roster.csv"
                write_roster(province, copy, shares)
                sys.stdout.write(copy.read_text(encoding="utf-8"))
        else:
            roster, agencies = _places(out, agencies)
            write_roster(province, roster, shares)
        if agencies is not None:
            write_agencies(province, agencies)
    except OSError as error:
        raise UsageError(
            Text("không ghi được: {why}", "cannot write: {why}").format(why=error),
            Text("chọn --out khác", "choose another --out"),
        ) from error
    written = {"roster": roster, "agencies": agencies}
    if invocation().json:
        files = {name: str(path.absolute()) if path else None for name, path in written.items()}
        emit_json({**files, "people": people, "random_seed": random_seed, "rows": len(province.rows)})
    for path in written.values():
        if path is not None:
            tell(Text("đã ghi {path}", "written {path}").format(path=path))
    if roster is not None and agencies is not None:
        tell(
            Text(
                f"tiếp theo: provision plan {roster} --agencies {agencies}",
                f"next: provision plan {roster} --agencies {agencies}",
            )
        )
    return 0


def _places(out: Path, agencies: Path | None) -> tuple[Path, Path]:
    """Where the roster and the agencies go: into the folder, or the roster there and the agencies beside it."""
    if out.suffix.lower() in (".csv", ".xlsx"):
        out.parent.mkdir(parents=True, exist_ok=True)
        return out, agencies or out.with_name("agencies.csv")
    out.mkdir(parents=True, exist_ok=True)
    return out / "roster.csv", agencies or out / "agencies.csv"
