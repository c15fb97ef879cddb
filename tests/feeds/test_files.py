"""Folders, an S3 endpoint and an SFTP server, each a real one on this machine."""

import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
import stamina
from pydantic import SecretStr, TypeAdapter

from fraud.errors import FeedError
from fraud.feed_settings import AnyFeed
from fraud.feeds import connect
from fraud.feeds.landing import Landed, land, place_of
from fraud.feeds.remote import FileError, Remote, RemoteFile
from fraud.feeds.secrets import Secrets
from tests.feeds.sftp import PASSWORD, Sftp

DAY = date(2026, 3, 14)
S3_KEY = "a-secret-key-of-s3"


def reach(home: Path, settings: dict[str, Any], **secrets: str) -> AbstractContextManager[Remote]:
    values = {name: SecretStr(value) for name, value in secrets.items()}
    feed = TypeAdapter(AnyFeed).validate_python(settings)
    return connect(feed, Secrets(values, dict.fromkeys(feed.secrets, "OUR_SECRET")), home)


def names(remote: Remote) -> list[str]:
    return [file.name for file in remote.files([])]


def files(remote: Remote) -> dict[str, RemoteFile]:
    return {file.name: file for file in remote.files([])}


def taken(remote: Remote, file: RemoteFile, landing: Path) -> bytes:
    landed = land(remote, file, place_of(file, landing), None)
    assert isinstance(landed, Landed)
    return place_of(file, landing).read_bytes()


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "delivered"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "a_2026-03-14.csv").write_bytes(b"one")
    (made / "deep" / "er" / "b.csv").write_bytes(b"two")
    return made


def test_a_folder_is_read_whole(folder: Path, landing: Path) -> None:
    with reach(folder, {"place": "."}) as remote:
        found = files(remote)
        assert {name: file.day for name, file in found.items()} == {
            "a_2026-03-14.csv": DAY,
            "deep/er/b.csv": None,
        }
        assert taken(remote, found["deep/er/b.csv"], landing) == b"two"
    with reach(folder, {"place": str(folder), "files": "deep/*.csv"}) as remote:
        assert names(remote) == ["deep/er/b.csv"]


def test_a_link_out_of_a_folder_is_not_followed(
    folder: Path, landing: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "private"
    outside.mkdir()
    (outside / "key.csv").write_bytes(b"private")
    (folder / "link.csv").symlink_to(outside / "key.csv")
    (folder / "folder").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    with reach(folder, {"place": str(folder)}) as remote:
        assert names(remote) == ["a_2026-03-14.csv", "deep/er/b.csv"]
        found = files(remote)["deep/er/b.csv"]
        (folder / "deep" / "er" / "b.csv").unlink()
        (folder / "deep" / "er" / "b.csv").symlink_to(outside / "key.csv")
        with pytest.raises(FileError, match=r"b\.csv is a link and was left"):
            taken(remote, found, landing)
    assert not [path for path in landing.rglob("*") if path.is_file()]


def test_a_place_that_is_a_file_is_told(folder: Path) -> None:
    told = pytest.raises(FeedError, match=r"b\.csv is a file; write the folder that it lies in")
    with reach(folder, {"place": "deep/er/b.csv"}) as remote, told:
        names(remote)


def test_what_is_no_file_is_left(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    with reach(folder, {"place": str(folder)}) as remote:
        assert "pipe.csv" not in names(remote)


def test_a_file_that_changes_under_the_reading_waits(folder: Path) -> None:
    with reach(folder, {"place": str(folder)}) as remote:
        file = files(remote)["a_2026-03-14.csv"]
        changes = pytest.raises(FileError, match="changed while it was read; it waits")
        with changes, remote.open(file) as opened:
            assert opened
            (folder / file.name).write_bytes(b"longer than it was")
            assert b"".join(opened.chunks)


def test_a_part_of_a_file_that_changed_since_it_was_listed_is_not_used(
    folder: Path, landing: Path
) -> None:
    with reach(folder, {"place": str(folder)}) as remote:
        file = files(remote)["deep/er/b.csv"]
        assert file.version
        begun = landing / "undated" / "deep" / "er" / f".b.csv.{file.version.mark}.part"
        begun.parent.mkdir(parents=True)
        begun.write_bytes(b"t")
        (folder / "deep" / "er" / "b.csv").write_bytes(b"another")
        assert taken(remote, file, landing) == b"another"


def bucket(endpoint: str, name: str, **objects: bytes) -> dict[str, Any]:
    """Make a bucket with objects below trends/ and return the settings of a feed of it."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="ours",
        aws_secret_access_key=S3_KEY,
    )
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="elsewhere/x.csv", Body=b"not ours")
    for key, body in objects.items():
        client.put_object(Bucket=name, Key=f"trends/{key}", Body=body)
    client.close()
    return {
        "place": f"s3://{name}/trends",
        "endpoint_url": endpoint,
        "region": "us-east-1",
        "access_key_id": "ours",
    }


def test_a_bucket_is_read_whole(endpoint: str, landing: Path, tmp_path: Path) -> None:
    body = os.urandom(300_000)
    objects = {"2026/03/14/a.csv": body, "b.csv": b"", "a#b?c=d e%20+[1].csv": b"odd"}
    settings = bucket(endpoint, "whole", **objects)
    with reach(tmp_path, settings, secret_access_key=S3_KEY) as remote:
        found = files(remote)
        assert {name: file.day for name, file in found.items()} == {
            "2026/03/14/a.csv": DAY,
            "a#b?c=d e%20+[1].csv": None,
            "b.csv": None,
        }
        assert taken(remote, found["a#b?c=d e%20+[1].csv"], landing) == b"odd"
        version = found["2026/03/14/a.csv"].version
        assert version and version.size == 300_000 and version.etag
        assert taken(remote, found["2026/03/14/a.csv"], landing) == body
        assert taken(remote, found["b.csv"], landing) == b""


def test_a_part_from_a_bucket_is_gone_on_with(endpoint: str, landing: Path, tmp_path: Path) -> None:
    settings = bucket(endpoint, "resumed", **{"a.csv": b"0123456789"})
    with reach(tmp_path, settings, secret_access_key=S3_KEY) as remote:
        (file,) = files(remote).values()
        assert file.version
        begun = landing / "undated" / f".a.csv.{file.version.mark}.part"
        begun.parent.mkdir(parents=True)
        begun.write_bytes(b"ABCD")
        assert taken(remote, file, landing) == b"ABCD456789", "only the rest is asked for"
        assert not begun.exists()


def test_hostile_keys_of_a_bucket_lead_nowhere(
    endpoint: str, landing: Path, tmp_path: Path
) -> None:
    keys = ("../../evil.csv", "/etc/evil.csv", "a/../../../evil.csv", "x" * 300, "fine.csv")
    settings = bucket(endpoint, "hostile", **dict.fromkeys(keys, b"evil"))
    refused = 0
    with reach(tmp_path, settings, secret_access_key=S3_KEY) as remote:
        for file in remote.files([]):
            try:
                taken(remote, file, landing)
            except FileError:
                refused += 1
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and not p.is_relative_to(landing)]
    assert not outside
    assert (landing / "undated" / "fine.csv").read_bytes() == b"evil"
    assert refused >= 3


def test_a_bucket_that_is_not_there_or_not_ours_is_told(endpoint: str, tmp_path: Path) -> None:
    settings = bucket(endpoint, "ours") | {"place": "s3://nobodys/x"}
    with stamina.set_testing(True, attempts=1):
        gone = reach(tmp_path, settings, secret_access_key=S3_KEY)
        with gone as remote, pytest.raises(FeedError, match="s3://nobodys/x is not there"):
            names(remote)
        dead = settings | {"endpoint_url": "http://127.0.0.1:9"}
        broke = pytest.raises(FeedError, match="s3://nobodys/x: the connection broke")
        with reach(tmp_path, dead, secret_access_key=S3_KEY) as remote, broke:
            names(remote)
        keyless = pytest.raises(FeedError, match="its secret_access_key is not known; set the env")
        with reach(tmp_path, settings) as remote, keyless:
            names(remote)


@pytest.fixture
def server(folder: Path) -> Iterator[Sftp]:
    with Sftp(folder) as made:
        yield made


def sftp(server: Sftp, home: Path, **more: Any) -> AbstractContextManager[Remote]:
    settings = {"place": server.place, "host_key": server.host_key} | more
    return reach(home, settings, password=PASSWORD)


def test_a_server_is_read_whole(server: Sftp, landing: Path, folder: Path) -> None:
    body = os.urandom(3_000_000)
    (folder / "big_2026-03-14.bin").write_bytes(body)
    with sftp(server, folder) as remote:
        found = files(remote)
        assert sorted(found) == ["a_2026-03-14.csv", "big_2026-03-14.bin", "deep/er/b.csv"]
        assert taken(remote, found["deep/er/b.csv"], landing) == b"two"
        assert taken(remote, found["big_2026-03-14.bin"], landing) == body


def test_a_link_on_a_server_is_not_followed(server: Sftp, folder: Path) -> None:
    (folder / "link.csv").symlink_to("/etc/passwd")
    (folder / "root").symlink_to("/")
    with sftp(server, folder) as remote:
        assert names(remote) == ["a_2026-03-14.csv", "deep/er/b.csv"]


def test_a_cut_transfer_from_a_server_goes_on(server: Sftp, landing: Path, folder: Path) -> None:
    body = os.urandom(5_000_000)
    (folder / "a_2026-03-14.csv").write_bytes(body)
    with sftp(server, folder) as remote:
        file = files(remote)["a_2026-03-14.csv"]
        server.cut_at = 3_500_000
        with stamina.set_testing(True, attempts=1), pytest.raises(FeedError, match="broke"):
            taken(remote, file, landing)
        (part,) = landing.rglob("*.part")
        begun = part.stat().st_size
        assert 1_000_000 <= begun < 5_000_000
        server.first_read = -1
        assert taken(remote, file, landing) == body
        assert server.first_read == begun
    assert not [*landing.rglob("*.part")]


def test_a_server_that_falls_silent_is_not_waited_for(
    server: Sftp, folder: Path, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fraud.feeds.sftp.TIMEOUT_SECONDS", 1.0)
    with sftp(server, folder) as remote:
        file = files(remote)["a_2026-03-14.csv"]
        server.stalls = True
        broke = pytest.raises(FeedError, match=r"a_2026-03-14\.csv: the connection broke")
        with stamina.set_testing(True, attempts=1), broke:
            taken(remote, file, landing)


@pytest.mark.parametrize("name", ["a#b?c=d e%20.csv", "~a.csv", "s3:::x::y.csv", "a[1]*.csv"])
def test_odd_names_are_names(name: str, server: Sftp, folder: Path, landing: Path) -> None:
    (folder / name).write_bytes(b"odd")
    for remote in (reach(folder, {"place": "."}), sftp(server, folder)):
        with remote as reached:
            assert taken(reached, files(reached)[name], landing) == b"odd"


def test_a_server_that_is_not_the_known_one_is_not_logged_into(
    server: Sftp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "SHA256:" + "A" * 43
    with sftp(server, tmp_path, host_key=other) as remote, pytest.raises(FeedError) as raised:
        names(remote)
    assert f"shows the host key {server.host_key}, which is not known here" in str(raised.value)
    monkeypatch.setenv("HOME", str(tmp_path))
    with sftp(server, tmp_path, host_key=None) as remote, pytest.raises(FeedError):
        names(remote)
    assert server.logins == 0
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(server.known_host)
    with sftp(server, tmp_path, host_key=None) as remote:
        assert names(remote)


def test_a_wrong_password_is_told_and_shown_nowhere(
    server: Sftp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = {"place": server.place, "host_key": server.host_key}
    refused = pytest.raises(FeedError, match=r"127\.0\.0\.1 refuses the login")
    with reach(tmp_path, settings, password="not-the-password") as remote, refused:  # noqa: S106
        names(remote)
    assert "not-the-password" not in caplog.text


def test_a_key_opens_a_server_too(server: Sftp, folder: Path, tmp_path: Path) -> None:
    settings = {
        "place": server.place,
        "host_key": server.host_key,
        "key_file": str(tmp_path / "key"),
    }
    absent = pytest.raises(FeedError, match=r"its key_file .*/key is not there")
    with reach(folder, settings) as remote, absent:
        names(remote)
    (tmp_path / "key").write_bytes(server.client_key("pass phrase"))
    with reach(folder, settings, key_passphrase="pass phrase") as remote:  # noqa: S106
        assert names(remote)
    refused = pytest.raises(FeedError, match="refuses the login")
    with reach(folder, settings) as remote, refused:
        names(remote)


def test_a_server_that_is_down_is_told(tmp_path: Path) -> None:
    settings = {"place": "sftp://ours@127.0.0.1:9/trends"}
    down = pytest.raises(FeedError, match=r"127\.0\.0\.1 cannot be reached")
    absent = reach(tmp_path, settings, password=PASSWORD)
    with stamina.set_testing(True, attempts=2), absent as remote, down:
        names(remote)
