"""The commands as a whole, and what stands before the name of one."""

from typing import Any

import typer
from typer.core import TyperGroup


class Group(TyperGroup):
    """The commands; an option that stands before its command is told where to stand."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return what is left for the command, as the library does."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            self._refuse_before(ctx, given, getattr(error, "option_name", ""))
            raise

    def _refuse_before(self, ctx: Any, given: list[str], option: str) -> None:
        """Say where an option of a command stands, if it is one."""
        taking = [name for name, one in self.commands.items() if _takes(one, option)]
        if taking and not _takes(self, option):
            named = [word for word in given if word in taking]
            example = (named or (taking if len(taking) == 1 else ["COMMAND"]))[0]
            ctx.fail(f"{option} stands after the command: fraud {example} {option}")


def hand_on(ctx: typer.Context, **given: object) -> None:
    """Give every command what was said before its name; what is said again behind it counts."""
    said = {name: value for name, value in given.items() if value}
    ctx.default_map = dict.fromkeys(getattr(ctx.command, "commands", {}), said)


def _takes(command: Any, option: str) -> bool:
    return any(option in one.opts for one in command.params)
