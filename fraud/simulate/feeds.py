"""A world's plays as the feeds of stores and distributors: Spotify's Bulk API and FUGA Trends.

Each feed takes a day of a store, as frames in the columns of the fixed files, and gives its files:
name, ending and rows. What a feed cannot say is lost in it, as it is to those who get it.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b

import polars as pl

from fraud.errors import CallError

SPOTIFY_BULK, FUGA = "spotify_bulk", "fuga"
FEEDS = (SPOTIFY_BULK, FUGA)

Day = Mapping[str, pl.DataFrame]
"""The frames of one store and day: audience, and `plays` (one row each), else `streams`."""
File = tuple[str, str, pl.DataFrame]
"""The name of a file, its ending and its rows."""
Feed = Callable[[Day, str, str], Iterator[File]]

_SOURCES = {
    "search": "search",
    "library": "collection",
    "artist_page": "artist",
    "album": "album",
    "editorial_playlist": "others_playlist",
    "algorithmic": "others_playlist",
    "user_playlist": "others_playlist",
    "radio": "radio",
    "other": "other",
}
_MIX = "spotify:playlist:37i9dQZEVXSimulatedMix"
"""Lists that the store makes for one listener have ids that begin so."""
_DEVICES = {
    "mobile": "cell phone",
    "tablet": "tablet",
    "desktop": "personal computer",
    "web": "personal computer",
    "speaker": "connected audio device",
    "tv": "smart tv device",
    "car": "built-in car application",
    "console": "gaming console",
    "wearable": "wearable",
    "other": "other",
}
_APPLE_SOURCES = {"library": "1", "search": "2", "algorithmic": "3", "artist_page": "0"}
_APPLE_CONTAINERS = {"radio": "1", "editorial_playlist": "2", "user_playlist": "2", "album": "3"}
_APPLE_SUB_CONTAINERS = {"editorial_playlist": "2", "user_playlist": "1", "radio": "6"}
_APPLE_DEVICES = {"mobile": "1", "tablet": "1", "desktop": "2"}
_ACCOUNTS = {"premium": "paid", "free": "ad"}
_ENDS = {
    "spotify": "Spotify",
    "apple_music": "iTunes",
    "deezer": "Deezer",
    "amazon_music": "Amazon",
}
"""How FUGA calls the stores in the names of its files."""
_FUGA_COLUMNS = (
    *("label_id", "product_id", "asset_id", "date", "territory"),
    *("number_of_downloads", "number_of_streams", "number_of_listeners", "number_of_saves"),
    *("reporting_organization_id", "asset_duration", "stream_device_type", "stream_device_os"),
    *("stream_length", "stream_source", "stream_source_uri", "user_id", "user_region"),
    *("user_region_detail", "user_gender", "user_birth_year", "user_age_group", "user_country"),
    *("user_access_type", "user_account_type", "track_id", "primary_artist_ids", "isrc", "upc"),
    *("shuffle", "repeat", "cached", "completion", "apple_container_type"),
    *("apple_container_sub_type", "apple_source_of_stream", "youtube_channel_id", "video_id"),
    *("youtube_claimed_status", "subscribed_status", "asset_type", "discovery_flag"),
    *("current_membership_week", "first_trial_membership_week", "first_trial_membership"),
    *("first_paid_membership_week", "first_paid_membership", "total_user_streams"),
    *("youtube_uploader_type", "audio_format", "dsp_data"),
)
_SHORTEST_COUNTED_SECONDS = 30


def feed(name: str, stores: tuple[str, ...], catalog: pl.DataFrame) -> Feed:
    """Return the feed of that name, or the fixed files in a file format of that name.

    Raises CallError where it cannot carry one of the stores.
    """
    if name not in FEEDS:
        return lambda day, store, date: (
            (f"{kind}_{store}_{date}", name, frame) for kind, frame in day.items()
        )
    carried = ("spotify",) if name == SPOTIFY_BULK else tuple(_ENDS)
    for store in stores:
        if store not in carried:
            raise CallError(
                f"format {name!r} does not carry {store}; give --stores {','.join(carried)}"
            )
    tracks = catalog.select("isrc", "title", "artist", "upc", "duration_seconds")
    writer = _spotify_bulk if name == SPOTIFY_BULK else _fuga
    return lambda day, store, date: writer(day, store, date, tracks)


def _fuga(day: Day, store: str, date: str, tracks: pl.DataFrame) -> Iterator[File]:
    """Yield the one file of a store and day: plays or counts, then listeners and saves."""
    is_apple = store == "apple_music"
    by_play = "plays" in day
    told = day["plays" if by_play else "streams"]
    if by_play:
        told = told.with_columns(streams=pl.lit(1))
    words = {
        "apple_source_of_stream": _in(_APPLE_SOURCES, "source"),
        "apple_container_type": _in(_APPLE_CONTAINERS, "source"),
        "apple_container_sub_type": _in(_APPLE_SUB_CONTAINERS, "source"),
        "stream_device_type": pl.coalesce(_in(_APPLE_DEVICES, "device"), pl.lit("0")),
    }
    if not is_apple:
        words = {
            "stream_source": _in(_SOURCES, "source"),
            "stream_source_uri": _uri(told),
            "stream_device_type": _in(_DEVICES, "device"),
            "stream_device_os": _system(),
        }
    of_plays = told.select(
        "territory",
        "isrc",
        number_of_streams="streams",
        user_access_type=pl.when(pl.col("tier") == "free")
        .then(pl.lit("FREE"))
        .otherwise(pl.lit("PREMIUM")),
        user_account_type=pl.col("tier").replace(_ACCOUNTS),
        **words,
        **(
            {
                "user_id": pl.col("listener_id"),
                "user_country": pl.col("listener_territory"),
                "stream_length": pl.col("listening_seconds"),
            }
            if by_play
            else {}
        ),
    )
    of_people = day["audience"].select(
        "territory",
        "isrc",
        number_of_saves="saves",
        **({} if by_play else {"number_of_listeners": pl.col("listeners")}),
    )
    rows = pl.concat([of_plays, of_people], how="diagonal").join(
        tracks.select("isrc", "upc", asset_duration="duration_seconds"), on="isrc", how="left"
    )
    rows = rows.with_columns(date=pl.lit(date), reporting_organization_id=_stable_number(store))
    absent = [name for name in _FUGA_COLUMNS if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    yield f"label_{_ENDS[store]}_{date}", "tsv.gz", rows.select(_FUGA_COLUMNS)


def _spotify_bulk(day: Day, store: str, date: str, tracks: pl.DataFrame) -> Iterator[File]:
    """Yield a day's files: plays and short plays by country, accounts, tracks, sums."""
    plays = day["plays"].with_row_index("place")
    named = tracks.with_columns(
        track_id=pl.col("isrc").map_elements(_track_id, return_dtype=pl.String)
    )
    ids = named.select("isrc", "track_id")
    quarter = pl.col("place") * 37 % 96
    said = plays.join(ids, on="isrc", how="left", maintain_order="left").select(
        pl.lit("APIStreamData").alias("message"),
        pl.lit("4").alias("version"),
        "track_id",
        user_id="listener_id",
        timestamp=pl.format(
            "{}T{}:{}:00",
            pl.lit(date),
            (quarter // 4).cast(pl.String).str.zfill(2),
            (quarter % 4 * 15).cast(pl.String).str.zfill(2),
        ),
        country="territory",
        length="listening_seconds",
        source=_in(_SOURCES, "source"),
        source_uri=_uri(plays),
        device_type=_in(_DEVICES, "device"),
        os=_system(),
    )
    audience = day["audience"].join(ids, on="isrc", how="left", maintain_order="left")
    starts = _starts(audience, said)
    for resource, rows in (("streams", said), ("sub_30_sec_streams", starts)):
        for (country,), of_country in rows.partition_by(
            "country", as_dict=True, maintain_order=True
        ).items():
            yield f"{store}_{resource}_{date}_{country}", "ndjson.gz", of_country
    paid = pl.when(pl.col("tier") == "free").then(pl.lit("free")).otherwise(pl.lit("premium"))
    yield (
        f"{store}_users_{date}",
        "ndjson.gz",
        plays.unique("listener_id", keep="first", maintain_order=True).select(
            pl.lit("APIUserData").alias("message"),
            user_id="listener_id",
            country="listener_territory",
            type=pl.col("tier").replace(_ACCOUNTS),
            access=paid,
            product="tier",
        ),
    )
    played = audience.select("isrc").unique()
    yield (
        f"{store}_tracks_{date}",
        "ndjson.gz",
        named.join(played, on="isrc", how="semi").select(
            pl.lit("APITrackData").alias("message"),
            "track_id",
            "isrc",
            track_name="title",
            uri=pl.format("spotify:track:{}", pl.col("track_id").str.slice(0, 22)),
            album_code="upc",
            track_artists="artist",
        ),
    )
    yield f"{store}_aggregatedstreams_{date}", "ndjson.gz", _sums(audience, date)


def _starts(audience: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Return the plays that ended early, each by one of those who played the track there."""
    somebody = said.unique(["track_id", "country"], keep="first", maintain_order=True)
    starts = (
        audience.filter(pl.col("sub30_plays") > 0)
        .select(
            "track_id",
            pl.col("territory").alias("country"),
            pl.col("sub30_plays").alias("times"),
        )
        .join(somebody, on=["track_id", "country"], how="inner", maintain_order="left")
    )
    each = starts.select(pl.all().exclude("times").repeat_by("times")).explode(said.columns)
    place = pl.int_range(pl.len())
    seconds = 1 + place * 7 % (_SHORTEST_COUNTED_SECONDS - 1)
    return each.with_columns(length=seconds).select(said.columns)


def _sums(audience: pl.DataFrame, date: str) -> pl.DataFrame:
    """Return a track's sums with its countries: plays and saves."""
    trees = {
        measure: pl.struct(
            total=pl.col(measure).sum(),
            country=pl.struct("territory", measure).implode(),
        )
        for measure in ("streams", "saves")
    }
    by_track = audience.group_by("isrc", "track_id", maintain_order=True).agg(**trees)
    return pl.DataFrame(
        [
            {
                "date": date,
                "trackv2": {"isrc": row["isrc"], "href": f"spotify:track:{row['track_id'][:22]}"},
                **{
                    measure: {
                        "total": row[measure]["total"],
                        "country": {
                            one["territory"]: {"total": one[measure]}
                            for one in row[measure]["country"]
                        },
                    }
                    for measure in trees
                },
            }
            for row in by_track.iter_rows(named=True)
        ]
    )


def _uri(plays: pl.DataFrame) -> pl.Expr:
    """Return what was played from; the store's own lists are told by their owner."""
    own = pl.col("source") == "editorial_playlist"
    known = pl.col("playlist_id") if "playlist_id" in plays.columns else pl.lit(None, pl.String)
    prefix = pl.when(own).then(pl.lit("spotify:user:spotify:playlist:"))
    return (
        pl.when(known.is_not_null())
        .then(prefix.otherwise(pl.lit("spotify:playlist:")) + known)
        .when(own)
        .then(pl.lit("spotify:user:spotify:playlist:0000000000000000000000"))
        .when(pl.col("source") == "algorithmic")
        .then(pl.lit(_MIX))
        .otherwise(pl.lit(""))
    )


def _system() -> pl.Expr:
    return (
        pl.when(pl.col("device") == "web")
        .then(pl.lit("Browser"))
        .when(pl.col("device") == "desktop")
        .then(pl.lit("Windows"))
        .otherwise(pl.lit("Android"))
    )


def _in(words: Mapping[str, str], column: str) -> pl.Expr:
    return pl.col(column).replace_strict(words, default=None, return_dtype=pl.String)


def _track_id(isrc: str) -> str:
    return blake2b(isrc.encode(), digest_size=16).hexdigest()


def _stable_number(store: str) -> pl.Expr:
    return pl.lit(str(1 + tuple(_ENDS).index(store)))
