"""One DSR message, record by record: its head, its summaries, its blocks, its foot."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from fraud.errors import FraudError, UnreadableError
from fraud.sources.country_names import code_of
from fraud.sources.ddex_name import FileName, date_of, span
from fraud.sources.ddex_records import OTHER_TYPES, PLACES, Record, record
from fraud.sources.rows import Refused
from fraud.sources.statements import store_of, tier_of
from fraud.sources.territories import OF_NUMBER

COLUMNS = (
    "kind",
    "period_start",
    "period_end",
    "store",
    "territory",
    "tier",
    "isrc",
    "store_track_id",
    "upc",
    "title",
    "streams",
    "amount",
    "currency",
    "origin",
    "statement",
)
"""What a message tells of a row, before `line`; `kind` is usage, summary or other."""

PROFILES = {
    "basicaudioprofile",
    "basicaudioprofilesrb",
    "ugcprofile",
    "ugcprofilesrb",
    "financialreportingtorecordcompaniesprofilesrb",
    "royaltyreportingprofile",
}
_SUMMARIES = ("SY10", "SY07", "SY05", "SY02", "SY01", "SY06", "SY09", "SY04")
"""The nearest to what is paid comes first; only records of one type count, as they say the same."""
_DOWNLOADS = {"permanentdownload", "download", "purchaseasphysicalproduct", "ringtone"}
_TIERS = {
    "advertisementsupportedmodel": "free",
    "freeofchargemodel": "free",
    "subscriptionmodel": "premium",
}


class BrokenMessageError(FraudError):
    """A record that does not enter; the message as a whole may."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason)
        self.column = column


@dataclass
class Summary:
    """What a summary record says of the usages that refer to it."""

    record: Record
    store: str
    territory: str
    tier: str
    currency: str
    is_download: bool

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Return what a usage takes from it."""
        return self.store, self.territory, self.tier, self.currency


@dataclass
class _Block:
    """The records of one block that were read so far."""

    block_id: str
    resources: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """ISRC, the service's own id and title, by reference and by that id."""
    usages: list[Record] = field(default_factory=list)
    views: list[Record] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)

    def describe(self, found: Record) -> None:
        """Take what a record says of a resource; of several ISRCs the first names it."""
        resource = (
            (found.values("ISRC") or [""])[0],
            found.get("DspResourceId"),
            found.get("Title"),
        )
        for key in (found.get("ResourceReference"), found.get("DspResourceId")):
            if key:
                self.resources[key] = resource


class Message:
    """Takes the lines of a message and gathers `rows`, their `texts` and what is `refused`.

    Empty lines may be counted in `blanks` instead.

    Who reads takes what was gathered away from time to time; a block and the summaries are all that
    is kept. Raises UnreadableError where the message as a whole cannot be trusted.
    """

    def __init__(self, name: FileName | None) -> None:
        self.name = name
        self.rows: list[tuple[str | int | None, ...]] = []
        self.texts: list[str] = []
        self.refused: list[Refused] = []
        self.notes: list[str] = []
        self._head: Record | None = None
        self._first = self._last = date.min
        self._period = ("", "")
        self._origin = self._statement = ""
        self._summaries: dict[str, Summary] = {}
        self._summary_records: list[Record] = []
        self._summarised = False
        self._is_first_part = True
        self._summaries_counted = 0
        self._block: _Block | None = None
        self._blocks = 0
        self._lines = self._comments = 0
        self.blanks = 0
        self._foot: Record | None = None
        if name is None:
            self.notes.append(
                "is not named as DDEX has it (DSR_recipient_sender_service_period_territory_"
                "1of1_created.tsv); what its name should say was not checked"
            )

    def take(self, line: int, text: str) -> None:
        """Take the next line; BrokenMessageError where it is no record that can be read."""
        if not text.strip():
            self.blanks += 1
            return
        self._lines += 1
        if text.startswith("#"):
            self._comments += 1
            return
        if self._foot:
            raise UnreadableError(
                f"goes on in line {line} after its last record, {self._foot.kind};"
                " the sender must deliver it again"
            )
        found = _read(line, text)
        if self._head is None:
            self._open(found)
        elif found.kind.startswith("SY"):
            self._summarise(found)
        elif found.kind in {"FOOT", "SRFO"}:
            self._foot = found
        else:
            self._tell_summaries()
            self._take_body(found)

    def close(self) -> None:
        """Finish the message; UnreadableError where it is not all there."""
        if self._head is None:
            raise UnreadableError("has no HEAD; the sender must deliver it again")
        if self._foot is None:
            line = self._lines + self.blanks
            raise UnreadableError(
                f"ends in line {line} without its last record, FOOT or SRFO: it was cut;"
                " deliver it again"
            )
        self._tell_summaries()
        self._end_block()
        self._check_foot(self._foot)

    def _open(self, head: Record) -> None:
        if head.kind != "HEAD":
            raise UnreadableError(f"begins with {head.kind} instead of HEAD; deliver it again")
        profile = head.get("Profile")
        needed = PLACES["HEAD"][:9]
        missing = [name for name in needed if not head.get(name)]
        if missing:
            raise UnreadableError(
                f"has a HEAD without {', '.join(missing)}; the sender must deliver it again"
            )
        if profile.lower() not in PROFILES:
            raise UnreadableError(
                f"is of the DDEX profile {profile}; Basic Audio, UGC, Royalty Reporting and"
                " Financial Reporting to Record Companies are the ones that are read"
            )
        self._first = _day(head, "UsageStartDate", last=False)
        self._last = _day(head, "UsageEndDate", last=True)
        if self._last < self._first:
            raise UnreadableError(
                f"says that its usages end on {self._last}, before they begin on {self._first}"
            )
        sender = head.get("SenderName") or head.get("SenderPartyId")
        if not sender:
            raise UnreadableError("has a HEAD that names no sender")
        self._origin = f"ddex_dsr {sender}"
        self._check_name(head)
        territory = self.name.territory if self.name else ""
        recipient = head.get("RecipientName") or head.get("RecipientPartyId")
        scope = (recipient, head.get("ServiceDescription"), territory)
        self._statement = " ".join(part for part in scope if part) or "report"
        self._period = (self._first.isoformat(), self._last.isoformat())
        self._is_first_part = _whole(head, "FileNumber") == 1
        self._head = head

    def _check_name(self, head: Record) -> None:
        number, of = _whole(head, "FileNumber"), _whole(head, "NumberOfFiles")
        if self.name is None:
            if of != 1:
                raise UnreadableError(
                    f"is part {number} of {of} and not named as DDEX has it; under its own name"
                    " its parts can be told"
                )
            return
        name = self.name
        if (number, of) != (name.number, name.of):
            raise UnreadableError(
                f"says in its HEAD that it is part {number} of {of} and in its name"
                f" {name.number}of{name.of}; the sender must deliver it again"
            )
        said = {
            "service": (name.service, [head.get("ServiceDescription")]),
            "sender": (name.sender, [head.get("SenderName"), head.get("SenderPartyId")]),
            "recipient": (
                name.recipient,
                [head.get("RecipientName"), head.get("RecipientPartyId")],
            ),
        }
        for what, (in_name, in_head) in said.items():
            told = [one for one in in_head if one]
            if in_name and told and _plain(in_name) not in map(_plain, told):
                raise UnreadableError(
                    f"names the {what} {in_name} in its name and {' / '.join(told)} in its HEAD;"
                    " the sender must deliver it again"
                )
        period = span(name.period)
        if period is None:
            self.notes.append(f"has the period {name.period} in its name, which is none of DDEX's")
        elif period != (self._first, self._last):
            self.notes.append(
                f"names the period {name.period} and says in its HEAD that it covers"
                f" {self._first} to {self._last}; the HEAD was taken"
            )

    def _summarise(self, found: Record) -> None:
        self._summaries_counted += 1
        if self._summarised:
            raise BrokenMessageError(f"{found.kind} stands among the usages; it belongs above them")
        if found.kind not in PLACES:
            raise BrokenMessageError(f"{found.kind} is a summary that is not known")
        channel = found.get("DistributionChannel")
        head = self._head
        sender = channel or (head.get("SenderName") or head.get("SenderPartyId") if head else "")
        model = found.get("CommercialModel").lower()
        told = found.get("SubscriberType") or found.get("ServiceDescription")
        tier = tier_of(told) if told else ""
        summary = Summary(
            found,
            store_of(sender),
            _territory(found.get("Territory")),
            _TIERS.get(model, "") if tier == told else tier,
            found.get("Currency").upper(),
            found.get("UseType").lower() in _DOWNLOADS,
        )
        identity = found.get("SummaryRecordId")
        if not identity:
            raise BrokenMessageError(f"{found.kind} has no SummaryRecordId", "SummaryRecordId")
        self._summary_records.append(found)
        known = self._summaries.setdefault(identity, summary)
        if known.territory != summary.territory:
            raise BrokenMessageError(
                f"SummaryRecordId {identity} stands for {known.territory} and for"
                f" {summary.territory}; each stands for one territory",
                "SummaryRecordId",
            )

    def _tell_summaries(self) -> None:
        """Make royalties of the summaries, once all of them are there.

        Each part of a report repeats the summaries of the whole (DSRF Part 1, 6.3), so those of
        the first part count.
        """
        if self._summarised:
            return
        self._summarised = True
        kinds = {found.kind for found in self._summary_records}
        nearest = next((kind for kind in _SUMMARIES if kind in kinds), "")
        for found in self._summary_records:
            summary = self._summaries[found.get("SummaryRecordId")]
            streams, amount = _paid(found)
            is_nearest = found.kind == nearest and self._is_first_part
            counts = is_nearest and not summary.is_download and streams and amount
            self._add(
                "summary" if counts else "other", found, summary, streams=streams, amount=amount
            )

    def _take_body(self, found: Record) -> None:
        if found.kind in OTHER_TYPES:
            return
        if found.kind.startswith("SR"):
            self._flat(found)
            return
        block_id = found.get("BlockId")
        if not block_id:
            raise BrokenMessageError(f"{found.kind} has no BlockId", "BlockId")
        if self._block is None or self._block.block_id != block_id:
            self._end_block()
            self._block = _Block(block_id)
        block = self._block
        if found.kind in {"AS01", "AS02"}:
            block.describe(found)
        elif found.kind in {"SU02", "SU03"}:
            block.usages.append(found)
        elif found.kind in {"RU01", "RU02"}:
            block.views.append(_with_whole_lists(found))
        else:
            block.others.append(found)

    def _end_block(self) -> None:
        """Tell the usages of the block that has ended, in the order of their lines."""
        block, self._block = self._block, None
        if block is None:
            return
        self._blocks += 1
        # Views by video are the same plays as the usages of the recording, where both are told.
        usages = block.usages or block.views
        rest = [*block.others, *(block.views if block.usages else [])]
        told = [(found.line, found, True) for found in usages]
        told += [(found.line, found, False) for found in rest]
        for _, found, is_usage in sorted(told, key=lambda one: one[0]):
            try:
                if is_usage:
                    self._usage(found, block)
                else:
                    self._add("other", found, None)
            except BrokenMessageError as error:
                self.refused.append(Refused(str(error), found.line, error.column, row=found.text))

    def _usage(self, found: Record, block: _Block) -> None:
        summary = self._summary(found, block.views)
        isrc, own, title = _resource(found, block)
        self._check_validity(found)
        streams = _sum(found.values("Usages"))
        self._add(
            "other" if summary.is_download else "usage",
            found,
            summary,
            isrc=isrc,
            own=own,
            title=title,
            streams=streams,
        )

    def _flat(self, found: Record) -> None:
        """Tell a record that is a block of its own."""
        if found.kind not in PLACES:
            raise BrokenMessageError(f"{found.kind} is a record that is not known")
        self._end_block()
        summary = self._summary(found, [])
        self._check_validity(found)
        is_usage = found.kind != "SR01" and not summary.is_download
        self._add(
            "usage" if is_usage else "other",
            found,
            summary,
            isrc=(found.values("ISRC") or [""])[0],
            own=found.get("DspResourceId"),
            title=found.get("Title"),
            upc=found.get("ICPN"),
            streams=found.get("Usages") or found.get("TotalUsages"),
            amount=found.get("AllocatedRevenue") or found.get("AllocatedNetRevenue"),
        )

    def _summary(self, found: Record, views: Iterable[Record]) -> Summary:
        names = [found.get("SummaryRecordId"), *(view.get("SummaryRecordId") for view in views)]
        identity = next((name for name in names if name), "")
        if identity in self._summaries:
            return self._summaries[identity]
        if identity:
            raise BrokenMessageError(
                f"SummaryRecordId {identity} is none of the file's summaries", "SummaryRecordId"
            )
        places = {summary.place for summary in self._summaries.values()}
        if len(places) != 1:
            raise BrokenMessageError(
                "SummaryRecordId is empty, and the file has several summaries", "SummaryRecordId"
            )
        return next(iter(self._summaries.values()))

    def _check_validity(self, found: Record) -> None:
        for name in ("ValidityPeriodStart", "ValidityPeriodEnd"):
            text = found.get(name)
            day = date_of(text, last=name.endswith("End")) if text else None
            if text and (day is None or not self._first <= day <= self._last):
                raise BrokenMessageError(
                    f"{name} {text} is no day of {self._first} to {self._last}, which the file"
                    " covers",
                    name,
                )

    def _add(
        self,
        kind: str,
        found: Record,
        summary: Summary | None,
        *,
        isrc: str = "",
        own: str = "",
        title: str = "",
        upc: str = "",
        streams: str = "",
        amount: str = "",
    ) -> None:
        store, territory, tier, currency = summary.place if summary else ("", "", "", "")
        values: list[str | int | None] = [
            *(kind, *self._period, store or None, territory or None, tier or None),
            *(isrc or None, own or None, upc or None, title or None, streams or None),
            *(amount or None, currency or None, self._origin, self._statement, found.line),
        ]
        self.rows.append(tuple(values))
        self.texts.append(found.text)

    def _check_foot(self, foot: Record) -> None:
        counted = {
            # By the standard all lines count, comments and empty ones as well; senders differ.
            "NumberOfLinesInFile": {
                self._lines,
                self._lines - self._comments,
                self._lines + self.blanks,
            },
            "NumberOfSummaryRecords": {self._summaries_counted},
            "NumberOfBlocksInFile": {self._blocks},
        }
        for name, is_right in counted.items():
            said = foot.get(name)
            if said and (not said.isdecimal() or int(said) not in is_right):
                what = name.removeprefix("NumberOf").removesuffix("InFile").replace("R", " r")
                raise UnreadableError(
                    f"says in its last line that it has {said} {what.lower()} and has"
                    f" {max(is_right)}; deliver it again"
                )


def _read(line: int, text: str) -> Record:
    if "\0" in text:
        raise BrokenMessageError("the row holds NUL bytes; the file was damaged or is no text")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise BrokenMessageError("the row is not UTF-8; export the file as UTF-8") from None
    found = record(line, text)
    if found is None or (
        found.kind not in PLACES
        and found.kind not in OTHER_TYPES
        and not found.kind.startswith("SY")
    ):
        first = text.partition("\t")[0][:12]
        raise BrokenMessageError(f"{first!r} is no record type that is known", "RecordType")
    return found


def _with_whole_lists(found: Record) -> Record:
    """Return a record with releases and their usages, which are two lists of one length."""
    usages, releases = found.values("Usages"), found.values("DspReleaseId")
    if len(usages) != len(releases):
        raise BrokenMessageError(
            f"{found.kind} lists {len(releases):,} releases and {len(usages):,} counts of usages;"
            " there is one for each",
            "Usages",
        )
    return found


def _paid(found: Record) -> tuple[str, str]:
    """Return the usages and the money of a summary: what was allocated, else all of the service."""
    allocated = _sum(found.values("AllocatedUsages"))
    usages = _sum(found.values("UsagesInSubPeriod")) or _sum(found.values("Usages"))
    revenue = _sum(found.values("AllocatedRevenue"))
    net = _sum(found.values("AllocatedNetRevenue"))
    if revenue and not _is_nothing(revenue):
        return allocated or usages, revenue
    if net:
        return allocated or usages, net
    if revenue:
        return allocated or usages, revenue
    return usages, found.get("NetRevenue")


def _sum(values: list[str]) -> str:
    """Return the sum of a list of numbers as text; what is no number stays to be refused."""
    if len(values) < 2:
        return values[0] if values else ""
    if all(re.fullmatch(r"[0-9]+", value) for value in values):
        return str(sum(map(int, values)))
    try:
        return str(sum(map(float, values)))
    except ValueError:
        return next(value for value in values if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value))


def _is_nothing(number: str) -> bool:
    return not number.strip("-0.")


def _resource(found: Record, block: _Block) -> tuple[str, str, str]:
    reference = found.get("Resource")
    if reference in block.resources:
        return block.resources[reference]
    different = set(block.resources.values())
    if len(different) == 1 and (not reference or found.kind != "SU02"):
        return next(iter(different))
    if not reference:
        raise BrokenMessageError(
            f"{found.kind} tells of no resource, and its block has {len(different)}", "Resource"
        )
    raise BrokenMessageError(
        f"{found.kind} tells of the resource {reference}, which its block does not describe",
        "Resource",
    )


def _territory(text: str) -> str:
    """Return the code of a territory; DDEX's own codes of several countries are unknown ones."""
    if re.fullmatch(r"[0-9]+", text):
        return OF_NUMBER.get(text.lstrip("0"), "ZZ")
    if text.lower() in {"multi", "worldwide"}:
        return "ZZ"
    return code_of(text[:2] if re.fullmatch("[A-Za-z]{2}-[A-Za-z]{2}", text) else text)


def _day(head: Record, name: str, *, last: bool) -> date:
    text = head.get(name)
    day = date_of(text, last=last)
    if day is None:
        raise UnreadableError(f"says {name} {text} in its HEAD, which is no day or month")
    return day


def _whole(head: Record, name: str) -> int:
    text = head.get(name)
    if not re.fullmatch("[0-9]{1,9}", text):
        raise UnreadableError(f"says {name} {text} in its HEAD, which is no number")
    return int(text)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
