"""Parts of reports that came alone: kept in the home until the other parts are there."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from fraud.sources.delivery import Delivery


@dataclass(frozen=True)
class Waiting:
    """The folder in which parts wait."""

    folder: Path

    def files(self) -> list[Path]:
        """Return the files that wait, in order."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if not path.name.startswith("."))

    def set_aside(self, delivery: Delivery) -> set[str]:
        """Take what goes on waiting out of a delivery that does not complete it; return its files.

        Otherwise each delivery would refuse it anew.
        """
        here = {str(path) for path in self.files()}
        lone = [one for one in delivery.files if one.waits and _file(one.path) in here]
        for one in lone:
            delivery.files.remove(one)
            if one.part:
                delivery.notices.append(
                    f"{one.path} (part {one.part.number} of {one.part.of}) still waits for the"
                    " other parts of its report"
                )
        return {_file(one.path) for one in lone}

    def keep(self, delivery: Delivery, still: set[str]) -> None:
        """Keep the parts that wait and forget those that entered; `still` are left as they are."""
        wait = {_file(one.path) for one in delivery.files if one.waits}
        for path in self.files():
            if str(path) not in wait | still:
                path.unlink()
        for given in sorted(wait):
            path = Path(given)
            if given and path.parent != self.folder:
                self.folder.mkdir(parents=True, exist_ok=True)
                half = self.folder / f".{path.name}"
                shutil.copyfile(path, half)
                os.replace(half, self.folder / path.name)  # noqa: PTH105 one step


def _file(called: str) -> str:
    """Return the file that a path of a delivery lies in: a zip file's member lies in that."""
    path = Path(called)
    return next((str(one) for one in (path, *path.parents) if one.is_file()), "")
