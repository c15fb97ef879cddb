"""What parts the decimals of a file's numbers, a comma or a point: the whole file says it.

`1,234` is a thousand and more in one country and little more than one in another. Other cells of
the column, or else of other columns of the file, tell which is meant: `0,5` or `1,234,567`.
"""

from collections import Counter
from collections.abc import Mapping
from enum import Enum

import polars as pl

_SPACES = r"[\s'’$€£]"
_END = r"%?$"
_UNCLEAR = r"^[+-]?[1-9][0-9]{0,2}[,.][0-9]{3}" + _END
_GROUPS = r"^[+-]?[0-9]{1,3}(SIGN[0-9]{3}){2,}" + _END
_DECIMALS = r"^[+-]?([0-9]+SIGN[0-9]*|SIGN[0-9]+)([eE][+-]?[0-9]+)?" + _END
_GROUPS_AND_DECIMALS = r"^[+-]?[0-9]+(OTHER[0-9]+)+SIGN[0-9]*" + _END


LEAST_TIMES_AS_MANY = 20
"""Where one sign parts decimals in so many times as many cells as the other, those are damaged."""


class Sign(Enum):
    """What parts decimals."""

    POINT = "."
    COMMA = ","

    @property
    def other(self) -> "Sign":
        """Return what parts thousands then."""
        return Sign.COMMA if self is Sign.POINT else Sign.POINT


class Decimals:
    """How the numbers of one file are read, by all that its cells have told so far.

    A cell that can be read in one way only is read so. Any other is read as nearly all such cells
    of its column tell, or where there are none those of all columns. Where its column tells both,
    it is no number and says what it may be; where the file tells nothing, `usual` parts decimals.
    """

    def __init__(self, shown: Mapping[str, str], usual: Sign = Sign.POINT) -> None:
        """`shown` says how the file calls the columns of which a doubt is told."""
        self._shown = shown
        self._usual = usual
        self._told: dict[str, Counter[Sign]] = {}
        """How many cells of each column can only be read with the sign."""
        self._is_known = False
        self._read_as: dict[str, set[Sign | None]] = {}
        self._doubtful: dict[str, str] = {}

    def look(self, rows: pl.DataFrame, *columns: str) -> None:
        """Learn from the cells of these columns, those of them that are there."""
        there = [name for name in columns if name in rows.columns]
        for name in there:
            counted = rows.select(cell=name).group_by("cell").len("cells")
            cells = _plain(counted["cell"])
            is_parted = cells.str.contains("[,.]").fill_null(value=False)
            parted, times = cells.filter(is_parted), counted["cells"].filter(is_parted)
            if not self._is_known:
                told = {sign: int(times.filter(_tells(parted, sign)).sum()) for sign in Sign}
                self._told.setdefault(name, Counter()).update(told)
            unclear = parted.filter(parted.str.contains(_UNCLEAR)).sort()
            unusual = unclear.filter(unclear.str.contains(self._usual.other.value, literal=True))
            if len(unusual):
                self._doubtful[name] = min(unusual[0], self._doubtful.get(name, unusual[0]))
            if len(unclear):
                self._read_as.setdefault(name, set())
        for name in self._read_as.keys() & set(there):
            self._read_as[name].add(self._sign(name))

    def number(self, name: str) -> pl.Expr:
        """Return a column that was looked at with a decimal point and nothing between the digits.

        Spaces of any width, apostrophes and signs of currencies go, and so do separators of
        thousands. An empty cell is null, and what is no number stays as it is.
        """
        sign = self._sign(name)
        return pl.col(name).map_batches(lambda cells: _read(cells, sign), return_dtype=pl.String)

    @property
    def misled(self) -> bool:
        """Whether cells were read otherwise than by what the cells behind them have told."""
        return any(read != {self._sign(name)} for name, read in self._read_as.items())

    def read_again(self) -> None:
        """Forget how cells were read, and keep what they have told."""
        self._read_as.clear()
        self._is_known = True

    @property
    def doubts(self) -> list[str]:
        """Return a sentence for each column of which the file does not tell how it is read."""
        thousands = "comma" if self._usual is Sign.POINT else "point"
        return [
            f"no other number tells what {cell} means in the column {self._shown[name]};"
            f" its {thousands} was taken to part thousands"
            for name, cell in sorted(self._doubtful.items())
            if name in self._shown and not self._signs(name)
        ]

    def _signs(self, name: str) -> set[Sign]:
        """Return what a column, else the file, has told: one sign, both or none."""
        return _nearly_all(self._told.get(name, Counter())) or _nearly_all(
            sum(self._told.values(), Counter())
        )

    def _sign(self, name: str) -> Sign | None:
        """Return what parts the decimals of a column's unclear cells, None where both may."""
        signs = self._signs(name)
        if len(signs) == 1:
            return next(iter(signs))
        return None if self._told.get(name, Counter()).total() else self._usual


def _nearly_all(told: Counter[Sign]) -> set[Sign]:
    """Return the signs that cells tell; one damaged cell says nothing of hundreds."""
    most = max(told.values(), default=0)
    return {sign for sign, times in told.items() if times and times * LEAST_TIMES_AS_MANY > most}


def _read(cells: pl.Series, sign: Sign | None) -> pl.Series:
    """Return cells with a decimal point; `sign` is what parts decimals of those that leave it open.

    Without one, such a cell says both that it may be.
    """
    text = pl.col("text")
    by_point, by_comma = _pointed(Sign.POINT), _pointed(Sign.COMMA)
    open_cell = _pointed(sign) if sign else pl.concat_str(by_point, pl.lit(" or "), by_comma)
    plain = _plain(cells)
    return pl.select(
        text=plain,
        by_point=_tells(plain, Sign.POINT),
        by_comma=_tells(plain, Sign.COMMA),
        open=plain.str.contains(_UNCLEAR),
    ).select(
        pl.when(text == "")
        .then(None)
        .when("by_point")
        .then(by_point)
        .when("by_comma")
        .then(by_comma)
        .when("open")
        .then(open_cell)
        .otherwise(text)
        .alias(cells.name)
    )[cells.name]


def _plain(cells: pl.Series) -> pl.Series:
    text = cells.str.replace_all(_SPACES, "")
    return text.str.replace(r"^\((.*)\)$", "-${1}").str.replace_all("−", "-", literal=True)


def _tells(text: pl.Series, sign: Sign) -> pl.Series:
    """Return of each cell whether it can only be read with `sign` before its decimals."""
    return (
        text.str.contains(_written(_GROUPS, sign.other))
        | text.str.contains(_written(_GROUPS_AND_DECIMALS, sign))
        | text.str.contains(_written(_DECIMALS, sign))
    ) & ~text.str.contains(_UNCLEAR)


def _written(pattern: str, sign: Sign) -> str:
    return pattern.replace("SIGN", f"[{sign.value}]").replace("OTHER", f"[{sign.other.value}]")


def _pointed(sign: Sign) -> pl.Expr:
    """Return numbers whose decimals `sign` parts with a point instead."""
    whole = pl.col("text").str.replace_all(sign.other.value, "", literal=True)
    return whole.str.replace(sign.value, Sign.POINT.value, literal=True)
