"""Feeds in fraud.toml: what is wrong is told by setting, and no secret is taken or shown."""

from datetime import date, time
from pathlib import Path

import pytest

from fraud import config
from fraud.errors import CallError
from fraud.feed_settings import AppleFeed, FolderFeed, S3Feed, SftpFeed, SpotifyFeed

SECRET = "hunter2-and-more"  # noqa: S105

GOOD = """
[feeds.trends]
place = "sftp://label@reports.example.com/out"
files = "*.tsv.gz"
format = "auto"
time_zone = "Europe/Berlin"
due = "10:00"
late_after_hours = 6
first_day = 2026-03-01
[feeds.lake]
place = "s3://bucket/prefix"
[feeds.here]
place = "deliveries"
[feeds.bulk]
place = "spotify"
licensor = "ourlabel"
client_id = "abc"
client_secret_env = "OUR_SECRET"
[feeds.apple]
place = "apple"
vendor = "80012345"
"""


def load(home: Path, text: str) -> config.Settings:
    home.mkdir(exist_ok=True)
    (home / "fraud.toml").write_text(text, encoding="utf-8")
    return config.load(home=home)


def test_the_place_says_of_what_kind_a_feed_is(tmp_path: Path) -> None:
    feeds = load(tmp_path, GOOD).feeds
    assert {name: type(feed) for name, feed in feeds.items()} == {
        "trends": SftpFeed,
        "lake": S3Feed,
        "here": FolderFeed,
        "bulk": SpotifyFeed,
        "apple": AppleFeed,
    }
    assert feeds["trends"].due == time(10) and feeds["trends"].first_day == date(2026, 3, 1)
    assert feeds["lake"].due is None
    assert feeds["bulk"].variable_of("client_secret", "bulk") == "OUR_SECRET"
    assert feeds["apple"].variable_of("access_token", "apple") == "FRAUD_FEEDS_APPLE_ACCESS_TOKEN"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('place = "in"\ndue = "25:00"', 'feeds.x.due: write a time of day as "HH:MM"'),
        ('place = "in"\ndue = 10', 'feeds.x.due: write a time of day as "HH:MM"'),
        ('place = "in"\ntime_zone = "Mars/X"', "feeds.x.time_zone: 'Mars/X' is no time zone;"),
        ('place = "in"\nlate_after_hours = -1', "feeds.x.late_after_hours: Input should be great"),
        ('place = "in"\ncolour = "red"', "feeds.x.colour: Extra inputs are not permitted"),
        ('due = "10:00"', "feeds.x.place: Field required"),
        ('place = ""', "feeds.x.place: String should have at least 1 character"),
        ('place = "ftp://host/x"', "feeds.x.place: nothing can be pulled from there; write a fol"),
        ('place = "s3://b/p?versionId=3"', "feeds.x.place: nothing can be pulled from there"),
        ('place = "spotify"\nclient_id = "a"', "feeds.x.licensor: Field required"),
        ('place = "apple"\nvendor = "a"', "feeds.x.vendor: String should match pattern"),
        (
            'place = "apple"\nvendor = "1"\napi_url = "http://example.org"',
            "feeds.x.api_url: write an address that starts with https://",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(CallError) as raised:
        load(tmp_path, f"[feeds.x]\n{text}\n")
    assert str(raised.value).startswith(f"setting {told}")


def test_a_name_that_makes_no_folder_and_no_variable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"'\.\./x' is no name of a feed; write small letters"):
        load(tmp_path, '[feeds."../x"]\nplace = "in"\n')


@pytest.mark.parametrize(
    "text",
    [
        f'place = "spotify"\nlicensor = "a"\nclient_id = "b"\nclient_secret = "{SECRET}"',
        f'place = "sftp://a@b/c"\npassword = "{SECRET}"',
        f'place = "sftp://a:{SECRET}@b/c"',
        f'place = "s3://b/c"\nsecret_access_key = "{SECRET}"',
        f'place = "apple"\nvendor = "1"\naccess_token = "{SECRET}"',
        f'place = "apple"\nvendor = "1"\naccess_token_env = "{SECRET}"',
        f'place = "apple"\nvendor = "1"\napi_token = "{SECRET}"',
        f'place = "apple"\nvendor = "1"\napi_url = "https://a:{SECRET}@b"',
        f'place = "spotify"\nclient_secrt = "{SECRET}"',
        f'place = "ftp://a:{SECRET}@b/c"\npassword = "{SECRET}"',
        f'place = "in"\ndue = {{ password = "{SECRET}" }}',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(CallError) as raised:
        load(tmp_path, f"[feeds.x]\n{text}\n")
    assert SECRET not in str(raised.value)
    assert not raised.value.__cause__ and raised.value.__suppress_context__


def test_a_refused_secret_is_told_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(CallError) as raised:
        load(tmp_path, f'[feeds.ftp]\nplace = "sftp://a@b/c"\npassword = "{SECRET}"\n')
    assert str(raised.value) == (
        "setting feeds: ftp.password is a secret, and fraud.toml is no place for secrets; put it"
        " into the environment variable FRAUD_FEEDS_FTP_PASSWORD"
    )
