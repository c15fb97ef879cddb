"""Feeds in order: list what is there, take what is new or changed, load it."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from fraud.config import Settings
from fraud.errors import CallError, FeedError, FraudError
from fraud.feed_settings import ApiFeed, Feed
from fraud.feeds import connect, secrets
from fraud.feeds.landing import Landed, land, place_of
from fraud.feeds.remote import FileError, Remote, RemoteFile
from fraud.feeds.secrets import Connection, Secrets
from fraud.lake import Lake
from fraud.pipeline.ingest import IngestResult, ingest
from fraud.pipeline.pulled import Pulled, remember, remembered
from fraud.pipeline.punctuality import Punctuality, days_of, owed
from fraud.sources import configured, named

__all__ = ["Connection", "FeedPull", "exit_code", "pull"]

LANDING = "landing"

Days = tuple[date, date]
Progress = Callable[[str], None]


@dataclass
class FeedPull:
    """What one feed had, what of it moved, and what became of it."""

    feed: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    no_plays: int = 0
    """Files that an API was asked for and does not have."""
    bytes: int = 0
    """Size of the files that moved."""
    refusals: list[str] = field(default_factory=list)
    """A sentence for each file that was left, though it is new."""
    error: str | None = None
    """Why the feed was not pulled to its end."""
    loaded: IngestResult | None = None
    """What became of the files; None where nothing was to be loaded."""
    punctuality: Punctuality | None = None

    def sentences(self) -> list[str]:
        """Return what a person should know of what was left, what came and what is owed."""
        told = list(self.refusals)
        if self.loaded:
            told += [*self.loaded.refusals, *self.loaded.warnings]
        return told + list(self.punctuality.sentences() if self.punctuality else ())

    @property
    def exit_code(self) -> int:
        """Return 1 where the feed failed, 3 where something was refused, else 0."""
        if self.error:
            return 1
        return 3 if self.refusals else self.loaded.exit_code if self.loaded else 0


def pull(
    settings: Settings,
    *,
    now: datetime,
    feeds: Sequence[str] = (),
    days: Days | None = None,
    load: bool = True,
    environment: Mapping[str, str] = os.environ,
    connections: Mapping[str, Connection] | None = None,
    progress: Progress | None = None,
) -> list[FeedPull]:
    """Pull the named feeds, else all; one that fails says so and stops none of the others.

    `days` limits it to reports of these days, which are then asked for again, and to files whose
    names tell no day. Raises CallError where no such feed is in the settings.
    """
    unknown = sorted(set(feeds) - set(settings.feeds))
    if unknown or not settings.feeds:
        names = ", ".join(sorted(settings.feeds))
        raise CallError(
            f"there is no feed {unknown[0]!r}; fraud.toml has {names}"
            if settings.feeds
            else "there is no feed; describe one under [feeds.NAME] in fraud.toml"
        )
    results = []
    for name in sorted(set(feeds) or settings.feeds):
        found = secrets.find(name, settings.feeds[name], environment, (connections or {}).get(name))
        results.append(_Pull(settings, name, now, days, found, progress or _silent).run(load=load))
    return results


def _silent(_told: str) -> None:
    pass


def exit_code(results: Sequence[FeedPull]) -> int:
    """Return 1 where every feed failed, 3 where one did or something was refused, else 0."""
    codes = {result.exit_code for result in results}
    if codes == {1}:
        return 1
    return 3 if codes - {0} else 0


@dataclass
class _Pull:
    settings: Settings
    name: str
    now: datetime
    asked: Days | None
    secrets: Secrets
    tell: Progress
    known: dict[str, Pulled] = field(init=False)
    pending: set[date] = field(init=False)
    """Days that have files here which are not in the lake."""
    incomplete: set[date | None] = field(default_factory=set)
    """Days of which a file could not be taken: they are not loaded."""

    def __post_init__(self) -> None:
        self.feed: Feed = self.settings.feeds[self.name]
        self.landing = self.settings.home / LANDING / self.name
        self.lake = Lake(self.settings.lake_address)
        self.known = remembered(self.lake, self.name)
        self.pending = {o.day for o in self.known.values() if o.day and o.outcome == "taken"}
        self.result = FeedPull(self.name)

    def run(self, *, load: bool) -> FeedPull:
        """Pull and load; what fails is told in the result."""
        try:
            named(self.feed.format, configured(self.settings))
            with _alone(self.landing):
                self._attempt(self._take)
                if load:
                    self._attempt(self._load)
                    self._attempt(self._forget)
        except FraudError as error:
            self.result.error = self.secrets.redact(str(error))
        came = days_of(self.lake, self.known)
        self.result.punctuality = owed(self.name, self.feed, came, self.now)
        return self.result

    def _attempt(self, step: Callable[[], None]) -> None:
        """Take a step; whatever stops it is told as one sentence, in which no secret stands."""
        try:
            step()
        except FraudError as error:
            told = str(error)
        except Exception as error:  # another feed must not suffer from what nobody foresaw
            first_line = str(error).partition("\n")[0]
            told = f"it failed unexpectedly ({type(error).__name__}: {first_line})"
        else:
            return
        self.result.error = self.result.error or self.secrets.redact(told)

    def _take(self) -> None:
        with connect(self.feed, self.secrets, self.settings.home) as remote:
            for day, files in self._by_day(remote):
                self._take_day(remote, day, files)

    def _by_day(self, remote: Remote) -> Iterator[tuple[date | None, list[RemoteFile]]]:
        listed = remote.files(self._days())
        if not isinstance(self.feed, ApiFeed):
            listed = iter(sorted(listed, key=lambda file: (file.day or date.min, file.name)))
        for day, files in groupby(listed, key=lambda file: file.day):
            if self._is_asked(day):
                yield day, [file for file in files if self._can_be_kept(file)]

    def _can_be_kept(self, file: RemoteFile) -> bool:
        """Return whether a file may be taken; one whose name begins with a dot still arrives."""
        if any(part.startswith(".") and part != ".." for part in file.name.split("/")):
            return False
        try:
            place_of(file, self.landing)
        except FileError as error:
            self.result.seen += 1
            self.result.refusals.append(self.secrets.redact(str(error)))
            return False
        return True

    def _days(self) -> list[date]:
        """Return the days that an API is asked for.

        They are the last ones of `days_back`, and those since the last day that was ever asked for,
        or since `first_day`, that were not.
        """
        last = self.now.astimezone(self.feed.zone).date() - timedelta(days=1)
        if self.asked:
            first, last = self.asked[0], min(self.asked[1], last)
            return [day for day in _span(first, last) if self._is_asked(day)]
        days_back = self.feed.days_back if isinstance(self.feed, ApiFeed) else 1
        recent = last - timedelta(days=days_back - 1)
        known = {one.day for one in self.known.values() if one.day}
        settled = known - self.pending
        first = self.feed.first_day or min(recent, max(known, default=recent))
        return [day for day in _span(first, last) if day >= recent or day not in settled]

    def _is_asked(self, day: date | None) -> bool:
        if day is None:
            return True
        if self.asked:
            return self.asked[0] <= day <= self.asked[1]
        return self.feed.first_day is None or day >= self.feed.first_day

    def _take_day(self, remote: Remote, day: date | None, files: list[RemoteFile]) -> None:
        """Take the files of a day; where one has news, all of them must lie here."""
        news: list[Pulled] = []
        self.incomplete.add(day)
        try:
            whole = [self._try(self._compare, remote, file, news) for file in files]
            self.result.seen += len(files)
            if day in self.pending:
                whole += [self._try(self._fetch_again, remote, file, news) for file in files]
                self._drop_all_but(day, files)
            if day is None or all(whole):
                self.incomplete.discard(day)
        finally:
            remember(self.lake, self.name, news, self.now)

    def _try(
        self,
        step: Callable[[Remote, RemoteFile, list[Pulled]], None],
        remote: Remote,
        file: RemoteFile,
        news: list[Pulled],
    ) -> bool:
        """Return whether a step went well for a file; else say so and go on with the others."""
        try:
            step(remote, file, news)
        except FileError as error:
            self.result.refusals.append(self.secrets.redact(str(error)))
            return False
        return True

    def _compare(self, remote: Remote, file: RemoteFile, news: list[Pulled]) -> None:
        known = self.known.get(file.name)
        version = known.version if known else None
        if file.is_absent:
            self._absent(file, news)
            return
        place = place_of(file, self.landing)
        same = version and file.version and file.version.is_known_as(version)
        if same or (version and file.is_final and not self.asked):
            self.result.unchanged += 1
            return
        self.tell(f"Pull {self.name}: {file.name}")
        landed = land(remote, file, place, version)
        if landed == "absent":
            self._absent(file, news)
        elif landed == "unchanged":
            self.result.unchanged += 1
        else:
            self._landed(file, landed, known, news)

    def _absent(self, file: RemoteFile, news: list[Pulled]) -> None:
        self.result.no_plays += 1
        if file.name not in self.known:
            self._note(Pulled(file.name, file.day, "no_plays"), news)

    def _landed(
        self, file: RemoteFile, landed: Landed, known: Pulled | None, news: list[Pulled]
    ) -> None:
        self.result.bytes += landed.size
        told = Pulled(
            file.name,
            file.day,
            "taken",
            landed.size,
            landed.version.modified,
            landed.version.etag,
            landed.sha256,
        )
        if known and known.sha256 == landed.sha256:
            self.result.unchanged += 1
            told = replace(told, outcome=known.outcome, delivery_id=known.delivery_id)
        elif known and known.sha256:
            self.result.changed += 1
        else:
            self.result.new += 1
        self._note(told, news)

    def _note(self, told: Pulled, news: list[Pulled]) -> None:
        self.known[told.file] = told
        news.append(told)
        if told.day and told.outcome == "taken":
            self.pending.add(told.day)

    def _fetch_again(self, remote: Remote, file: RemoteFile, news: list[Pulled]) -> None:
        """Bring back a file that was forgotten here, since its day is to be loaded again."""
        known = self.known.get(file.name)
        place = place_of(file, self.landing)
        if known and known.version and not place.is_file():
            landed = land(remote, file, place, None)
            if isinstance(landed, Landed):
                self.result.unchanged -= 1  # as which it was counted, before its day had news
                self._landed(file, landed, known, news)

    def _drop_all_but(self, day: date, files: list[RemoteFile]) -> None:
        """Delete what a folder does not list any more: a report that came again under a new name.

        An API lists no less than before; what is limited to countries now is not wrong for it.
        """
        if isinstance(self.feed, ApiFeed):
            return
        listed = {place_of(file, self.landing) for file in files}
        for place in (self.landing / str(day)).rglob("*"):
            if place.is_file() and place not in listed and not place.name.startswith("."):
                place.unlink()

    def _load(self) -> None:
        """Load what lies here and is not in the lake: whole days, and single files without one."""
        pending = [
            one
            for one in self.known.values()
            if one.outcome == "taken" and one.day not in self.incomplete
        ]
        paths = {
            self.landing / str(one.day) if one.day else self._place(one)
            for one in pending
            if self._place(one).is_file()
        }
        if not paths:
            return
        self.tell(f"Load {self.name}")
        self.result.loaded = ingest(
            sorted(paths), self.settings, now=self.now, source=self.feed.format
        )
        load_id = self.result.loaded.delivery_id
        done = [replace(one, outcome="loaded", delivery_id=load_id) for one in pending]
        self.known |= {one.file: one for one in done}
        remember(self.lake, self.name, done, self.now)

    def _forget(self) -> None:
        """Delete what is older than listener ids may become: loaded files, and parts of files."""
        oldest = self.now - timedelta(days=self.settings.keep_listeners_days)
        for one in self.known.values():
            if one.outcome == "loaded" and one.pulled_at and one.pulled_at < oldest:
                self._place(one).unlink(missing_ok=True)
        for part in self.landing.rglob(".*.part"):
            if part.stat().st_mtime < oldest.timestamp():
                part.unlink()

    def _place(self, one: Pulled) -> Path:
        return place_of(RemoteFile(one.file, one.day), self.landing)


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@contextmanager
def _alone(landing: Path) -> Iterator[None]:
    """Hold a feed's folder; FeedError where another pull of the feed is at work."""
    try:
        landing.mkdir(parents=True, exist_ok=True)
        lock = (landing / ".lock").open("w")
    except OSError as error:
        raise FeedError(f"{landing} cannot be used: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FeedError("another pull of this feed is at work") from None
        yield
