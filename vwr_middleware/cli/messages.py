"""`vwr message`: what everybody in line reads, now or later."""

import re
from typing import Any

import click

from vwr_middleware.cli.base import ROOM, harmless, vwr
from vwr_middleware.cli.reach import Reach
from vwr_middleware.pages.announcements import SEVERITIES
from vwr_middleware.panel.words import in_words
from vwr_middleware.settings.message_kinds import NOW

#: What is no text that begins with a dash, but an option at the wrong place.
_OPTION = re.compile(r"--?[a-z][\w-]*(=\S*)?", re.IGNORECASE)


@vwr.command(context_settings={"ignore_unknown_options": True})
@ROOM
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[TEXT]")
@click.option("--language", default="", help="The language of TEXT, like en.")
@click.option(
    "--in",
    "others",
    nargs=2,
    multiple=True,
    metavar="LANGUAGE TEXT",
    help="The same in another language, like de (repeatable).",
)
@click.option("--severity", type=click.Choice(SEVERITIES), help="How urgent it is. Default: info.")
@click.option("--timed", is_flag=True, help="With the time at which it is shown.")
@click.option("--keep", metavar="NAME", help="Keep it by this name for later: nobody reads it yet.")
@click.option("--show", metavar="NAME", help="Show the message that was kept by this name.")
@click.option("--forget", metavar="NAME", help="Put away the message that was kept by this name.")
@click.option("--kept", is_flag=True, help="List the messages that are kept.")
@click.pass_obj
def message(reach: Reach, /, room_name: str, words: tuple[str, ...], **options: Any) -> None:
    """Show TEXT to everybody in line. Without TEXT, remove the message.

    A link to your own site is written as [other dates](/tickets).
    """
    for word in filter(_OPTION.fullmatch, words):
        raise click.NoSuchOption(word)  # people in line are to read no `--key`
    written = _written(" ".join(words).strip(), options)
    _check_alone(options, bool(written))
    if options["keep"] and not written:
        raise click.UsageError("--keep needs a TEXT")
    client = reach.client()
    if options["kept"]:
        _list(client.ask("messages", room_name)["messages"])
    elif options["forget"]:
        client.ask("forget_message", room_name, options["forget"])
        click.echo(f"{options['forget']} is put away")
    elif options["keep"]:
        client.ask("prepare_message", room_name, options["keep"], **written)
        click.echo(f"kept as {options['keep']}: show it with --show {options['keep']}")
    elif options["show"]:
        _tell(client.ask("show_message", room_name, options["show"])["settings"])
    else:
        _tell(client.ask("change", room_name, **_change(written))["settings"])


def _check_alone(options: dict[str, Any], is_written: bool) -> None:
    asked = [name for name in ("show", "forget", "kept") if options[name]]
    if len(asked) > 1 or (asked and (is_written or options["keep"])):
        raise click.UsageError(f"--{asked[0]} stands alone: leave out the rest")


def _list(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        click.echo(harmless(f"{row['name']}: {in_words(row['message'])}"))
    if not rows:
        click.echo("no message is kept")


def _written(text: str, options: dict[str, Any]) -> dict[str, Any]:
    """The message that was given, as the control API takes it; empty: none was."""
    found: dict[str, Any] = {
        "text": text,
        "language": options["language"],
        "texts": dict(options["others"]),
        "severity": options["severity"],
        "at": NOW if options["timed"] else None,
    }
    found = {name: value for name, value in found.items() if value}
    if found and not text:
        raise click.UsageError("write the TEXT too, which those read who have no other language")
    return found


def _change(written: dict[str, Any]) -> dict[str, Any]:
    """As a change of settings. Plain words go to a panel of an earlier release, too."""
    if not written:
        return {"message": None}
    is_plain = written.keys() == {"text"} and "](" not in written["text"]
    return {"message": written["text"]} if is_plain else {"announcement": written}


def _tell(rules: dict[str, Any]) -> None:
    said = rules.get("announcement") or rules["message"]
    told = f"everybody in line reads: {in_words(said)}" if said else "the message is removed"
    click.echo(harmless(told))
