"""Work that releases the interpreter, done for two items at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

AT_A_TIME = 2

Item = TypeVar("Item")
Made = TypeVar("Made")


def side_by_side(items: Iterable[Item], work: Callable[[Item], Made]) -> Iterator[Made]:
    """Yield what is made of each item, in their order; few are made before they are asked for."""
    with ThreadPoolExecutor(AT_A_TIME) as workers:
        made: deque[Future[Made]] = deque()
        for item in items:
            made.append(workers.submit(work, item))
            if len(made) > AT_A_TIME:
                yield made.popleft().result()
        while made:
            yield made.popleft().result()
