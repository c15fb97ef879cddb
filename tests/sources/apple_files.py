"""One invented day of Apple Music's reports, in the shape that Apple delivers."""

DAY, RECEIVED = "2026-05-04", "2026-05-05"
SONG, OTHER = "1700000001", "1700000002"


def tsv(header: str, *rows: str) -> str:
    """Return a report; cells are written with `|` between them."""
    return "".join(line.replace("|", "\t") + "\n" for line in (header, *rows))


SUMMARY = (
    "Datestamp|Ingest Datestamp|Apple Identifier|Storefront Name|Subscription Type"
    "|Subscription Mode|Membership Partner|Action Type|Device Type|Source of Stream"
    "|Container Type|Container Sub-Type|Container ID|Container Name|Streams"
)
CONTAINER = (
    "Ingest Datestamp|Storefront Name|Apple Identifier|Container Type|Container Sub-Type"
    "|Container ID|Container Name|Streams"
)
DETAIL = (
    "Datestamp|Ingest Datestamp|Ingest Timestamp|Apple Identifier|Storefront Name"
    "|Anonymized Person ID|Membership Type|Membership Mode|Membership Partner|Postal Code"
    "|Device Type|Operating System|Action Type|End Reason Type|Offline|Source of Stream"
    "|Container Type|Container Sub-Type|Container ID|Container Name|Stream Timestamp"
    "|Stream Start Position|Stream Duration"
)
CONTENT = (
    "Apple Identifier|ISRC|Title|Artist|Artist ID|Item Type|Media Type|Media Duration"
    "|Vendor Identifier|Label/Studio/Network|GRID"
)
DEMOGRAPHICS = (
    "Start Date|End Date|Apple Identifier|Storefront Name|Subscription Type|Subscription Mode"
    "|Action Type|Gender|Age Band|Audio Format|Listeners|Streams"
)
SHAZAM = "Ingest Datestamp|Ingest Hour|Title|Artist|Country|State Province|City|ISRC Codes|Shazams"
EDITORIAL = (
    "Datestamp|Storefront Name|Apple Identifier|Title|Artist|Artist ID|Media Type|Action Type"
    "|Playlist ID|Playlist Name|Track Position"
)
_US = f"{DAY}|{RECEIVED}|{SONG}|US|Individual Monthly|Paid||1|1"

SUMMARY_ROWS = (
    f"{_US}|2|3|0|||412",
    f"{_US}|3|2|2|pl.editorial|Invented List|77",
    f"{DAY}|{RECEIVED}|{SONG}|Germany|Family Monthly|Paid||1|2|1|2|1|||9",
    f"{DAY}|{RECEIVED}|{OTHER}|US|Student Monthly|Trial||1|0|0|1|16|||5",
)
LATE_ROW = f"2026-05-01|{RECEIVED}|{SONG}|US|Individual Monthly|Paid||1|1|1|3|0|||6"
CONTAINER_ROWS = (
    f"{RECEIVED}|US|{SONG}|3|0|||412",
    f"{RECEIVED}|US|{SONG}|2|2|pl.editorial|Invented List|77",
)
_PLAY = f"{DAY}|{RECEIVED}|1777939200000|{SONG}|US|person-1|Individual|Paid||10001|1|1|1|2|0"
DETAIL_ROWS = (
    f"{_PLAY}|2|3|0|||1777852800000|0|31250",
    f"{_PLAY}|2|3|0|||1777852835000|0|200100",
    f"{_PLAY}|2|3|0|||1777852935000|0|4000",
)
CONTENT_ROWS = (
    f"{SONG}|QZAAA2600001|Blue|Ann|150000001|1|1|32000|036000291452_1|Invented Records|",
    f"{OTHER}|QZ-AAA-26-00002|Red|Ann|150000001|1|1|201000|INV2|Invented Records|",
)
DEMOGRAPHICS_ROWS = (
    f"{DAY}|{DAY}|{SONG}|US|Individual Monthly|Paid|1|1|25-34|Lossless|60|400",
    f"{DAY}|{DAY}|{SONG}|US|Student Monthly|Paid|1|2|18-24|Lossless|55|71",
)
SHAZAM_ROWS = (
    f"{DAY}|18|Blue|Ann|DE|Bayern|Passau|QZAAA2600001,QZAAA2600009|3",
    f"{DAY}|19|Blue|Ann|DE|Bayern|Passau|QZAAA2600001,QZAAA2600009|1",
)
EDITORIAL_ROWS = (f"{DAY}|US|{SONG}|Blue|Ann|150000001|1|1|pl.editorial|Invented List|17",)

REPORTS = {
    "Summary": tsv(SUMMARY, *SUMMARY_ROWS),
    "Container": tsv(CONTAINER, *CONTAINER_ROWS),
    "Content": tsv(CONTENT, *CONTENT_ROWS),
    "Demographics": tsv(DEMOGRAPHICS, *DEMOGRAPHICS_ROWS),
    "Shazam": tsv(SHAZAM, *SHAZAM_ROWS),
    "EditorialPlaylistAdds": tsv(EDITORIAL, *EDITORIAL_ROWS),
    "Detail": tsv(DETAIL, *DETAIL_ROWS),
}
