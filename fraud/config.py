"""Settings: `fraud.toml`, then environment `FRAUD_*`, then flags, in rising order."""

from datetime import date
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

    model_config = SettingsConfigDict(env_prefix="FRAUD_", extra="forbid", frozen=True)

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
    floor_cost: float = Field(
        0.25, ge=0, description="incidents that cost less, in `currency`, are listed apart"
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
    notify: dict[str, Channel] = Field({}, description="channels that are told of a night")
    keep_listeners_days: int = Field(60, ge=1, description="how long listener ids are kept")

    @property
    def lake_address(self) -> str:
        """Return where the lake lies."""
        return self.lake or str(self.home / "lake")

    @property
    def reports(self) -> Path:
        """Return the folder with one folder of reports a night."""
        return self.home / "reports"

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
