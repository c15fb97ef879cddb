"""Every table of the lake, declared once: columns, types, units, keys, allowed values.

The lake creates its Delta tables from these declarations, the sources validate rows against them,
the gate derives its checks from them and the reference page in docs/ is generated from them.
A column's name carries its unit (`_seconds`, `_share`, `_eur`); a null is always "unknown".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from fraud.ordering import by_key

SOURCES = (
    "search",
    "library",
    "artist_page",
    "album",
    "editorial_playlist",
    "algorithmic",
    "user_playlist",
    "radio",
    "other",
)
TIERS = ("premium", "family", "student", "trial", "free", "other")
DEVICES = (
    "mobile",
    "tablet",
    "desktop",
    "web",
    "speaker",
    "tv",
    "car",
    "console",
    "wearable",
    "other",
)
AI_DISCLOSURES = ("none", "partial", "full")
CONTEXT_KINDS = (
    "release",
    "editorial_add",
    "campaign",
    "sync",
    "tour",
    "news",
    "holiday",
    "other",
)
RISKS = ("low", "medium", "high")
BATCH, LOCKSTEP = "batch", "lockstep"
"""What an account released in one week; tracks of several owners that move as one."""
LEVELS = ("track", "territory", "release", "artist", "label", "account", BATCH, LOCKSTEP)
SCOPES = ("track", "release", "artist", "label", "account", "pattern", "territory")
"""What an analyst's word may be about besides one incident, narrowest first."""

STORE_PATTERN = r"^[a-z0-9]+(_[a-z0-9]+)*$"
TERRITORY_PATTERN = r"^[A-Z]{2}$"
ISRC_PATTERN = r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$"
"""ISO 3901 without hyphens: prefix, registrant, year, designation."""


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and what a value must satisfy to enter the lake."""

    name: str
    dtype: pl.DataType
    about: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    minimum: int | None = None


@dataclass(frozen=True)
class Table:
    """One table: its grain, its columns, its key, and if it is partitioned by `report_date`."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    additive: bool = False
    """Rows with one key may be added up (a break-down); else a second row is a contradiction."""
    schema: Mapping[str, pl.DataType] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", {c.name: c.dtype for c in self.columns})

    @property
    def by_day(self) -> bool:
        """Whether the table is partitioned by `report_date`."""
        return "report_date" in self.schema

    @property
    def by_store(self) -> bool:
        """Whether its rows belong to one day × store, which a delivery replaces whole."""
        return self.by_day and "store" in self.key

    def column(self, name: str) -> Column:
        """Return the declaration of one column; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def empty(self) -> pl.DataFrame:
        """Return the table without rows."""
        return pl.DataFrame(schema=dict(self.schema))

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with exactly this table's columns and types, ordered by its key."""
        return by_key(self.typed(frame), self.key)

    def typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with exactly this table's columns and types, in the order it has."""
        return frame.select(
            (
                pl.col(c.name) if c.name in frame.columns else pl.lit(None, c.dtype).alias(c.name)
            ).cast(c.dtype)
            for c in self.columns
        )


_DATE, _TEXT, _COUNT, _REAL, _BOOL = pl.Date(), pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()
_TIME = pl.Datetime("us", "UTC")


def _text(name: str, about: str, *allowed: str) -> Column:
    return Column(name, _TEXT, about, allowed=allowed)


def _count(name: str, about: str, *, required: bool = False) -> Column:
    return Column(name, _COUNT, about, required=required, minimum=0)


_DAY = Column("report_date", _DATE, "the day of the plays", required=True)
_STORE = Column("store", _TEXT, "slug of the music service", required=True, pattern=STORE_PATTERN)
_TERRITORY = Column(
    "territory",
    _TEXT,
    "ISO 3166-1 alpha-2 country of the plays, ZZ = unknown",
    required=True,
    pattern=TERRITORY_PATTERN,
)
_TRACK = Column("track_id", _TEXT, "the ISRC, else <store>:<store_track_id>", required=True)
_ISRC = Column("isrc", _TEXT, "ISO 3901 code without hyphens", pattern=ISRC_PATTERN)
_STREAMS = _count("streams", "plays that the store counts (30 s and more)", required=True)
_SOURCE = _text("source", "where the play started", *SOURCES)
_TIER = _text("tier", "the listener's plan", *TIERS)
_DEVICE = _text("device", "what it was played on", *DEVICES)

STREAMS = Table(
    "streams",
    "day × store × territory × track × any break-down; additive",
    (
        _DAY,
        _STORE,
        _TERRITORY,
        _TRACK,
        _ISRC,
        _SOURCE,
        _TIER,
        _DEVICE,
        _text("playlist_id", "the store's id of the playlist"),
        _text("playlist_name", "the playlist's name on that day"),
        _STREAMS,
    ),
    (
        "report_date",
        "store",
        "territory",
        "track_id",
        "source",
        "tier",
        "device",
        "playlist_id",
    ),
    additive=True,
)

AUDIENCE = Table(
    "audience",
    "day × store × territory × track",
    (
        _DAY,
        _STORE,
        _TERRITORY,
        _TRACK,
        _ISRC,
        _STREAMS,
        _count("listeners", "different people who played it; not additive"),
        _count("saves", "additions to a library or playlist"),
        _count("skips", "plays ended by the listener"),
        _count("sub30_plays", "starts that ended before 30 s"),
        _count("listening_seconds", "seconds listened by the counted plays"),
        _count("shazams", "recognitions"),
    ),
    ("report_date", "store", "territory", "track_id"),
)

LISTENERS = Table(
    "listeners",
    "day × store × territory × track × listener",
    (
        _DAY,
        _STORE,
        _TERRITORY,
        _TRACK,
        _ISRC,
        Column("listener_id", _TEXT, "the store's pseudonym, hashed with our salt", required=True),
        _STREAMS,
        _count("listening_seconds", "seconds listened by the counted plays"),
        Column("listener_territory", _TEXT, "country of the account", pattern=TERRITORY_PATTERN),
        _TIER,
        _DEVICE,
    ),
    (
        "report_date",
        "store",
        "territory",
        "track_id",
        "listener_id",
        "listener_territory",
        "tier",
        "device",
    ),
    additive=True,
)

PLAYS = Table(
    "plays",
    "one play, or one count of plays, as a store tells it; becomes streams, audience and listeners",
    (
        _DAY,
        _STORE,
        _TERRITORY,
        _TRACK,
        _ISRC,
        _SOURCE,
        _TIER,
        _DEVICE,
        _text("playlist_id", "the store's id of the playlist"),
        _text("playlist_name", "the playlist's name on that day"),
        _text("listener_id", "the store's pseudonym, hashed with our salt"),
        Column("listener_territory", _TEXT, "country of the account", pattern=TERRITORY_PATTERN),
        _count("streams", "plays that the store counts; null = the row tells no plays"),
        _count("listeners", "different people in this cell; cells of one file share nobody"),
        _count("saves", "additions to a library or playlist"),
        _count("skips", "plays ended by the listener"),
        _count("sub30_plays", "starts that ended before 30 s"),
        _count("listening_seconds", "seconds listened by the counted plays"),
        _count("shazams", "recognitions"),
    ),
    (
        "report_date",
        "store",
        "territory",
        "track_id",
        "source",
        "tier",
        "device",
        "playlist_id",
        "listener_id",
        "listener_territory",
    ),
    additive=True,
)

PEOPLE = Table(
    "people",
    "store × listener; tells tier and country of plays in the same delivery, then is forgotten",
    (
        _STORE,
        Column("listener_id", _TEXT, "the store's pseudonym, hashed with our salt", required=True),
        Column("listener_territory", _TEXT, "country of the account", pattern=TERRITORY_PATTERN),
        _TIER,
    ),
    ("store", "listener_id"),
)

TRACK_IDS = Table(
    "track_ids",
    "store × the store's own id of a track",
    (
        _STORE,
        Column("store_track_id", _TEXT, "as the store's reports name the track", required=True),
        Column("isrc", _TEXT, "the recording behind it", required=True, pattern=ISRC_PATTERN),
    ),
    ("store", "store_track_id"),
)

CATALOG = Table(
    "catalog",
    "track",
    (
        Column("track_id", _TEXT, "the ISRC, else <store>:<store_track_id>", required=True),
        _ISRC,
        _text("title", "title of the track"),
        _text("artist", "main artist as displayed"),
        _text("label", "label as displayed"),
        _text("account_id", "who uploads the track and is paid for it"),
        _text("upc", "GTIN of the release, with its leading zeros"),
        Column("release_date", _DATE, "first day in the stores"),
        _count("duration_seconds", "length of the track"),
        _text("genre", "main genre"),
        Column("home_territory", _TEXT, "the artist's home market", pattern=TERRITORY_PATTERN),
        _text("ai_disclosure", "what the label declared of generated parts", *AI_DISCLOSURES),
    ),
    ("track_id",),
)

VERDICTS = Table(
    "verdicts",
    "store × period × track or release × territory",
    (
        Column("store", _TEXT, "who ruled", required=True, pattern=STORE_PATTERN),
        Column("period_start", _DATE, "first day the ruling covers", required=True),
        Column("period_end", _DATE, "last day the ruling covers", required=True),
        _ISRC,
        _text("upc", "GTIN of the release, where it was ruled on as a whole"),
        Column("territory", _TEXT, "where given", pattern=TERRITORY_PATTERN),
        _count("artificial_streams", "plays the store removed", required=True),
        _count("total_streams", "plays the store had counted before"),
        Column("penalty_amount", _REAL, "what was charged, in `currency`", minimum=0),
        _text("currency", "ISO 4217"),
    ),
    ("store", "period_start", "period_end", "isrc", "upc", "territory"),
)

CONTEXT = Table(
    "context",
    "one known innocent cause",
    (
        Column("kind", _TEXT, "what happened", required=True, allowed=CONTEXT_KINDS),
        Column("start_date", _DATE, "first day it can be seen", required=True),
        Column("end_date", _DATE, "last day it can be seen", required=True),
        _ISRC,
        _text("upc", "limits it to a release"),
        _text("artist", "limits it to an artist"),
        _text("label", "limits it to a label"),
        Column("territory", _TEXT, "limits it to a territory", pattern=TERRITORY_PATTERN),
        Column("store", _TEXT, "limits it to a store", pattern=STORE_PATTERN),
        _text("note", "what an analyst reads"),
    ),
    (
        "kind",
        "start_date",
        "end_date",
        "isrc",
        "upc",
        "artist",
        "label",
        "territory",
        "store",
        "note",
    ),
)

_PERIOD = (
    Column("period_start", _DATE, "first day of the plays", required=True),
    Column("period_end", _DATE, "last day of the plays", required=True),
)
_ORIGIN = (
    _text("currency", "ISO 4217"),
    Column("origin", _TEXT, "format and sender of the report", required=True),
    Column(
        "statement",
        _TEXT,
        "which of the sender's reports, e.g. its accounting month",
        required=True,
    ),
)

PERIOD_STREAMS = Table(
    "period_streams",
    "report × period × store × territory × tier × track; additive",
    (
        *_PERIOD,
        _STORE,
        _TERRITORY,
        _TIER,
        _TRACK,
        _ISRC,
        _STREAMS,
        Column("amount", _REAL, "what was paid for them, in `currency`; negative = taken back"),
        *_ORIGIN,
        _text("coverage", "whether all plays are told or those of top tracks", "all", "top"),
    ),
    (
        "origin",
        "statement",
        "store",
        "period_start",
        "period_end",
        "territory",
        "tier",
        "track_id",
        "currency",
    ),
    additive=True,
)

ROYALTIES = Table(
    "royalties",
    "report × period × store × territory × tier; additive; amount / streams = pay per stream",
    (
        *_PERIOD,
        _STORE,
        _TERRITORY,
        _TIER,
        _STREAMS,
        Column(
            "amount", _REAL, "what was paid for the plays; negative = taken back", required=True
        ),
        *_ORIGIN,
    ),
    (
        "origin",
        "statement",
        "store",
        "period_start",
        "period_end",
        "territory",
        "tier",
        "currency",
    ),
    additive=True,
)

DELIVERIES = Table(
    "deliveries",
    "one loaded day × store of one table in one delivery",
    (
        _DAY,
        _STORE,
        _text("table", "streams, audience or listeners"),
        _text("delivery_id", "hash of what was delivered"),
        Column("loaded_at", _TIME, "when it entered the lake"),
        _count("rows", "rows that entered"),
        _count("streams", "plays that entered"),
        _count("quarantined", "rows that were kept out"),
        _text("files", "file names, comma-separated"),
        Column("partial", _BOOL, "a file ended early: the day may be incomplete"),
        Column("restated", _BOOL, "the day × store was there before with other numbers"),
    ),
    ("report_date", "store", "table", "loaded_at"),
)

RESTATEMENTS = Table(
    "restatements",
    "day × store × track that a later delivery changed",
    (
        _DAY,
        _STORE,
        _TRACK,
        _text("table", "streams, audience or listeners"),
        _text("delivery_id", "the delivery that changed it"),
        _count("streams_before", "plays as first reported; null = the track was not there"),
        _count("streams_after", "plays as now reported; null = the track is gone"),
    ),
    ("report_date", "store", "table", "track_id", "delivery_id"),
)

QUARANTINE = Table(
    "quarantine",
    "one refused row or file of one delivery",
    (
        _text("delivery_id", "the delivery it came in"),
        Column("loaded_at", _TIME, "when it was refused"),
        _text("file", "path as delivered"),
        _count("line", "line in the file, 1 = its first; null = the whole file"),
        _text("column", "the column at fault; null = the row or file as a whole"),
        _text("value", "what stood there, at most 200 characters"),
        _text("reason", "a sentence: what is wrong and what would be right"),
        _text("row", "the row as it stood, at most 1,000 characters"),
    ),
    ("loaded_at", "file", "line", "column", "reason"),
)

PULL_OUTCOMES = ("no_plays", "taken", "loaded")

PULLS = Table(
    "pulls",
    "what became of one file of one feed in one pull",
    (
        Column("feed", _TEXT, "name of the feed in fraud.toml", required=True),
        Column("file", _TEXT, "the file, as the place calls it", required=True),
        Column("day", _DATE, "the day that it reports, where its name tells"),
        _text(
            "outcome",
            "the place had none of it, it lies in the landing folder, or it is in the lake",
            *PULL_OUTCOMES,
        ),
        _count("bytes", "its size"),
        Column("modified", _TIME, "when it was changed last, as the place says"),
        _text("etag", "the version, as the place names it"),
        _text("sha256", "checksum of what lies here, in hex"),
        _text("delivery_id", "the delivery by which it was loaded"),
        Column("pulled_at", _TIME, "when the pull began", required=True),
    ),
    ("feed", "file", "pulled_at", "outcome"),
)

FINDINGS = Table(
    "findings",
    "what the gate found wrong with one day × store of one table in one delivery",
    (
        _DAY,
        _STORE,
        _text("table", "streams, audience or listeners"),
        _text("delivery_id", "the delivery that was judged"),
        Column("judged_at", _TIME, "when it was judged"),
        _text("check", "the check, as in the settings of the gate"),
        _text("verdict", "what became of it", "failed", "accepted", "warned"),
        Column("found", _REAL, "what was measured, in the unit of the message"),
        Column("lowest", _REAL, "the least that passes; null = no such bound"),
        Column("highest", _REAL, "the most that passes; null = no such bound"),
        _text("message", "a sentence: what was found and what is usual"),
        _text("files", "file names, comma-separated"),
    ),
    ("report_date", "store", "table", "judged_at", "check"),
)

LATE = Table(
    "late",
    "day × store × table × day of arrival × row that came after the day's own report",
    (
        _DAY,
        _STORE,
        _text("table", "streams, audience or listeners"),
        Column("came_on", _DATE, "the day of the report that brought it"),
        *{
            column.name: column
            for table in (STREAMS, AUDIENCE, LISTENERS)
            for column in table.columns
            if column.name not in {"report_date", "store"}
        }.values(),
    ),
    (
        *("report_date", "store", "table", "came_on", "territory", "track_id"),
        *("source", "tier", "device", "playlist_id", "listener_id", "listener_territory"),
    ),
)
"""Part of the fact tables; kept apart so that a report that comes again adds nothing twice."""

JUDGEMENTS = Table(
    "judgements",
    "one word of an analyst on an incident or a scope",
    (
        _text("incident_id", "the incident, as in alerts.csv; null = all of a scope"),
        _text("verdict", "what she said", "fraud", "innocent", "unsure", "withdrawn"),
        _text("note", "why she said it"),
        Column("until", _DATE, "last day it holds; null = for good"),
        Column("given_at", _TIME, "when it was said"),
        _text("scope", "what it is about; null = the incident", *SCOPES),
        _text("entity", "key within the scope; of an incident, within its level"),
        Column("since", _DATE, "first day it holds, null = always; of an incident, its first day"),
        _text("level", "the incident's level when it was judged", *LEVELS),
        _text("track_ids", "the incident's tracks when it was judged, | between"),
        Column("seen", _DATE, "the incident's latest active night when it was judged"),
    ),
    ("incident_id", "scope", "entity", "given_at"),
)

_ENTITY = (
    _text("level", "what is judged", *LEVELS),
    Column("entity", _TEXT, "key within the level: track_id, track_id|store|territory, upc, …"),
    Column("track_id", _TEXT, "levels track and territory"),
    _ISRC,
    Column("store", _TEXT, "level territory"),
    Column("territory", _TEXT, "level territory"),
    Column("upc", _TEXT, "level release"),
    Column("artist", _TEXT, "level artist"),
    Column("label", _TEXT, "level label"),
    Column("account_id", _TEXT, "level account"),
)

RATES = {
    "saves": "saves per listener",
    "repeats": "streams per listener beyond the first",
    "sub30": "share of starts that end before 30 s",
    "listened": "seconds listened per counted play",
}
DIMENSIONS = ("source", "tier", "device", "territory")


def _evidence() -> tuple[Column, ...]:
    """Declare the evidence; all is a deviate, a log2 ratio or a share, NaN-free: null = unknown."""
    about = {
        "streams_log": "log2 of the day's plays",
        "expected_log": "log2 of the plays that were to be expected",
        "rise_today": "log2 of the day's plays to the expected ones",
        "rise_week": "the same for the last seven days",
        "deviate_today": "the day's rise in standard deviations of the unit's own scatter",
        "deviate_week": "the same for the last seven days",
        "rise_long": "log2 of the plays of 21 days to those of the six weeks before",
        "step": "log2 of the day's plays to the mean of the three days before",
        "ebb": "log2 of the day's plays to the largest of the last seven days",
        "flatness": "log2 of variance to mean of the last seven days' plays",
        "equal_days": "days of the last six with exactly the same count",
        "market": "log2 of what the store did that day",
        "siblings": "log2 rise of the artist's other tracks",
        "other_stores": "log2 rise of the track at its other stores",
        "age_log": "log2 of days since release",
        "artist_release_log": "log2 of days since the artist's latest release",
    }
    for rate, what in RATES.items():
        about[f"{rate}_today"] = f"{what}, the day against the unit's own past, in deviates"
        about[f"{rate}_week"] = f"{what}, the last seven days against the unit's own past"
        about[f"{rate}_long"] = f"{what}, the last 21 days against the six weeks before"
        about[f"{rate}_excess"] = f"{what} in what came on top, log2 against the unit's own past"
        about[f"{rate}_week_catalogue"] = f"{what}, the last seven days against the catalogue"
        about[f"{rate}_usual_level"] = f"{what}, the unit's own past against the catalogue"
    for dimension in DIMENSIONS:
        week = f"{dimension} mix of seven days"
        about[f"{dimension}_today"] = f"{dimension} mix of the day against its own past, deviates"
        about[f"{dimension}_deviate_week"] = f"{week} against its own past, in deviates"
        about[f"{dimension}_long"] = f"{dimension} mix of 21 days against the six weeks before"
        about[f"{dimension}_divergence_week"] = f"{week} against its own past, in nats"
        about[f"{dimension}_catalogue_week"] = f"{week} against the catalogue"
        about[f"{dimension}_top_week"] = f"largest share of one {dimension} in seven days"
        about[f"{dimension}_excess"] = f"{dimension} mix of what came on top against its own past"
        about[f"{dimension}_excess_top"] = f"largest share of one {dimension} in what came on top"
        about[f"{dimension}_excess_odd"] = f"log2 of the usual share of that {dimension}"
    about |= {
        "saves_rise": "rise of the week's saves over their usual count, in deviates",
        "listeners_rise": "rise of the week's listeners over their usual count, in deviates",
        "active_week": "share of the week's plays that somebody searched for or kept",
        "active_excess": "the same share in what came on top",
        "pushed_week": "share of the week's plays that the store itself put forward",
        "pushed_excess": "the same share in what came on top",
    }
    return tuple(Column(name, pl.Float32(), text) for name, text in about.items())


EVIDENCE = _evidence()

FEATURES = Table(
    "features",
    "day × level × store (* = all) × entity",
    (
        _DAY,
        _text("level", "what is judged", *LEVELS),
        Column("store", _TEXT, "the store, * = all together"),
        Column("entity", _TEXT, "key within the level"),
        _count("streams", "plays of the day"),
        Column("expected_streams", _REAL, "plays to be expected, null = no past to expect from"),
        Column("expected_low", _REAL, "lower end of the 95 % range of that expectation"),
        Column("expected_high", _REAL, "upper end of the 95 % range of that expectation"),
        _count(
            "tracks", "tracks of a group that were played; null = a track, or one store of many"
        ),
        Column("evenness", _REAL, "of the plays over these tracks, 1 = all have the same"),
        Column("onset_share", _REAL, "largest share of its tracks that began on one day of 28"),
        Column("weekday_amplitude", _REAL, "deviation of weekdays over mean in 28 days, 0 = none"),
        *EVIDENCE,
    ),
    ("report_date", "level", "store", "entity"),
)

SCORES = Table(
    "scores",
    "day × level × entity",
    (
        _DAY,
        *_ENTITY,
        _count("streams", "plays of the day"),
        Column(
            "expected_streams", _REAL, "plays that its past and its surroundings lead to expect"
        ),
        Column("expected_low", _REAL, "lower end of the 95 % range of that expectation"),
        Column("expected_high", _REAL, "upper end of the 95 % range of that expectation"),
        _count("suspected_artificial_streams", "plays above what people explain"),
        Column("suspected_share", _REAL, "those plays as a share of `streams`, 0–1"),
        Column("score", _REAL, "probability that the row is artificial, 0–1", minimum=0),
        _count("rank", "1 = the day's most suspect row of its level"),
        _text("pattern", "the likeliest scheme, or unknown"),
        _text("reason_1", "the strongest evidence, as a sentence"),
        _text("reason_2", "the second"),
        _text("reason_3", "the third"),
        _text("counter_evidence", "what speaks for people"),
        _text("model_version", "code, detectors and their versions"),
        _text("track_ids", "levels batch and lockstep: their tracks, | between"),
        Column("pattern_share", _REAL, "share of belief in that scheme, 0–1; empty = not weighed"),
    ),
    ("report_date", "level", "entity"),
)

INCIDENTS = Table(
    "incidents",
    "night × incident",
    (
        _DAY,
        _count("rank", "1 = the night's worst"),
        _text("incident_id", "stable from night to night"),
        _text("status", "against the nights before", "new", "ongoing", "ended", "reopened"),
        Column("first_day", _DATE, "first night it was seen"),
        _count("days_active", "nights on which it was active"),
        Column("last_active", _DATE, "latest night on which it was active"),
        _text("level", "what the incident is about", *LEVELS),
        Column("entity", _TEXT, "key within the level"),
        _ISRC,
        _text("title", "title of the track, empty where it is about several"),
        _text("artist", "the artist of all its tracks, empty where they differ"),
        _text("label", "their label, empty where they differ"),
        _text("upc", "their release, empty where they differ"),
        _count("tracks", "tracks in the incident"),
        _text("track_ids", "their ids, | between"),
        _text("stores", "stores that carry it, | between"),
        _text("territories", "territories that carry it, | between"),
        _count("streams", "plays of its tracks on the day"),
        Column("expected_streams", _REAL, "what was expected of them"),
        _count("suspected_artificial_streams", "plays above what people explain"),
        Column("suspected_share", _REAL, "those plays as a share of `streams`, 0–1"),
        Column("score", _REAL, "probability that it is artificial, 0–0.999"),
        _text("severity", "by what it costs", "critical", "high", "medium", "low"),
        _text("pattern", "the likeliest scheme, or unknown"),
        _text("reason_1", "the strongest evidence, as a sentence"),
        _text("reason_2", "the second"),
        _text("reason_3", "the third"),
        _text("counter_evidence", "what speaks for people"),
        Column("royalty_at_risk", _REAL, "suspected plays × pay per play, in `currency`"),
        Column("penalty_exposure", _REAL, "expected penalties of the stores, in `currency`"),
        _text("currency", "ISO 4217"),
        _text("verdict", "the analyst's last word, empty = none"),
        _text("evidence", "path of the evidence, relative to the night's folder"),
        _text("model_version", "code, detectors and their versions"),
        _text("changed", "what became different since its last night, as sentences"),
        _text("pay_source", "where the pay per play is from", "reported", "partly", "assumed"),
        Column("below_floor", _BOOL, "it costs less than the floor and is listed apart"),
        _count("line_tracks", "tracks that lose Spotify's 1,000 plays in 12 months"),
        Column("line_exposure", _REAL, "pay of 12 months that goes with that line, in `currency`"),
        _text("takedown_risk", "that a store or distributor takes it down", *RISKS),
        _text("takedown_reason", "why that risk is what it is, as a sentence"),
        _text("about", "what it is called: the track's title, a group's name, what joins tracks"),
        _text("worst_isrc", "of several tracks the one with most suspected plays"),
        _text("worst_title", "its title"),
        _text("worst_artist", "its artist"),
        Column("pattern_share", _REAL, "share of belief in that scheme, 0–1; empty = not weighed"),
    ),
    ("report_date", "incident_id"),
)

DELIVERED = (STREAMS, AUDIENCE, LISTENERS)
"""Tables of daily facts, replaced by day × store."""
TRANSIT = (PLAYS, PEOPLE)
"""What a delivery is unfolded from; never in the lake."""
REFERENCE = (CATALOG, VERDICTS, CONTEXT, TRACK_IDS)
"""Tables merged by key."""
STATEMENTS = (PERIOD_STREAMS, ROYALTIES)
"""Reports by period, replaced by report × store × period; never added to daily facts."""
RECORDS = (DELIVERIES, RESTATEMENTS, QUARANTINE, FINDINGS, LATE, PULLS)
"""What the lake remembers of its own loads."""
JUDGED = (FEATURES, SCORES, INCIDENTS)
"""Tables that a night makes, replaced by day."""
TABLES = (*DELIVERED, *REFERENCE, *STATEMENTS, *RECORDS, JUDGEMENTS, *JUDGED)
