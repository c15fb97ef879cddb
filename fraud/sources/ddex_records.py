"""Records of DDEX's flat files (DSRF Part 1): lines, cells, lists, and what stands where.

The places are those of the XML schemas that DDEX publishes for the profiles, versions 1.0 to 1.2.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

_LIST = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_ESCAPED = re.compile(r"\\(.)")
RECORD_TYPE = re.compile(r"(HEAD|FHEA|SRHE|FOOT|FFOO|SRFO|[A-Z]{2}[0-9]{2})(\.[0-9]{2})?")


def _cells(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SY = "SummaryRecordId DistributionChannel DistributionChannelDPID CommercialModel UseType "
_PLACE = _SY + "Territory ServiceDescription "
_RESOURCE = "BlockId ResourceReference DspResourceId ISRC Title"
_FLAT = "SummaryRecordId DspResourceId ISRC Title"

PLACES: dict[str, tuple[str, ...]] = {
    "HEAD": _cells(
        "MessageVersion Profile ProfileVersion MessageId MessageCreatedDateTime FileNumber"
        " NumberOfFiles UsageStartDate UsageEndDate SenderPartyId SenderName ServiceDescription"
        " RecipientPartyId RecipientName RepresentedRepertoire"
    ),
    "SY01": _cells(_PLACE + "Usages Subscribers Currency NetRevenue"),
    "SY02": _cells(
        _PLACE + "Usages Users Currency NetRevenue RightsController RightsControllerPartyId"
        " AllocatedUsages AllocatedRevenue AllocatedNetRevenue"
    ),
    "SY04": _cells(
        _PLACE + "SubscriberType Subscribers SubPeriodStart SubPeriodEnd UsagesInSubPeriod"
        " Usages Currency CurrencyOfTransaction ExchangeRate ConsumerPaidUnitPrice NetRevenue"
    ),
    "SY05": _cells(
        _PLACE + "RightsController RightsControllerPartyId RightsType Usages AllocatedUsages"
        " MusicUsageRatio AllocatedNetRevenue AllocatedRevenue MarketShare Currency"
        " CurrencyOfTransaction ExchangeRate SubscriberType SubPeriodStart SubPeriodEnd"
    ),
    "SY06": _cells(_PLACE + "Usages Subscribers Currency NumberOfReleases NetRevenue"),
    "SY07": _cells(
        _SY + "Territory RightsType ServiceDescription Usages Users Currency NetRevenue"
        " RightsController RightsControllerPartyId AllocatedUsages AllocatedRevenue"
        " AllocatedNetRevenue"
    ),
    "SY09": _cells(
        "SummaryRecordId CommercialModel UseType Territory ServiceDescription SubscriberType"
        " RightsController RightsControllerPartyId RightsType Usages AllocatedUsages NetRevenue"
        " IndirectNetRevenue MarketShare Currency"
    ),
    "SY10": _cells(
        _SY + "PeriodStart PeriodEnd SubscriberType Subscribers ActiveSubscribers"
        " PromotionalActivity Territory ServiceDescription OfferType Quality Usages"
        " AllocatedUsages Returns MusicUsageRatio CurrencyOfTransaction Currency ExchangeRate"
        " ExchangeRateSource DateOfCurrencyExchange GrossRevenueTransaction GrossRevenue"
        " CalculationType CalculationValue DeductionType DeductionsTransaction Deductions"
        " NetRevenueTransaction NetRevenue AllocatedRevenueTransaction AllocatedRevenue"
        " AllocatedNetRevenueTransaction AllocatedNetRevenue"
    ),
    "AS01": _cells(_RESOURCE),
    "AS02": _cells(_RESOURCE),
    "SU01": _cells("BlockId SummaryRecordId SalesTransactionId _ Resource"),
    "SU02": _cells(
        "BlockId SummaryRecordId SalesTransactionId Release Resource IsRoyaltyBearing Usages"
    ),
    "SU03": _cells(
        "BlockId SalesTransactionId SummaryRecordId Resource Usages NetRevenue"
        " ValidityPeriodStart ValidityPeriodEnd"
    ),
    "RU01": _cells("BlockId SummaryRecordId DspReleaseId Usages"),
    "RU02": _cells("BlockId SummaryRecordId DspReleaseId ReleaseTitle ReleaseURL Usages"),
    "LI01": _cells("BlockId SummaryRecordId"),
    "SR01": _cells(_FLAT),
    "SR02": _cells(
        _FLAT + " _ _ _ _ ResourceType _ _ " + "_ " * 8 + "DspReleaseId _ _ ICPN _ _"
        " ReleaseTitle _ _ _ _ _ SalesTransactionId IsRoyaltyBearing Usages"
    ),
    "SR03": _cells(
        _FLAT
        + " _ _ _ Duration ResourceType WorkTitle DspWorkId ISWC "
        + "_ " * 8
        + "DspReleaseId _ _ ICPN _ _ ReleaseTitle _ _ _ SalesTransactionId Usages NetRevenue"
        " ValidityPeriodStart ValidityPeriodEnd"
    ),
    "SR06": _cells(
        _FLAT + " _ _ _ WorkTitle DspWorkId ISWC _ _ Usages ValidityPeriodStart ValidityPeriodEnd"
    ),
    "SR08": _cells(
        "SalesTransactionId _ ICPN DspReleaseId _ _ _ ReleaseType ReleaseTitle _ _ _ ISRC _"
        " DspResourceId _ _ _ ResourceType Title _ _ _ SummaryRecordId SalesTransactionDate"
        " TotalUsages Returns Usages" + " _" * 8 + " DeductionType _ Deductions _ _ _ _"
        " AllocatedRevenue _ AllocatedNetRevenue"
    ),
    "FOOT": _cells(
        "NumberOfLinesInFile NumberOfLinesInReport NumberOfSummaryRecords NumberOfBlocksInFile"
        " NumberOfBlocksInReport"
    ),
    "SRFO": _cells("NumberOfLinesInFile NumberOfSummaryRecords"),
}
"""What the cells behind the record type are called, as far as they are read; `_` is not read."""

OTHER_TYPES = {"RE01", "RE02", "RE03", "RE04", "MW01", "DE01", "AS03", "AS04", "AS05", "AS06"}
"""Records that are known and tell nothing of plays and money."""


@dataclass(slots=True)
class Record:
    """One line that is a record."""

    line: int
    text: str
    kind: str
    """The record type without its version, `FHEA`, `SRHE` and `FFOO` under their plainer names."""
    cells: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return one value of a cell, its escapes resolved; empty where it is missing."""
        return _plain(self.cells.get(name, ""))

    def values(self, name: str) -> list[str]:
        """Return the values of a cell with a list."""
        cell = self.cells.get(name, "")
        if "|" not in cell:
            return [_plain(cell)] if cell else []
        return [_plain(part) for part in _LIST.sub(lambda at: at[1] + "\0", cell).split("\0")]


def _plain(cell: str) -> str:
    return (_ESCAPED.sub(r"\1", cell) if "\\" in cell else cell).strip()


_PLAINER = {"FHEA": "HEAD", "SRHE": "HEAD", "FFOO": "FOOT"}
_READ = {
    kind: [(at, name) for at, name in enumerate(names, 1) if name != "_"]
    for kind, names in PLACES.items()
}


def record(line: int, text: str) -> Record | None:
    """Return the record on a line; None where its first cell is no record type."""
    cells = text.split("\t")
    kind = _kind(cells[0])
    if not kind:
        return None
    width = len(cells)
    return Record(line, text, kind, {n: cells[at] for at, n in _READ.get(kind, ()) if at < width})


@lru_cache(maxsize=256)
def _kind(first_cell: str) -> str:
    kind = RECORD_TYPE.fullmatch(first_cell.strip())
    return _PLAINER.get(kind[1], kind[1]) if kind else ""
