"""What the gate found on a day: a file for machines, and a page for people without a network."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from jinja2 import Environment, StrictUndefined

from fraud.quality.judged import Judged

_TEMPLATE = Path(__file__).with_name("page.html.j2")
_ORDER = ("failed", "accepted", "warned", "passed", "unknown")


def write_pages(
    folder: Path,
    checks: Iterable[Judged],
    version: str,
    delivery_id: str,
    *,
    judged_at: datetime,
) -> None:
    """Write `<day>.json` and `<day>.html` into the folder, for each day that was judged.

    A store's table that was judged again replaces what the day's file said of it.
    `version` is that of Great Expectations.
    """
    by_day: dict[date, list[Judged]] = {}
    for one in checks:
        by_day.setdefault(one.day, []).append(one)
    if by_day:
        folder.mkdir(parents=True, exist_ok=True)
    for day, judged in sorted(by_day.items()):
        deliveries = _merged(_deliveries(folder / f"{day}.json"), judged, delivery_id, judged_at)
        content = {
            "day": day.isoformat(),
            "judge": f"Great Expectations {version}",
            "deliveries": deliveries,
        }
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
        _replace(folder / f"{day}.json", text)
        _replace(folder / f"{day}.html", _page(content))


def _deliveries(path: Path) -> list[dict[str, Any]]:
    """Return what the day's file says so far; one that cannot be read says nothing."""
    try:
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["deliveries"]
    except (OSError, ValueError, KeyError):
        return []
    return found


def _merged(
    known: Sequence[dict[str, Any]], judged: Sequence[Judged], delivery_id: str, now: datetime
) -> list[dict[str, Any]]:
    by_place = {(one["store"], one["table"]): one for one in known}
    for place in sorted({(one.store, one.table) for one in judged}):
        mine = [one for one in judged if (one.store, one.table) == place]
        by_place[place] = {
            "store": place[0],
            "table": place[1],
            "delivery_id": delivery_id,
            "judged_at": now.isoformat(),
            "enters": all(one.verdict != "failed" for one in mine),
            "checks": [_plain(one) for one in mine],
        }
    return [by_place[place] for place in sorted(by_place)]


def _plain(one: Judged) -> dict[str, Any]:
    return {
        "check": one.check,
        "expects": one.expects,
        "found": one.found,
        "lowest": one.lowest,
        "highest": one.highest,
        "verdict": one.verdict,
        "message": one.message,
    }


def _page(content: Mapping[str, Any]) -> str:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"figure": _figure, "bounds": _bounds, "worst_first": _worst_first}
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    page: str = template.render(**content)
    return page


def _worst_first(checks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(checks, key=lambda one: _ORDER.index(one["verdict"]))


def _figure(value: float | None) -> str:
    if value is None:
        return "not known yet"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"


def _bounds(one: Mapping[str, Any]) -> str:
    low, high = one["lowest"], one["highest"]
    if low is None:
        return "none" if high == 0 else f"at most {_figure(high)}"
    return f"at least {_figure(low)}" if high is None else f"{_figure(low)} to {_figure(high)}"


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
