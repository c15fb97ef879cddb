"""Settings: `fraud.toml`, then environment `FRAUD_*`, then flags, in rising order."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from fraud.errors import CallError

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


class Settings(BaseSettings):
    """What a night depends on besides the lake, the day and the code."""

    model_config = SettingsConfigDict(
        env_prefix="FRAUD_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path = Field(Path(DEFAULT_HOME), description="folder of the lake and the reports")
    lake: str = Field("", description="address of the lake, local or s3://; empty = HOME/lake")
    seed: int = Field(20260101, description="seed of every random choice of a night")
    alert_score: float = Field(
        0.5, ge=0, le=1, description="a row alerts from this probability of being artificial"
    )
    floor_streams: int = Field(
        30, ge=0, description="fewer suspected plays in an incident than this raise no alert"
    )
    alerts_per_night: int = Field(500, ge=1, description="at most so many incidents a night")
    currency: Literal["EUR", "USD"] = Field("EUR", description="currency of all money columns")
    eur_per_stream: float = Field(
        0.003, ge=0, description="assumed pay of a play where no royalty report says better"
    )
    volume_band: float = Field(
        4.0, gt=1, description="a store's day may be so many times above its usual plays"
    )
    keep_listeners_days: int = Field(60, ge=1, description="how long listener ids are kept")
    gate: Gate = Field(Gate(), description="what a delivered day must satisfy")

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
        lines = [
            f"setting {'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            + ("" if item["type"] == "extra_forbidden" else f", not {item['input']!r}")
            for item in error.errors()
        ]
        raise CallError("\n".join(lines)) from None
    except ValueError as error:
        raise CallError(f"fraud.toml cannot be read: {error}") from None
