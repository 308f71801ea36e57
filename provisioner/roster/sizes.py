"""How large an input may be, each number with the precedent that it follows; nothing here measures anything."""

from __future__ import annotations

from typing import Final

ROWS: Final = 1_048_576
"""Rows of one sheet: Excel's own limit (Excel specifications and limits: 1,048,576 rows by 16,384 columns)."""

COLUMNS: Final = 1_024
"""Columns of one row: Excel stops at 16,384, LibreOffice at 1,024 until 7.4; no HR export comes near either."""

CELL_CHARACTERS: Final = 32_767
"""Characters of one cell: Excel's own limit."""

LINE_BYTES: Final = 1_048_576
"""Bytes of one CSV record: 32 full cells of 32,767 characters. Python's csv module stops a field at 131,072 of its
own."""

CSV_BYTES: Final = 268_435_456
"""Bytes of a CSV file: ROWS rows of 256 bytes, about what a wide HR export holds per person."""

WORKBOOK_BYTES: Final = 67_108_864
"""Bytes of a workbook as stored: ten times what ROWS rows of twelve columns compress to."""

UNZIPPED_BYTES: Final = 536_870_912
"""Bytes of a workbook unzipped: ROWS rows of twelve cells of about 45 bytes of XML."""

INFLATE_RATIO: Final = 100
"""Unzipped over zipped bytes of one part: Apache POI's ZipSecureFile refuses a ratio above 100 (0.01 inverted)."""

INFLATE_GRACE_BYTES: Final = 102_400
"""Below this size the ratio is not judged: ZipSecureFile's grace entry size."""

ZIP_PARTS: Final = 1_000
"""Parts of a workbook: ZipSecureFile's default maximum file count."""

GRID_CELLS: Final = 20_000_000
"""Cells of the rectangles that all sheets span together: ROWS rows of 19 columns; the reader holds them in memory."""

HEADER_SEARCH_ROWS: Final = 30
"""Rows in which the header is looked for: the national letterhead, title, date and unit lines take fewer than ten."""

PROBLEMS_OF_A_KIND: Final = 100
"""Problems of one kind that are listed before the rest is only counted: more is unreadable on any screen."""

NAME_CHARACTERS: Final = 120
"""Characters of a personal name: royal names run to seven words, and the directory's cn should take at least 120."""

TEXT_CHARACTERS: Final = 500
"""Characters of a title, rank or decision number: beyond this it is a paragraph that slipped into the wrong column."""

EMPLOYEE_ID_CHARACTERS: Final = 64
"""Characters of an employee id: the upper bound ub-serial-number of RFC 5280 appendix A.1."""
