"""Items made by a thread while those before them are worked on."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item], most: int) -> Iterator[Item]:
    """Yield the items in their order, at most `most` of them made before they are asked for.

    It pays where making them releases the interpreter: unpacking, hashing, reading from a disk. An
    error comes where its item would have come. Who stops early waits for one item at most.
    """
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(1) as worker:
        made = deque(worker.submit(next, iterator, end) for _ in range(most))
        try:
            while (item := made.popleft().result()) is not end:
                made.append(worker.submit(next, iterator, end))
                yield item  # type: ignore[misc]
        finally:
            for future in made:
                future.cancel()
