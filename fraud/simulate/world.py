"""A labelled world: reports as a label gets them, and the truth beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from fraud.errors import CallError
from fraud.simulate import files, paperwork
from fraud.simulate.audience import OWN, tabulate
from fraud.simulate.cheating import Cheating
from fraud.simulate.delivery import AGAIN, FIRST, Delivery
from fraud.simulate.events import draw_events
from fraud.simulate.everyday import Everyday
from fraud.simulate.feeds import SPOTIFY_BULK, feed
from fraud.simulate.listening import Listening
from fraud.simulate.playlists import Playlists
from fraud.simulate.plays import Cause, Plays, draw_surge
from fraud.simulate.reporting import Reporter
from fraud.simulate.scene import draw_scene
from fraud.simulate.sheets import Sheets
from fraud.simulate.trouble import draw_trouble, is_late, troubled
from fraud.simulate.truth import Truth

STORES = ("spotify", "apple_music", "deezer")
START = date(2026, 3, 2)
_NAMES = (FIRST, AGAIN, "truth", "catalog.csv", "context.csv", "verdicts.csv")


@dataclass(frozen=True)
class World:
    """Where a world lies and what is in it.

    `counts` holds tracks, days, files, rows, streams, artificial_streams, artificial_track_days,
    innocent_track_days and episodes.
    """

    folder: Path
    counts: dict[str, int]

    @property
    def reports(self) -> Path:
        """Return the folder of the report files, one a kind × store × day."""
        return self.folder / "reports"

    @property
    def restated(self) -> Path:
        """Return the folder of second deliveries: late rows added, bought plays taken out."""
        return self.folder / "restated"

    @property
    def catalog(self) -> Path:
        """Return the catalogue's file."""
        return self.folder / "catalog.csv"

    @property
    def context(self) -> Path:
        """Return the file of known innocent causes."""
        return self.folder / "context.csv"

    @property
    def verdicts(self) -> Path:
        """Return the file of the stores' rulings."""
        return self.folder / "verdicts.csv"

    @property
    def truth(self) -> Path:
        """Return the folder of the truth: track_days.csv, episodes.csv, innocent_days.csv."""
        return self.folder / "truth"

    def summary(self) -> list[str]:
        """Return what the world holds, as sentences."""
        n = self.counts
        track_days = max(n["tracks"] * n["days"], 1)
        share = n["artificial_track_days"] / track_days
        return [
            f"{n['tracks']:,} tracks over {n['days']:,} days have {n['streams']:,} plays.",
            f"They are reported in {n['files']:,} files with {n['rows']:,} rows.",
            f"{n['artificial_streams']:,} plays are artificial: {n['episodes']:,} episodes.",
            f"They touch {n['artificial_track_days']:,} track-days, {share:.2%} of all.",
            f"{n['innocent_track_days']:,} track-days are innocent spikes.",
            f"The truth lies in {self.truth}.",
        ]


def simulate(
    out: Path,
    *,
    seed: int,
    days: int = 84,
    tracks: int = 1500,
    start: date = START,
    stores: Sequence[str] = STORES,
    territories: int = 25,
    mimicry: float | None = None,
    volume: float = 1.0,
    fraud_share: float = 0.01,
    listeners: bool = False,
    file_format: str = "csv.gz",
    schemes: Sequence[str] | None = None,
) -> World:
    """Write a labelled world into the folder `out` and return where it lies and what is in it.

    The same arguments give the same bytes. `mimicry` is how far every scheme looks like the
    tracks' own people, from 0 (crude) to 1 (perfect), drawn for each episode where None;
    `volume` multiplies what is bought; `fraud_share` is the part of the track-days that schemes
    touch; `schemes` names those that are used; `file_format` is one of `files.FORMATS`. Raises
    CallError for arguments without a world.
    """
    _check_folder(out)
    _check_numbers(
        days=days, tracks=tracks, mimicry=mimicry, volume=volume, fraud_share=fraud_share
    )
    files.checked_format(file_format)
    scene = draw_scene(
        seed,
        start=start,
        days=days,
        tracks=tracks,
        stores=tuple(stores),
        territories=territories,
    )
    catalog = scene.catalogue.frame(scene.market, start)
    carrier = feed(file_format, scene.market.slugs, catalog)
    everyday = Everyday(scene)
    cheating = Cheating(
        everyday, fraud_share=fraud_share, mimicry=mimicry, volume=volume, schemes=schemes
    )
    causes, parts = [Cause("everyday", OWN)], [everyday.draw()]
    for cause, surge, rng in (*draw_events(everyday), *cheating.draw()):
        parts.append(draw_surge(rng, surge).of_cause(len(causes)))
        causes.append(cause)
    trouble = draw_trouble(scene)
    plays = troubled(seed, Plays.together(parts), trouble, everyday.openings)
    arrived = plays.where(~is_late(plays, trouble))
    truth = Truth(arrived, causes, everyday)
    rulings = paperwork.verdicts(scene, arrived, causes)
    for folder in (FIRST, AGAIN, "truth"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    delivery = Delivery(
        out, scene, Sheets(scene, Playlists(scene, causes)), trouble, file_format, carrier
    )
    reporter = Reporter(scene, tabulate([cause.profile for cause in causes]))
    listening = Listening(scene, causes) if listeners or file_format == SPOTIFY_BULK else None
    for store in range(len(scene.market.stores)):
        report = reporter.report(store, plays.where(plays.store == store))
        if listening is not None:
            report = listening.told(report)
        delivery.first(report)
        delivery.purged(*paperwork.purge(scene, rulings, report, causes))
    tables = {
        "catalog": catalog,
        "context": paperwork.context(scene, causes),
        "verdicts": rulings,
        "truth/track_days": truth.track_days(),
        "truth/innocent_days": truth.innocent_days(),
        "truth/episodes": truth.episodes(),
    }
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv")
    return World(
        out,
        {
            "tracks": tracks,
            "days": days,
            "files": delivery.files,
            "rows": delivery.rows,
            "streams": truth.streams,
            "artificial_streams": truth.artificial_streams,
            "artificial_track_days": tables["truth/track_days"].height,
            "innocent_track_days": tables["truth/innocent_days"].height,
            "episodes": tables["truth/episodes"].height,
        },
    )


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise CallError(f"{out} is a file; name a folder for the world")
    there = [name for name in _NAMES if (out / name).exists()]
    if there:
        raise CallError(f"{out} holds a world already ({there[0]}); name another folder")


def _check_numbers(
    *, days: int, tracks: int, mimicry: float | None, volume: float, fraud_share: float
) -> None:
    if days < 7:
        raise CallError(f"{days} days are too few for a world; give 7 or more")
    if tracks < 20:
        raise CallError(f"{tracks} tracks are too few for a world; give 20 or more")
    if mimicry is not None and not 0 <= mimicry <= 1:
        raise CallError(f"mimicry {mimicry} lies outside 0–1")
    if volume < 0:
        raise CallError(f"volume {volume} is negative; 1 is the usual")
    if not 0 <= fraud_share <= 0.2:
        raise CallError(f"fraud share {fraud_share} lies outside 0–0.2")
