"""The command palette's view of the commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from aio_tui.commands.base import AnyCommand, CommandedDesk
from aio_tui.text import content


class CommandProvider(Provider):
    """Offers every command of the screen that is possible now."""

    @property
    def _desk(self) -> CommandedDesk:
        return cast("CommandedDesk", self.screen)

    def _possible(self) -> Iterator[AnyCommand]:
        desk = self._desk
        return (command for command in desk.commands if not command.obstacle_here(desk))

    async def discover(self) -> Hits:
        for command in self._possible():
            title = content(command.label_at(self._desk) + _key(command))
            yield DiscoveryHit(title, self._runner(command), title.plain, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._possible():
            label = command.label_at(self._desk)
            score = matcher.match(label)
            if score > 0:
                shown = matcher.highlight(label) + content(_key(command))
                run = self._runner(command)
                yield Hit(score, shown, run, shown.plain, help=command.help)

    def _runner(self, command: AnyCommand) -> IgnoreReturnCallbackType:
        desk = self._desk
        return lambda: desk.action_command(command.name)


def _key(command: AnyCommand) -> str:
    return f"  ({command.key_signs[0]})"
