"""A group of commands that says what a person may have meant by one it has not."""

from __future__ import annotations

from difflib import get_close_matches

import click


class NamedGroup(click.Group):
    """Commands; a name that is none of them is answered with what comes close."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is about to run.

        Raises:
            click.UsageError: There is none of that name.
        """
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        near = get_close_matches(name, self.list_commands(ctx), n=1)
        if "." in name or "/" in name:  # an address
            known = {"watch": "add", "site": "try"}
            near = [known.get(self.name or "", "watch add")]
        hint = f"; perhaps `{ctx.command_path} {near[0]}`" if near else ""
        msg = f"no command {name!r}{hint}"
        raise click.UsageError(msg, ctx)
