"""One invented day of Spotify's Bulk API, file by file, in the shape the API delivers."""

import json
from typing import Any

Row = dict[str, Any]

DAY = "2026-05-04"
SONG, OTHER = "8f19" + 28 * "b", "77aa" + 28 * "c"
LISTS = {
    "editorial": "spotify:playlist:37i9dQZF1DXinvented00001",
    "mix": "spotify:playlist:37i9dQZF1EXinvented00001",
    "curator": "spotify:user:ann:playlist:0INVENTED0000000000001",
}
ANN, BOB = "a11" + 29 * "0", "b0b" + 29 * "0"


def play(**over: object) -> Row:
    """Return a play as `streams` has it."""
    return {
        "message": "APIStreamData",
        "version": "4",
        "user_id": ANN,
        "track_id": SONG,
        "timestamp": f"{DAY}T12:15:00",
        "utc_timestamp_offset": "+02:00",
        "offline_timestamp": "",
        "country": "NL",
        "length": 200,
        "cached": "N",
        "source": "search",
        "source_uri": "",
        "device_type": "cell phone",
        "os": "Android",
        "shuffle": "N",
        "repeat_play": "N",
        "completion_flag": "Y",
        "discovery_flag": "N",
        "content_type_flag": "",
        **over,
    }


def account(**over: object) -> Row:
    """Return an account as `users` has it."""
    return {
        "message": "APIUserData",
        "version": "4",
        "user_id": ANN,
        "country": "VN",
        "region": "",
        "geohash": "",
        "gender": "female",
        "age_group": "28-34",
        "type": "paid",
        "access": "premium",
        "product": "premium family",
        "partner": "",
        "referral": "",
        **over,
    }


def track(**over: object) -> Row:
    """Return a track as `tracks` has it."""
    return {
        "message": "APITrackData",
        "version": "4",
        "track_id": SONG,
        "track_name": "Blue",
        "isrc": "QZAAA2600001",
        "uri": "spotify:track:0INVENTED0000000000009",
        "album_name": "Blue",
        "album_code": "036000291452",
        "album_artist": "Ann",
        "track_artists": "Ann, Bob",
        **over,
    }


def sums(**over: object) -> Row:
    """Return a track's day as `aggregatedstreams` has it."""
    return {
        "date": DAY,
        "trackv2": {
            "name": "Blue",
            "href": "spotify:track:0INVENTED0000000000009",
            "isrc": "QZAAA2600001",
        },
        "album": {"name": "Blue", "href": "spotify:album:0INVENTED0000000000008"},
        "streams": {"total": 3, "country": {"NL": {"total": 2, "male": {"28-34": 2}}, "SE": 1}},
        "skips": {"total": 4, "country": {"NL": {"total": 4}}},
        "saves": {"total": 1},
        **over,
    }


def ndjson(*rows: Row) -> str:
    """Return rows as a file of the API."""
    return "".join(json.dumps(row) + "\n" for row in rows)
