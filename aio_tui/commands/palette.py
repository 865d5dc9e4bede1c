"""The command palette's view of the commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from aio_tui.commands import COMMANDS, Command, Desk
from aio_tui.text import content

if TYPE_CHECKING:
    from aio_tui.screens.desk import DeskScreen


class CommandProvider(Provider):
    """Offers every command that is possible now."""

    def _possible(self) -> Iterator[Command]:
        desk = cast("Desk", self.screen)
        return (command for command in COMMANDS if not command.obstacle(desk))

    async def discover(self) -> Hits:
        desk = cast("Desk", self.screen)
        for command in self._possible():
            title = content(command.label_at(desk) + _key(command))
            yield DiscoveryHit(title, self._runner(command), title.plain, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        desk = cast("Desk", self.screen)
        for command in self._possible():
            score = matcher.match(command.label_at(desk))
            if score > 0:
                shown = matcher.highlight(command.label_at(desk)) + content(_key(command))
                run = self._runner(command)
                yield Hit(score, shown, run, shown.plain, help=command.help)

    def _runner(self, command: Command) -> IgnoreReturnCallbackType:
        desk = cast("DeskScreen", self.screen)
        return lambda: desk.action_command(command.name)


def _key(command: Command) -> str:
    return f"  ({command.key_signs[0]})"
