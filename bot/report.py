"""What became of the recipients of a broadcast, as lines of a table that a spreadsheet can open."""

import csv
import io

from bot.ledger import Line

REPORT_HEAD = ("user_id", "outcome", "reason", "delivered", "read")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(*cells: object) -> str:
    """One line with its end; no cell is taken for a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([csv_cell(each) for each in cells])
    return text.getvalue()


def csv_cell(value: object) -> str:
    """A value as text, marked as such where a spreadsheet would take it for a formula."""
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(_FORMULAS) else text


def report_cells(line: Line) -> tuple[object, ...]:
    """In the order of `REPORT_HEAD`."""
    return line.user_id, line.outcome, line.reason, int(line.delivered), int(line.read)
