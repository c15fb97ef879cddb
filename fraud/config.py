"""Settings: `fraud.toml`, then environment `FRAUD_*`, then flags, in rising order."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from fraud.errors import CallError
from fraud.feed_settings import SAID, AnyFeed, named_and_without_secrets
from fraud.tables import SOURCES, STORE_PATTERN

DEFAULT_HOME = "fraud-home"

Severity = Literal["fail", "warn"]
"""What a finding does: `fail` keeps the day of the store out, `warn` is told beside it."""


class Gate(BaseModel):
    """The section `[gate]`: what a day × store must satisfy, and what becomes of one that does not.

    Each check is `fail` or `warn`. Most are judged before the day enters the lake, those from
    `missing_store` on before a night: there a failure stops it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_failure: Literal["run_without", "stop"] = Field(
        default="run_without",
        description="a night of which a store was kept out: it runs without the store, or stops",
    )
    most_bad_rows_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="share of refused rows from which a whole day of a store is bad",
    )
    columns: Severity = Field(
        default="fail", description="a declared column is absent or of another type"
    )
    required: Severity = Field(default="fail", description="a value that every row needs is empty")
    values: Severity = Field(default="fail", description="a value lies outside its set or pattern")
    isrc: Severity = Field(default="fail", description="an ISRC is malformed")
    territory: Severity = Field(default="fail", description="a territory is malformed")
    negative: Severity = Field(default="fail", description="a count is negative")
    duplicates: Severity = Field(
        default="warn", description="rows of one key contradict each other"
    )
    dates: Severity = Field(
        default="warn", description="the day is not the file's own, or lies in the future"
    )
    bad_rows: Severity = Field(
        default="fail", description="too large a share of the rows was refused"
    )
    empty: Severity = Field(default="fail", description="no play, where many are usual")
    cut: Severity = Field(default="fail", description="much of what is played every week is absent")
    twice: Severity = Field(
        default="fail", description="delivered twice: every track has double its plays"
    )
    shrunk: Severity = Field(
        default="fail",
        description="less than half the rows and plays of the day that it would replace",
    )
    outage: Severity = Field(
        default="warn", description="no or few plays a day before, their double now"
    )
    missing_territory: Severity = Field(
        default="warn", description="a territory of every week is absent"
    )
    cut_territory: Severity = Field(
        default="warn", description="most rows and plays of a territory of every week are gone"
    )
    measures: Severity = Field(
        default="warn",
        description="listeners, saves or another measure halved, doubled or is gone",
    )
    missing_store: Severity = Field(default="warn", description="a store of most days sent nothing")
    volume: Severity = Field(
        default="warn", description="plays outside the band of the same weekday"
    )
    partial: Severity = Field(default="warn", description="a report breaks off")
    agreement: Severity = Field(
        default="warn", description="streams and audience add up to other totals"
    )
    listeners_above_streams: Severity = Field(
        default="warn", description="more listeners than plays"
    )
    unknown_catalogue: Severity = Field(
        default="warn", description="many tracks that no catalogue knows"
    )

    def severity(self, check: str) -> Severity:
        """Return what a finding of the check does."""
        severity: Severity = getattr(self, check)
        return severity


RulingField = Literal[
    "store",
    "period",
    "period_start",
    "period_end",
    "isrc",
    "upc",
    "territory",
    "artificial_streams",
    "artificial_share",
    "total_streams",
    "penalty_amount",
    "currency",
]
"""What a ruling may say: the columns of `verdicts`, a period in one cell, a share of the total."""


class Verdicts(BaseModel):
    """The section `[verdicts.NAME]`: how a file of rulings is read, as a format of that name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: Literal["", "counts", "fines", "spotify_share", "penalty_lines", "apple_excluded"] = (
        Field("", description="names of columns to begin with")
    )
    columns: dict[RulingField, str | tuple[str, ...]] = Field(
        {}, description="the file's column for what a ruling says, or several that may be it"
    )
    constants: dict[RulingField, str] = Field({}, description="what no column says")
    only: dict[str, str] = Field(
        {}, description="rows count where this column holds one of these words, | between"
    )
    separator: Literal["", ",", ";", "\t", "|"] = Field("", description="empty = any of them")
    decimal_comma: bool = Field(False, description="1.234,5 is a thousand and more")
    period_format: str = Field(
        "", description="how a period is written, as in %m/%Y; empty = the usual ways"
    )


class PenaltyRule(BaseModel):
    """What one store charges for artificial plays from a day on; its newest rule counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: str = Field(description="slug of the store")
    since: date = Field(description="first day on which the rule holds")
    fee_eur: float = Field(
        default=0.0, ge=0, description="charged for a track and month above the line"
    )
    line_share: float = Field(
        default=0.9, gt=0, le=1, description="artificial share from which it is"
    )
    least_share: float = Field(
        default=0.0, ge=0, le=1, description="least that is withheld of royalties"
    )
    most_share: float = Field(
        default=0.0, ge=0, le=1, description="most that is withheld of royalties"
    )

    def __str__(self) -> str:
        """Return the rule in words."""
        fee = f"{self.fee_eur:g} EUR above {self.line_share:.0%}" if self.fee_eur else ""
        share = f"{self.least_share:.0%} to {self.most_share:.0%}" if self.most_share else ""
        return f"{self.store} since {self.since}: {' and '.join(filter(None, (fee, share)))}"


PENALTIES = (
    PenaltyRule(store="apple_music", since=date(2022, 1, 1), least_share=0.05, most_share=0.25),
    PenaltyRule(store="apple_music", since=date(2026, 2, 1), least_share=0.10, most_share=0.50),
    PenaltyRule(store="spotify", since=date(2024, 4, 1), fee_eur=10.0),
)
"""Apple Music withholds a share of the royalties that manipulated plays would have earned (Digital
Music News and Billboard on its rules of 2022 and 2026). Spotify charges 10 EUR for a track and
month of which more than 90 % of the plays are artificial (TuneCore's help page on Spotify's
artificial streaming penalties; other distributors quote the same)."""


class Channel(BaseModel):
    """Whom to tell of new incidents, `[notify.NAME]` in fraud.toml.

    The address is a secret, so it stands in the environment and only its variable here. Its form is
    Apprise's: mailtos://…, slack://…, workflows://… (Teams), jsons://… (a webhook).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url_env: str = Field(min_length=1, description="variable that holds the channel's address")
    severity: Literal["low", "medium", "high", "critical"] = Field(
        "low", description="the least severity that is told"
    )
    labels: tuple[str, ...] = Field((), description="only incidents of these labels")
    artists: tuple[str, ...] = Field((), description="only incidents of these artists")
    least_money: float = Field(
        0.0, ge=0, description="only incidents that cost so much, royalties and penalties together"
    )
    attach: Literal["link", "csv"] = Field(
        "link", description="a link to the report, or the lines of alerts.csv as a file"
    )
    link: str = Field("", description="where readers reach HOME/reports; empty = its path")
    failures: bool = Field(True, description="whether it is told of stopped and failed nights")


class Settings(BaseSettings):
    """What a night depends on besides the lake, the day and the code."""

    model_config = SettingsConfigDict(
        env_prefix="FRAUD_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Field(Path(DEFAULT_HOME), description="folder of the lake and the reports")
    lake: str = Field("", description="address of the lake, local or s3://; empty = HOME/lake")
    seed: int = Field(20260101, description="seed of every random choice of a night")
    alert_score: float = Field(
        0.75, ge=0, le=1, description="a row alerts from this probability of being artificial"
    )
    floor_streams: int = Field(
        30, ge=0, description="fewer suspected plays in an incident than this raise no alert"
    )
    alerts_per_night: int = Field(500, ge=1, description="at most so many incidents a night")
    currency: Literal["EUR", "USD"] = Field("EUR", description="currency of all money columns")
    eur_per_stream: float = Field(
        0.003, ge=0, description="assumed pay of a play where no royalty report says better"
    )
    floor_cost: float = Field(
        0.25, ge=0, description="incidents that cost less, in `currency`, are listed apart"
    )
    csv_separator: Literal[",", ";"] = Field(
        ",", description="between the cells of CSV files for people; with ; decimals have a comma"
    )
    penalties: tuple[PenaltyRule, ...] = Field(
        PENALTIES, description="what stores charge; given rules replace all of these"
    )
    dossiers_per_night: int = Field(
        3, ge=0, description="so many of a night's worst incidents get a dossier by themselves"
    )
    volume_band: float = Field(
        4.0, gt=1, description="a store's day may be so many times above its usual plays"
    )
    measures_band: float = Field(
        1.6,
        gt=1,
        description="a store's listeners, saves and so on may be so many times above their usual",
    )
    notify: dict[str, Channel] = Field({}, description="channels that are told of a night")
    keep_listeners_days: int = Field(60, ge=1, description="how long listener ids are kept")
    fuga_organizations: dict[str, Annotated[str, Field(pattern=STORE_PATTERN)]] = Field(
        {}, description="the store that a reporting_organization_id of FUGA Trends is"
    )
    labelcamp_sources: dict[str, Annotated[str, Field(pattern=f"^({'|'.join(SOURCES)})$")]] = Field(
        {}, description="where plays started that have this id in `source` of LabelCamp's trends"
    )
    verdicts: dict[Annotated[str, Field(pattern=STORE_PATTERN)], Verdicts] = Field(
        {}, description="files of rulings in columns of their own, by the name of the format"
    )
    feeds: dict[str, AnyFeed] = Field({}, description="what `fraud pull` pulls, by name")

    gate: Gate = Field(Gate(), description="what a delivered day must satisfy")

    _feeds = field_validator("feeds", mode="before")(named_and_without_secrets)

    @property
    def lake_address(self) -> str:
        """Return where the lake lies."""
        return self.lake or str(self.home / "lake")

    @property
    def reports(self) -> Path:
        """Return the folder with one folder of reports a night."""
        return self.home / "reports"

    @property
    def quality(self) -> Path:
        """Return the folder with what the gate found, a page and a file a day."""
        return self.home / "quality"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the sources; the file is HOME/fraud.toml, else fraud.toml where one stands."""
        del dotenv_settings, file_secret_settings
        home = init_settings().get("home") or env_settings().get("home") or DEFAULT_HOME
        candidates = (Path(home) / "fraud.toml", Path("fraud.toml"))
        file = next((path for path in candidates if path.is_file()), None)
        toml = TomlConfigSettingsSource(settings_cls, file) if file else None
        return (init_settings, env_settings, *((toml,) if toml else ()))


def load(**flags: Any) -> Settings:
    """Return the settings; `flags` that are None count as not given.

    Raises CallError with a line for each setting that is wrong.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise CallError("\n".join(_sentence(dict(item)) for item in error.errors())) from None
    except ValueError as error:
        raise CallError(f"fraud.toml cannot be read: {error}") from None


def _sentence(item: dict[str, Any]) -> str:
    """Return what is wrong with one setting, without a value that may be a secret."""
    parts = [str(part) for part in item["loc"]]
    if parts[0] == "feeds":
        del parts[2:3]  # the kind of place, which nobody wrote
    told = f"setting {'.'.join(parts)}: {item['msg']}"
    hidden = item["type"] in {SAID, "extra_forbidden", "missing"}
    hidden = hidden or not isinstance(item["input"], str | int | float)
    return told if hidden else f"{told}, not {item['input']!r}"
