"""The message to a distributor or a store: a draft that names facts, asks, and accuses nobody."""

from collections.abc import Mapping
from email.message import EmailMessage

from fraud.report.dossier import NEUTRAL, facts_of, heading_of, left_out, reasons_of, seen_before
from fraud.report.exhibit import Exhibit, Ruling
from fraud.report.figures import legible

OPENING = (
    "in the plays that stores reported up to {day} we see artificial activity of unknown origin."
)
REQUEST = (
    "We ask you to check it against your own data, and to tell us what you find, before plays are"
    " removed or charged for. We have no explanation for them yet."
)
REQUEST_RULED = (
    "A store has ruled on them. We send you what we had measured by then, ask you to set it beside"
    " what led to the ruling, and to tell us what you find. We have no explanation for them yet."
)
FILES = (
    "The daily figures are in daily.csv, by store and territory in places.csv, the tracks in"
    " tracks.csv."
)


def _subject(case: Exhibit) -> str:
    is_track = case.row["level"] in ("track", "territory")
    code = (
        case.row["isrc"] if is_track else case.row["upc"] if case.row["level"] == "release" else ""
    )
    return f"Artificial activity, origin unknown: {heading_of(case)}{f' ({code})' if code else ''}"


def message(case: Exhibit) -> str:
    """Return the draft: a line `Subject:`, an empty one, and the text."""
    facts = facts_of(case)
    width = max(len(key) for key, _ in facts) + 2
    lines = [
        f"Subject: {_subject(case)}",
        "",
        "Dear colleagues,",
        "",
        OPENING.format(day=case.days[-1]),
        "",
        REQUEST_RULED if case.rulings else REQUEST,
        "",
        *(f"{key + ':':<{width}}{value}" for key, value in facts),
        *(line for ruling in case.rulings for line in ("", *_ruled(ruling))),
        "",
        "What was measured",
        *(f"{at}. {reason}" for at, reason in enumerate(reasons_of(case), 1)),
        "",
        *((left_out(case), "") if case.left_out else ()),
        "What speaks for people",
        legible(case.row["counter_evidence"]) or "Nothing that was measured.",
        "",
        NEUTRAL,
        "",
        FILES,
        "",
    ]
    return "\n".join(lines)


def _ruled(ruling: Ruling) -> list[str]:
    of_all = f" of {ruling.total_streams:,}" if ruling.total_streams is not None else ""
    charged = f" and charged {ruling.penalty}" if ruling.penalty else ""
    plays = f"{ruling.artificial_streams:,}{of_all} plays are artificial{charged}."
    return [
        f"What {ruling.store} ruled",
        f"{ruling.period_start} to {ruling.period_end}: {plays}",
        seen_before(ruling),
    ]


def draft(files: Mapping[str, bytes]) -> bytes:
    """Return an e-mail without sender, recipient or date, which mail programs open as a draft."""
    head, _, body = files["message.txt"].decode("utf-8").partition("\n\n")
    mail = EmailMessage()
    mail["Subject"] = head.removeprefix("Subject: ")
    mail["X-Unsent"] = "1"
    mail.set_content(body)
    kinds = {"html": ("text", "html"), "csv": ("text", "csv"), "png": ("image", "png")}
    for path, content in files.items():
        kind = kinds.get(path.rpartition(".")[2])
        if kind and (path == "plots/plays.png" or "/" not in path):
            mail.add_attachment(
                content, maintype=kind[0], subtype=kind[1], filename=path.rpartition("/")[2]
            )
    mail.set_boundary("=_evidence_=")
    return mail.as_bytes()
