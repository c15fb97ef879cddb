"""Where a feed's secrets come from, and that a text can be freed of them."""

import pytest

from fraud.errors import FeedError
from fraud.feed_settings import SftpFeed, SpotifyFeed
from fraud.feeds.secrets import Connection, find

BULK = SpotifyFeed(place="spotify", licensor="ours", client_id="us")
SFTP = SftpFeed(place="sftp://ours@host/x")


def test_the_environment_comes_before_a_connection() -> None:
    connection = Connection("us", "of the connection")
    assert find("bulk", BULK, {}, connection).need("client_secret") == "of the connection"
    environment = {"FRAUD_FEEDS_BULK_CLIENT_SECRET": "of the environment"}
    found = find("bulk", BULK, environment, connection)
    assert found.need("client_secret") == "of the environment"


def test_a_connection_names_further_secrets_in_extra() -> None:
    connection = Connection("us", "of-login", {"key_passphrase": "of-key", "other": "x"})
    found = find("ftp", SFTP, {}, connection)
    assert (found.get("password"), found.get("key_passphrase")) == ("of-login", "of-key")


def test_a_secret_that_is_missing_is_told_by_its_variable() -> None:
    feed = SpotifyFeed(
        place="spotify",
        licensor="ours",
        client_id="us",
        client_secret_env="OURS",  # noqa: S106
    )
    with pytest.raises(FeedError, match=r"its client_secret is not known; set the env.* OURS"):
        find("bulk", feed, {}).need("client_secret")


def test_a_text_is_freed_of_every_form_of_a_secret() -> None:
    secret = "p@ss/word+and=more'"  # noqa: S105
    found = find("bulk", BULK, {"FRAUD_FEEDS_BULK_CLIENT_SECRET": secret})
    text = (
        f"{secret} p%40ss%2Fword%2Band%3Dmore%27 {secret!r} cEBzcy93b3JkK2FuZD1tb3JlJw=="
        " https://host/path?X-Signature=abc#x and what follows"
    )
    freed = found.redact(text)
    assert "word" not in freed and "cEBz" not in freed and "abc" not in freed
    assert freed.endswith(" https://host/path?[hidden] and what follows")
    assert secret not in repr(found) + str(vars(found))
