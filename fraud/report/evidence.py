"""Evidence to send on: an incident's figures and, in neutral words, what was measured."""

from fraud.report import plots
from fraud.report.dossier import drawn_of, page
from fraud.report.exhibit import Exhibit
from fraud.report.message import draft, message
from fraud.report.spreadsheet import csv_bytes

DAILY = ("report_date", "streams", "expected_low", "expected_streams", "expected_high")
PLACES = ("report_date", "store", "territory", "streams")
TRACKS = ("track_id", "isrc", "title", "artist", "label", "upc")


def evidence(case: Exhibit, separator: str = ",") -> dict[str, bytes]:
    """Return the evidence of a case that every incident of a night gets: names and bytes.

    message.txt drafts what to write to the distributor; daily.csv has the plays of each day with
    what was expected, places.csv the plays as the stores reported them, tracks.csv the tracks.
    `separator` stands between the cells of all three.
    """
    series = case.series
    daily = zip(
        case.days,
        series.plays,
        series.expected_low,
        series.expected,
        series.expected_high,
        strict=True,
    )
    return {
        "message.txt": message(case).encode("utf-8"),
        "daily.csv": csv_bytes(DAILY, daily, separator),
        "places.csv": csv_bytes(PLACES, series.places.select(PLACES).iter_rows(), separator),
        "tracks.csv": csv_bytes(TRACKS, series.tracks.select(TRACKS).iter_rows(), separator),
    }


def everything(case: Exhibit, separator: str = ",") -> dict[str, bytes]:
    """Return evidence and dossier, every plot as SVG and PNG, and the message as an .eml draft."""
    files = evidence(case, separator)
    drawn = {key: plots.svg(plot) for key, plot in drawn_of(case).items()}
    files["dossier.html"] = page(case, drawn)
    for key, svg in drawn.items():
        files[f"plots/{key}.svg"] = svg.encode("utf-8")
    for key, plot in drawn_of(case).items():
        files[f"plots/{key}.png"] = plots.png(plot)
    return files | {"message.eml": draft(files)}
