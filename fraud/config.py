"""Settings: `fraud.toml`, then environment `FRAUD_*`, then flags, in rising order."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from fraud.errors import CallError

DEFAULT_HOME = "fraud-home"


class Settings(BaseSettings):
    """What a night depends on besides the lake, the day and the code."""

    model_config = SettingsConfigDict(env_prefix="FRAUD_", extra="forbid", frozen=True)

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
    volume_band: float = Field(
        4.0, gt=1, description="a store's day may be so many times above its usual plays"
    )
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
