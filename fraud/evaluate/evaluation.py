"""An honest bench: how well scores find what was planted in a labelled world, with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fraud.errors import CallError
from fraud.evaluate import metrics
from fraud.evaluate.bootstrap import Bootstrap, Figure
from fraud.evaluate.labels import labelled, reported, truth

Reals = NDArray[np.float64]

_KEY = ("report_date", "track_id")
_ESTIMATES = ("suspected_artificial_streams", "pattern")
MIMICRY_BOUNDS = (0.25, 0.5, 0.75)
SLOW_SCHEMES = ("hijacked_accounts", "sprinkling")
"""Schemes that add less than a track's own plays for weeks; a figure leaves them out."""
_USUAL_BUDGET = 0.01
"""Alerts as a part of a night's track-days where nothing else is asked for."""
_SUSPECT = 0.1
"""Nearly all rows score about 0; from here on a calibration says something about suspects."""


@dataclass(frozen=True)
class Evaluation:
    """What scores are worth on one world.

    `figures` are measures by name. `by_scheme` and `by_mimicry` hold track_days, recall with
    interval, episodes, found (episodes with an alert) and the median delay in days (null = most
    were never found). `by_spike` counts the alerts among innocent days by kind. `calibration` is
    empty where the score is no probability.
    """

    name: str
    figures: dict[str, Figure]
    by_scheme: pl.DataFrame
    by_mimicry: pl.DataFrame
    by_spike: pl.DataFrame
    calibration: pl.DataFrame
    groups: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Planted groups as of groups_in_top; empty where groups were not scored."""

    def lines(self) -> list[str]:
        """Return the figures as sentences for a terminal."""
        return [f"{name}: {_interval(figure)}" for name, figure in self.figures.items()]

    def markdown(self) -> str:
        """Return everything as Markdown tables."""
        tables = (
            ("", _figures_table([self])),
            ("By scheme", _table(self.by_scheme)),
            ("By mimicry", _table(self.by_mimicry)),
            ("Innocent spikes", _table(self.by_spike)),
            ("Planted groups", "" if self.groups.is_empty() else _table(self.groups)),
            ("Calibration", "" if self.calibration.is_empty() else _table(self.calibration)),
        )
        return "\n\n".join(
            f"**{title}**\n\n{table}" if title else table for title, table in tables if table
        )


def evaluate(
    scores: pl.DataFrame,
    world: Path,
    *,
    name: str = "scores",
    track_days: pl.DataFrame | None = None,
    alert_score: float | None = None,
    budget: int | None = None,
    draws: int = 200,
    seed: int = 0,
) -> Evaluation:
    """Return what `scores` (report_date, track_id, score) are worth on a labelled world.

    The reported track-days after the first 28 days count; those without a score rank last. An
    alert is a row from `alert_score` on; where that is None, one of the `budget` highest rows of
    its night, by default as many as one in a hundred rows. With `suspected_artificial_streams` or
    `pattern` among the columns of `scores` these are judged too. `track_days` are the world's
    reported totals where the caller has read them before. Raises CallError where the folder is no
    labelled world or the scores lack a column.
    """
    missing = {*_KEY, "score"} - set(scores.columns)
    if missing:
        raise CallError(f"the scores lack {', '.join(sorted(missing))}")
    if scores.select(_KEY).is_duplicated().any():
        raise CallError("the scores hold a track-day twice; give one level's scores at a time")
    judged = scores.select(*_KEY, "score", *(n for n in _ESTIMATES if n in scores.columns))
    rows = labelled(world, reported(world) if track_days is None else track_days)
    rows = rows.join(judged, on=_KEY, how="left", maintain_order="left")
    return _Bench(rows, alert_score, budget, draws, seed).evaluation(name, truth(world, "episodes"))


def compared(evaluations: Sequence[Evaluation]) -> str:
    """Return a Markdown table with one line an evaluation and one column a figure."""
    return _figures_table(evaluations)


class _Bench:
    """The arrays of one evaluation: rows are track-days, ordered by day and track."""

    def __init__(
        self,
        rows: pl.DataFrame,
        alert_score: float | None,
        budget: int | None,
        draws: int,
        seed: int,
    ) -> None:
        self._rows = rows
        self._is_probability = alert_score is not None
        self._score = _complete(rows["score"], self._is_probability)
        self._artificial = rows["artificial"].to_numpy()
        self._spike = rows["spike"].is_not_null().to_numpy() & ~self._artificial
        night = rows["report_date"].to_physical().cast(pl.Int64).to_numpy()
        if alert_score is not None:
            self._chance = (self._score >= alert_score).astype(np.float64)
        else:
            usual = round(_USUAL_BUDGET * len(night) / max(len(np.unique(night)), 1))
            size = max(1, usual) if budget is None else budget
            self._chance = metrics.alerted(night, self._score, size)
        artist = rows["artist"].rank("dense").cast(pl.Int64).to_numpy() - 1
        self._bootstrap = Bootstrap(artist, draws=draws, seed=seed)
        self._bands = rows.with_row_index("row").with_columns(
            night=pl.Series(night),
            chance=pl.Series(self._chance),
            mimicry_band=pl.col("mimicry").map_batches(_bands, return_dtype=pl.String),
        )

    def evaluation(self, name: str, first_days: pl.DataFrame) -> Evaluation:
        """Return all figures; `first_days` is the truth about the episodes."""
        episodes = self._episodes(first_days)
        return Evaluation(
            name,
            self._figures() | self._episode_figures(episodes),
            self._by(episodes, "scheme"),
            self._by(episodes, "mimicry_band"),
            self._by_spike(),
            metrics.calibration_table(self._artificial, self._score)
            if self._is_probability
            else pl.DataFrame(),
        )

    def _figures(self) -> dict[str, Figure]:
        artificial, score, chance, spike = (
            self._artificial,
            self._score,
            self._chance,
            self._spike,
        )
        quiet = ~artificial & ~spike
        slow = self._rows["scheme"].is_in(SLOW_SCHEMES).fill_null(value=False).to_numpy()
        measures: dict[str, Callable[[Reals], float]] = {
            "average precision": lambda w: metrics.average_precision(artificial, score, w),
            "average precision without the slow schemes": lambda w: metrics.average_precision(
                artificial, score, w * ~slow
            ),
            "precision of the alerts": lambda w: metrics.precision(artificial, chance, w),
            "recall of the alerts": lambda w: metrics.recall(artificial, chance, w),
            "alerts per 10,000 quiet track-days": lambda w: metrics.per_ten_thousand(
                quiet, chance, w
            ),
            "alerts per 10,000 innocent-spike track-days": lambda w: metrics.per_ten_thousand(
                spike, chance, w
            ),
        }
        if self._is_probability:
            suspect = score >= _SUSPECT
            measures |= {
                "expected calibration error": lambda w: metrics.expected_calibration_error(
                    artificial, score, w
                ),
                f"expected calibration error from {_SUSPECT} up": lambda w: (
                    metrics.expected_calibration_error(
                        artificial[suspect], score[suspect], w[suspect]
                    )
                ),
            }
        if "pattern" in self._rows.columns:
            right = self._rows["pattern"] == self._rows["scheme"]
            named = right.fill_null(value=False).to_numpy()
            measures["scheme named right"] = lambda w: metrics.precision(
                named, chance * artificial, w
            )
        return {name: self._bootstrap.figure(measure) for name, measure in measures.items()}

    def _episodes(self, first_days: pl.DataFrame) -> pl.DataFrame:
        """Return for each episode that the nights see: found, delay_days, error, and one row of it.

        The delay of an episode that began before the first night is unknown (null).
        """
        first_night = self._rows["report_date"].min()
        alert = pl.col("chance") > 0
        estimated = "suspected_artificial_streams"
        by_episode = [
            pl.col("scheme", "mimicry_band", "row").first(),
            alert.any().alias("found"),
            (pl.col("night").filter(alert).min() - pl.col("night").min()).alias("delay_days"),
            pl.col("artificial_streams").filter(alert).sum(),
        ]
        if estimated in self._rows.columns:
            by_episode.append(pl.col(estimated).filter(alert).sum().alias("estimated"))
        return (
            self._bands.filter("artificial")
            .group_by("episode")
            .agg(by_episode)
            .join(first_days.select("episode", "first_day"), on="episode")
            .with_columns(
                delay_days=pl.when(pl.col("first_day") >= first_night).then(
                    pl.col("delay_days").cast(pl.Float64).fill_null(metrics.NEVER)
                )
            )
            .sort("episode")
        )

    def _episode_figures(self, episodes: pl.DataFrame) -> dict[str, Figure]:
        figures = {
            "episodes found": self._of_episodes(episodes, "found", _mean),
            "median delay in days": self._of_episodes(
                episodes, "delay_days", metrics.weighted_median
            ),
        }
        if "estimated" in episodes.columns:
            error = (pl.col("estimated") - pl.col("artificial_streams")).abs()
            with_error = episodes.filter("found").with_columns(
                error=error / pl.col("artificial_streams")
            )
            figures["median error of the artificial plays"] = self._of_episodes(
                with_error, "error", metrics.weighted_median
            )
        return figures

    def _of_episodes(
        self, episodes: pl.DataFrame, column: str, measure: Callable[[Reals, Reals], float]
    ) -> Figure:
        """Return a measure over episodes; an episode counts as often as the artist it hit first."""
        known = episodes.drop_nulls(column)
        values = known[column].cast(pl.Float64).to_numpy()
        rows = known["row"].to_numpy()
        return self._bootstrap.figure(lambda weight: measure(values, weight[rows]))

    def _by(self, episodes: pl.DataFrame, column: str) -> pl.DataFrame:
        groups = []
        for name in sorted(episodes[column].unique().to_list()):
            among = (self._bands[column] == name).fill_null(value=False).to_numpy()
            found = self._bootstrap.figure(partial(metrics.recall, among, self._chance))
            part = episodes.filter(pl.col(column) == name)
            delays = part["delay_days"].drop_nulls().to_numpy()
            groups.append(
                {
                    column: name,
                    "track_days": int(among.sum()),
                    "recall": found.value,
                    "low": found.low,
                    "high": found.high,
                    "episodes": part.height,
                    "found": int(part["found"].sum()),
                    "median_delay_days": metrics.weighted_median(delays),
                }
            )
        return pl.DataFrame(groups)

    def _by_spike(self) -> pl.DataFrame:
        return (
            self._bands.filter(~pl.col("artificial") & pl.col("spike").is_not_null())
            .group_by(kind="spike")
            .agg(track_days=pl.len(), alerts=pl.col("chance").sum())
            .with_columns(alerts_per_10_000=10_000 * pl.col("alerts") / pl.col("track_days"))
            .sort("kind")
        )


def _complete(score: pl.Series, is_probability: bool) -> Reals:
    """Return the scores with those that are missing below all others."""
    given = score.drop_nulls().cast(pl.Float64).to_numpy()
    if np.isnan(given).any():
        raise CallError("a score is not a number; leave out the track-days that are not judged")
    lowest = float(given.min()) - 1 if len(given) and not is_probability else 0.0
    return score.cast(pl.Float64).fill_null(lowest).to_numpy()


def _bands(mimicry: pl.Series) -> pl.Series:
    """Return the band of each mimicry as text, null where there is none."""
    edges = (0.0, *MIMICRY_BOUNDS, 1.0)
    names = [f"{low:.2f}–{high:.2f}" for low, high in pairwise(edges)]
    index = np.searchsorted(MIMICRY_BOUNDS, mimicry.fill_null(0).to_numpy(), side="right")
    return pl.Series([names[n] for n in index], dtype=pl.String).zip_with(
        mimicry.is_not_null(), pl.Series([None] * len(mimicry), dtype=pl.String)
    )


def _mean(values: Reals, weight: Reals) -> float:
    total = weight.sum()
    return float((values * weight).sum() / total) if total else float("nan")


def _figures_table(evaluations: Sequence[Evaluation]) -> str:
    names = list(dict.fromkeys(name for one in evaluations for name in one.figures))
    cells = [
        [one.name, *(_interval(one.figures.get(name)) for name in names)] for one in evaluations
    ]
    return _lines(["", *names], cells)


def _interval(figure: Figure | None) -> str:
    if figure is None or np.isnan(figure.value):
        return "–"
    value, low, high = (_number(n) for n in (figure.value, figure.low, figure.high))
    return f"{value} ({low}–{high})"


def _number(value: float) -> str:
    if np.isnan(value):
        return "–"
    if np.isinf(value):
        return "never"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"


def _table(frame: pl.DataFrame) -> str:
    cells = [
        [_number(cell) if isinstance(cell, float) else str(cell) for cell in row]
        for row in frame.rows()
    ]
    return _lines([name.replace("_", " ") for name in frame.columns], cells)


def _lines(head: list[str], cells: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *cells]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
