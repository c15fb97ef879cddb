"""DDEX DSR flat files: blocks and single records, lists, escapes, counts, names, parts."""

import gzip
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from fraud.sources.ddex_name import FileName, span
from fraud.sources.ddex_records import record
from tests.sources.loading import Loaded, load, write

NAME = "DSR_Records_Music_Premium_2026-03_FI_{}of{}_20260402T030000.tsv"
ROOT = Path(__file__).parents[2]
DDEX = Path(os.environ.get("FRAUD_TEST_DDEX", ROOT.parent / "shared" / "data" / "ddex_dsr"))
needs_ddex = pytest.mark.skipif(
    not DDEX.is_dir(),
    reason="the data set ddex_dsr does not stand in ../shared/data beside the repository",
)


def head(profile: str, number: int = 1, of: int = 1, service: str = "Premium") -> list[str]:
    return [
        *("HEAD", "dsrf/30", profile, "1.2", "MSG1", "2026-04-02T03:00:00Z", str(number), str(of)),
        *("2026-03-01", "2026-03-31", "PADPIDA2026021501H", "Music", service, "", "Records", ""),
    ]


def text(*records: list[str]) -> str:
    return "".join("\t".join(cells) + "\n" for cells in records)


def foot(*records: list[str], blocks: int, summaries: int = 1) -> list[str]:
    return ["FOOT", str(len(records) + 1), "", str(summaries), str(blocks), str(blocks)]


SY02 = [
    *("SY02.02", "1", "", "", "SubscriptionModel", "OnDemandStream", "FI", "Premium", "900000"),
    *("", "EUR", "3600.00", "", "", "", "", "", "", "Music"),
]


def block(number: int, isrc: str, streams: str, *, bearing: str = "true") -> list[list[str]]:
    one = f"BL{number}"
    title = 'A \\| B "live"'
    return [
        ["RE01", one, "R1", f"rel-{number}", "", "", "360149700019", "Ann", "", "Invented"],
        ["AS01.01", one, "A1", f"trk-{number}", isrc, title, "", "Ann", "", "PT32S"],
        ["MW01.01", one, "W1", "", "Invented"],
        ["SU02", one, "1", f"T{number}", "", "A1", bearing, streams, "", ""],
    ]


def audio(*blocks: list[list[str]], number: int = 1, of: int = 1) -> str:
    records = [head("BasicAudioProfile", number, of), ["#SY02", "legend"], SY02]
    records += [cells for one in blocks for cells in one]
    return text(*records, foot(*records, blocks=len(blocks)))


Read = Callable[..., Loaded]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(content: str | bytes, name: str = NAME.format(1, 1)) -> Loaded:
        return load(write(tmp_path / name, content))

    return read_text


def plays(loaded: Loaded) -> list[tuple[object, ...]]:
    columns = ["store", "territory", "tier", "track_id", "streams"]
    return list(loaded.tables["period_streams"].select(columns).iter_rows())


ONE = block(1, "QZAAA2600001", "41210")


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_basic_audio_tells_plays_by_track_and_pay_by_summary(ending: str, read: Read) -> None:
    content = audio(ONE, block(2, "qz-aaa-26-00002|QZAAA2600009", "12.0", bearing="false"))
    loaded = read(
        gzip.compress(content.encode()) if ending else content, NAME.format(1, 1) + ending
    )
    assert plays(loaded) == [
        ("music", "FI", "premium", "QZAAA2600001", 41210),
        ("music", "FI", "premium", "QZAAA2600002", 12),
    ]
    (paid,) = loaded.tables["royalties"].iter_rows(named=True)
    assert (paid["streams"], paid["amount"], paid["currency"]) == (900_000, 3600.0, "EUR")
    assert (paid["period_start"], paid["period_end"]) == (date(2026, 3, 1), date(2026, 3, 31))
    assert (paid["origin"], paid["statement"]) == ("ddex_dsr Music", "Records Premium FI")
    assert loaded.refused.is_empty()
    assert loaded.warnings == []


def test_a_track_without_isrc_keeps_the_services_own_id(read: Read) -> None:
    assert plays(read(audio(block(7, "", "5"))))[0][3] == "music:trk-7"


def test_what_was_allocated_is_what_was_paid(read: Read) -> None:
    shares = [[*SY02[:13], "", "500|25", "1.5|0.5", "9"], [*SY02[:13], "", "475", "", "1"]]
    records = [head("BasicAudioProfile"), *shares, *ONE]
    loaded = read(text(*records, foot(*records, blocks=1, summaries=2)))
    paid = loaded.tables["royalties"].select("streams", "amount").rows()
    assert paid == [(1000, 3.0)]


def test_only_the_summaries_that_are_nearest_to_the_pay_count(read: Read) -> None:
    sy05 = [
        *("SY05.02", "1", "", "", "SubscriptionModel", "OnDemandStream", "FI", "Premium", "", ""),
        *("PerformingRight", "900000", "1000", "", "3", "4.5", "", "EUR"),
    ]
    records = [head("BasicAudioProfile"), SY02, sy05, *ONE]
    loaded = read(text(*records, foot(*records, blocks=1, summaries=2)))
    assert loaded.tables["royalties"].select("streams", "amount").rows() == [(1000, 4.5)]
    assert sum(loaded.delivery.passed_over.values()) == 1


def test_single_records_are_blocks_of_their_own(read: Read) -> None:
    sr02 = ["SR02", "1", "trk-1", "QZAAA2600001", "A", *[""] * 27, "T1", "true", "7"]
    sr01 = ["SR01", "1", "trk-1", "QZAAA2600001", "A"]
    records = [head("BasicAudioProfileSRB"), SY02, sr02, sr01]
    loaded = read(text(*records, ["SRFO", "5", "1"]))
    assert plays(loaded) == [("music", "FI", "premium", "QZAAA2600001", 7)]
    assert sum(loaded.delivery.passed_over.values()) == 1


def financial(usages: str = "100", revenue: str = "0.35", title: str = "A") -> list[str]:
    cells = [""] * 46
    cells[2], cells[3], cells[12], cells[14], cells[19] = "3601497000195", "r", "", "d-1", title
    cells[0], cells[12], cells[23], cells[24] = "T1", "QZAAA2600001", "1", "2026-03-02"
    cells[25], cells[26], cells[27], cells[43] = "110", "10", usages, revenue
    return ["SR08", *cells]


SY10 = [
    *("SY10", "1", "", "", "AdvertisementSupportedModel", "OnDemandStream", "2026-03-01"),
    *("2026-03-31", "", "", "", "", "NA", "Free", "", "", "900000", "1000", "10", "100"),
    *(
        "SEK",
        "EUR",
        "0.09",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "0",
        "0",
        "0",
        "3600",
        "40",
        "3.6",
        "0",
        "0",
    ),
]


def test_a_financial_report_pays_by_track(read: Read) -> None:
    penalty = financial("90", "-10", "Artificial streaming penalty")
    records = [head("FinancialReportingToRecordCompaniesProfileSRB"), SY10, financial(), penalty]
    records.append(["DE01", "deal"])
    loaded = read(text(*records, ["SRFO", "6", "1"]))
    assert plays(loaded) == [("music", "NA", "free", "QZAAA2600001", 100)]
    assert loaded.tables["period_streams"]["amount"].to_list() == [0.35]
    assert loaded.tables["royalties"].select("streams", "amount", "currency").rows() == [
        (1000, 3.6, "EUR")
    ]
    (verdict,) = loaded.tables["verdicts"].iter_rows(named=True)
    assert (verdict["artificial_streams"], verdict["penalty_amount"]) == (90, 10.0)


def ugc(*body: list[str]) -> str:
    asset = ["AS01", "1", "A1", "V1", "QZAAA2600001", "A", "", "Ann", "", "PT0H0M0S"]
    records = [head("UGCProfile"), SY02, asset, *body]
    return text(*records, foot(*records, blocks=1))


VIEWS = ["RU01.01", "1", "1", "v1|v\\|2|v3", "4|5|6", "x"]


def test_usages_by_sub_period_are_those_of_the_period(read: Read) -> None:
    usages = [
        ["SU03.02", "1", "U1", "", "V1", "10", "0.1", "20260301", "2026-03-15"],
        ["LI01.02", "1", "1", "Ann", "", "", "1.0", "", "0.1", "0"],
        ["SU03.02", "1", "U2", "", "V1", "7", "0.1", "20260316", "20260331"],
        ["SU03.02", "1", "U3", "", "V1", "1", "0.1", "20260401", "20260401"],
    ]
    loaded = read(ugc(VIEWS, *usages))
    assert [row[-1] for row in plays(loaded)] == [17]
    assert loaded.faults == [(8, "ValidityPeriodStart")]


def test_views_by_video_stand_in_where_no_usage_is_told(read: Read) -> None:
    assert [row[-1] for row in plays(read(ugc(VIEWS)))] == [15]


def test_two_lists_of_different_lengths_are_refused(read: Read) -> None:
    loaded = read(ugc([*VIEWS[:3], "v1|v2", *VIEWS[4:]]))
    assert loaded.reasons == ["RU01 lists 2 releases and 3 counts of usages; there is one for each"]


def test_escapes_and_lists() -> None:
    found = record(3, "RU01.01\t1\t1\ta\\|b|c\\\\|d\\\te\t4|5")
    assert found is not None
    assert found.values("DspReleaseId") == ["a|b", "c\\", "d\\"]
    assert record(1, "Nothing\tx") is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("FOOT\t8", "FOOT\t10"), "says in its last line that it has 10 lines and has 8"),
        (("\t1\t1\t1\n", "\t2\t1\t1\n"), "it has 2 summary records and has 1"),
        (("\t1\t1\t1\n", "\t1\t3\t3\n"), "it has 3 blocks and has 1"),
        (("FOOT", "#OOT"), "without its last record, FOOT or SRFO: it was cut"),
        (("BasicAudioProfile", "MasterListProfile"), "is of the DDEX profile MasterListProfile"),
        (("2026-03-01", "03/2026"), "says UsageStartDate 03/2026 in its HEAD"),
        (("MSG1", ""), "has a HEAD without MessageId"),
        (("Z\t1\t1", "Z\t1\t2"), "says in its HEAD that it is part 1 of 2 and in its name 1of1"),
        (("\tMusic\tPremium", "\tOther\tPremium"), "names the sender Music in its name and Other"),
        (("\tMusic\tPremium", "\tMusic\tFree"), "names the service Premium in its name and Free"),
        (("\tRecords\t", "\tLabel\t"), "names the recipient Records in its name and Label"),
    ],
)
def test_a_message_that_contradicts_itself_does_not_enter(
    change: tuple[str, str], sentence: str, read: Read
) -> None:
    content = audio(ONE)
    changed = content.replace(change[0], change[1], 1)
    assert changed != content
    loaded = read(changed)
    assert plays(loaded) == []
    assert loaded.tables["royalties"].is_empty()
    assert sentence in loaded.reasons[0]


def test_lines_are_counted_with_or_without_comments_and_empty_ones(read: Read) -> None:
    content = audio(ONE)
    for said, changed in (
        (8, content + "\n\n"),
        (7, content + "\n"),
        (9, content.replace("#SY02", "\n#SY02")),
    ):
        loaded = read(changed.replace("FOOT\t8", f"FOOT\t{said}"))
        assert len(plays(loaded)) == 1, said


def test_lines_after_the_last_one_refuse_the_message(read: Read) -> None:
    assert "goes on in line 9 after its last record" in read(audio(ONE) + "AS01\tx\n").reasons[0]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("QZAAA2600001", "QZ"), (7, "ISRC")),
        (("\t41210", "\t4x"), (7, "Usages")),
        (("SU02\tBL1\t1", "SU02\tBL1\t9"), (7, "SummaryRecordId")),
        (("\tA1\ttrue", "\tA9\ttrue"), (7, "Resource")),
        (("SU02", "SÜ02"), (7, "RecordType")),
        (("SY02.02\t1", "SY02.02\t"), (3, "SummaryRecordId")),
        (("3600.00", "many"), (3, "amount")),
        (("OnDemandStream\tFI", "OnDemandStream\tXX"), (3, "Territory")),
    ],
)
def test_a_bad_record_is_refused_with_its_line(
    change: tuple[str, str], fault: tuple[int, str], read: Read
) -> None:
    content = audio(ONE).replace(change[0], change[1], 1)
    assert fault in read(content).faults


def test_a_line_that_is_no_text_is_refused(read: Read) -> None:
    content = audio(ONE).encode().replace(b"Invented", b"Inv\xffented", 1)
    content = content.replace(b"SU02", b"\0U02")
    loaded = read(content)
    assert [line for line, _ in loaded.faults] == [4, 7]
    assert loaded.refused["row"][0].startswith("RE01\tBL1")


def test_another_name_is_taken_with_a_word_and_another_period_too(read: Read) -> None:
    loaded = read(audio(ONE), "march.tsv")
    assert "is not named as DDEX has it" in loaded.warnings[0]
    loaded = read(audio(ONE), NAME.format(1, 1).replace("2026-03", "2026-02"))
    assert "names the period 2026-02 and says in its HEAD that it covers" in loaded.warnings[0]
    assert len(plays(loaded)) == 1


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-032", "2026-02-01", "2026-02-01"),
        ("2026-03-05", "2026-03-05", "2026-03-05"),
        ("2026-03-05--2026-03-11", "2026-03-05", "2026-03-11"),
        ("2026-Q4", "2026-10-01", "2026-12-31"),
    ],
)
def test_periods_as_names_write_them(period: str, first: str, last: str) -> None:
    assert span(period) == (date.fromisoformat(first), date.fromisoformat(last))


def test_names_follow_the_rule_or_do_not() -> None:
    name = FileName.of_text(NAME.format(2, 3))
    assert name is not None
    assert (name.number, name.of, name.territory) == (2, 3, "FI")
    assert FileName.of_text("DSR_a_b_c.tsv") is None


def test_a_part_waits_for_the_others(tmp_path: Path) -> None:
    first = write(tmp_path / NAME.format(1, 2), audio(ONE, number=1, of=2))
    content = audio(block(2, "QZAAA2600002", "5"), number=2, of=2)
    second = write(tmp_path / "later" / NAME.format(2, 2), content)
    loaded = load(first)
    assert plays(loaded) == []
    assert loaded.reasons == [
        ("the file is part 1 of 2 of a report whose part 2 is missing; it enters with that part")
    ]
    assert [row[3] for row in plays(load(first, second))] == ["QZAAA2600001", "QZAAA2600002"]


def test_the_summaries_that_each_part_repeats_count_once(tmp_path: Path) -> None:
    first = write(tmp_path / NAME.format(1, 2), audio(ONE, number=1, of=2))
    content = audio(block(2, "QZAAA2600002", "5"), number=2, of=2)
    loaded = load(first, write(tmp_path / NAME.format(2, 2), content))
    assert loaded.tables["royalties"].select("streams", "amount").rows() == [(900_000, 3600.0)]
    assert sum(loaded.delivery.passed_over.values()) == 1
    assert loaded.warnings == []


def test_royalty_reporting_tells_what_was_allocated(read: Read) -> None:
    records = [
        head("RoyaltyReportingProfile"),
        [
            *("SY07", "1", "", "", "SubscriptionModel", "Stream", "FI", "MechanicalRight"),
            *("Premium", "900000", "", "EUR", "3600.00", "PUB", "ns::1", "1000", "4.5", "3"),
        ],
        ["AS01", "1", "A1", "trk-1", "QZAAA2600001", "Invented", "", "Ann", "", "PT32S"],
        ["MW01.01", "1", "W1", "", "Invented"],
        ["RU01", "1", "1", "V1|V2", "7|5"],
        ["SU03.01", "1", "U1", "1", "trk-1", "12", "0.1", "20260301", "20260331"],
        ["LI01.01", "1", "1", "PUB", "", "", "1.0", "MechanicalRight", "0.1", "0.1"],
    ]
    loaded = read(text(*records, foot(*records, blocks=1)))
    assert plays(loaded) == [("music", "FI", "premium", "QZAAA2600001", 12)]
    assert loaded.tables["royalties"].select("streams", "amount").rows() == [(1000, 4.5)]
    assert loaded.refused.is_empty()


def test_the_newest_version_of_a_message_counts(tmp_path: Path) -> None:
    old = write(tmp_path / NAME.format(1, 1), audio(ONE))
    newer = NAME.format(1, 1).replace("20260402", "20260409")
    new = write(tmp_path / newer, audio(block(1, "QZAAA2600001", "5")))
    loaded = load(old, new)
    assert [row[-1] for row in plays(loaded)] == [5]
    assert loaded.delivery.notices == [f"{old} is an older version of {new} and was skipped"]


@needs_ddex
def test_ddexs_own_ugc_message_enters() -> None:
    (path,) = DDEX.glob("DSR_TEST_YouTube_*.tsv")
    loaded = load(path)
    assert sorted(plays(loaded)) == [
        ("youtube", "IS", "free", "USRH10903879", 355),
        ("youtube", "IS", "free", "USSM19803037", 7810),
        ("youtube", "IS", "free", "USUV71101875", 2045),
    ]
    assert loaded.tables["royalties"].height == 1
    assert loaded.refused.is_empty()


@needs_ddex
def test_ddexs_message_that_lacks_a_line_is_refused() -> None:
    (path,) = DDEX.glob("DSR_TEST2_YouTube_*.tsv")
    assert "it has 35 lines and has 34" in load(path).reasons[0]


@needs_ddex
def test_ddexs_fragments_are_refused_with_what_they_lack() -> None:
    paths = [*DDEX.glob("DSR_PADPIDA*.tsv"), *DDEX.glob("test_file_parser.tsv*")]
    assert len(paths) == 6
    loaded = load(*paths)
    assert loaded.tables["period_streams"].is_empty()
    refused = {file.path for file in loaded.delivery.files if file.refused or file.note}
    assert refused == {str(path) for path in paths}
    assert all("has a HEAD without" in reason for reason in loaded.reasons)


@needs_ddex
def test_cells_stand_where_the_schemas_have_them() -> None:
    """Compare places with the element order of DDEX's XML schemas."""
    import xml.etree.ElementTree as Xml

    from fraud.sources.ddex_records import PLACES

    ours = {
        "Currency": ("CurrencyOfReporting", "CurrencyOfAccounting"),
        "Resource": ("TransactedResource", "DspResourceId"),
        "Release": ("TransactedRelease",),
        "Usages": ("NumberOfStreams", "NetUsage", "TotalUsages", "UsagesInReportingPeriod"),
        "Title": ("ResourceTitle",),
        "ISRC": ("ResourceISRC",),
        "ICPN": ("ReleaseICPN",),
        "NumberOfLinesInFile": ("NumberOfLinesInReport",),
        "PeriodStart": ("ReportingPeriodStartDate",),
        "PeriodEnd": ("ReportingPeriodEndDate",),
        "DistributionChannel": ("DistributionChannelName",),
        "MarketShare": ("RightsControllerMarketShare",),
    }
    schema = "{http://www.w3.org/2001/XMLSchema}"
    compared = 0
    for path in sorted((DDEX / "schemas").rglob("*Profile*.xsd")):
        for composite in Xml.parse(path).getroot().iter(f"{schema}complexType"):  # noqa: S314
            kind = (composite.get("name") or "").removeprefix("RecordType-")[:4]
            cells = [one.get("name") or "" for one in composite.iter(f"{schema}element")][1:]
            for place, cell in zip(PLACES.get(kind, ()), cells, strict=False):
                stem = cell.strip().removesuffix("Date").replace("InCurrencyOfAccounting", "")
                stem = stem.replace("InCurrencyOfTransaction", "Transaction")
                if place != "_":
                    assert stem == place or cell in ours.get(place, (place,)), f"{kind} {cell}"
                    compared += 1
    assert compared > 200


@pytest.mark.parametrize(
    ("written", "territory"), [("276", "DE"), ("8", "AL"), ("0246", "FI"), ("2136", "ZZ")]
)
def test_a_territory_may_be_a_number_of_the_societies(
    tmp_path: Path, written: str, territory: str
) -> None:
    named = [written if cell == "FI" else cell for cell in SY02]
    records = [head("BasicAudioProfile"), named, *block(1, "QZAAA2600001", "7")]
    report = text(*records, foot(*records, blocks=1))
    write(tmp_path / NAME.format(1, 1), report)
    assert load(tmp_path).tables["period_streams"]["territory"].to_list() == [territory]


def test_the_head_of_single_records_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    srhe = ["SRHE", *head("BasicAudioProfileSRB")[1:]]
    sr02 = ["SR02", "1", "trk-1", "QZAAA2600001", "A", *[""] * 27, "T1", "true", "7"]
    write(tmp_path / NAME.format(1, 1), text(srhe, SY02, sr02, ["SRFO", "4", "1"]))
    assert load(tmp_path).tables["period_streams"]["streams"].to_list() == [7]
