"""`vwr verify-draw`: checks a draw from what is published of it, and nothing else."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from vwr_middleware.cli.base import harmless, vwr
from vwr_middleware.draw.drand import check_signature
from vwr_middleware.draw.record import DrawRecord, NotVerified, read_record
from vwr_middleware.verify.fetching import NotFetched, fetch_json

#: Bytes that a draw.json has at most, many times over.
_MOST = 64 * 1024
_SECONDS = 10.0


@vwr.command("verify-draw")
@click.argument("source", metavar="FILE_OR_URL")
@click.option("--number", type=click.IntRange(1), help="Say which place this number got.")
@click.option("--place", "drawn", type=click.IntRange(1), help="Say which number got this place.")
@click.option("--lane", default="", help="Of which lane number and place are: else the main line.")
@click.option("--commitment", help="What the page showed before the opening.")
@click.option("--beacon-signature", "signature", help="Check that drand has signed its value so.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify_draw(
    source: str,
    number: int | None,
    drawn: int | None,
    lane: str,
    commitment: str | None,
    signature: str | None,
    as_json: bool,
) -> None:
    """Check a draw by its published draw.json, a file or a URL (`-`: standard input).

    With --number and --place together, check that this number got this place. Exit status 1 if
    anything does not fit.
    """
    try:
        record = read_record(published_draw(source))
        _compare(record, commitment)
        found = _found(record, number, drawn, lane)
        if signature is not None:
            found["drand_round"] = check_signature(record.beacon or "", signature)
    except (NotVerified, NotFetched) as error:
        raise click.ClickException(harmless(str(error))) from error
    if as_json:
        click.echo(json.dumps(record.as_json() | found, indent=2))
        return
    for line in (*_lines(record, commitment, found.get("drand_round")), *_told(found)):
        click.echo(harmless(line))


def published_draw(source: str) -> object:
    """A draw.json from a file, a URL or standard input. Raises NotVerified and NotFetched."""
    if source.startswith(("http://", "https://")):
        return fetch_json(source, _SECONDS)
    try:
        body = sys.stdin.read(_MOST + 1) if source == "-" else Path(source).read_text("utf-8")
        if len(body) > _MOST:
            raise NotVerified(f"{source} is too large for a draw.json")
        return json.loads(body)
    except OSError as error:
        raise NotVerified(f"{source}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, NotVerified):
            raise
        raise NotVerified(f"{source} is no JSON") from error


def _compare(record: DrawRecord, commitment: str | None) -> None:
    if commitment is not None and commitment.strip().lower() != record.commitment:
        raise NotVerified("this is not the commitment that you noted: the draw has another seed")


def _found(record: DrawRecord, number: int | None, drawn: int | None, lane: str) -> dict[str, Any]:
    """What was asked for. Raises NotVerified if it does not fit."""
    if number is not None:
        lane, number = record.drawn_as(lane, number)
    count = record.count_in(lane)
    for asked, what in ((number, "number"), (drawn, "place")):
        if asked is not None and asked > count:
            raise NotVerified(f"there is no {what} {asked}: {count} were drawn")
    found: dict[str, Any] = {}
    if number is not None:
        found |= {"number": number, "place": record.place_of(number, lane)}
    elif drawn is not None:
        found |= {"number": record.number_at(drawn, lane), "place": drawn}
    if number is not None and drawn is not None and found["place"] != drawn:
        raise NotVerified(f"number {number} got place {found['place']}, and not {drawn}")
    return found | ({"lane": lane} if lane and found else {})


def _lines(record: DrawRecord, commitment: str | None, signed: int | None) -> list[str]:
    lines = [
        f"room {record.room_name}, draw of {record.count} registrations (generation"
        f" {record.generation})",
        f"the seed fits the commitment {record.commitment}",
    ]
    if record.lanes:
        lines += [
            f"{f'lane {lane}' if lane else 'the main line'}: {count} registrations, drawn by itself"
            for lane, count in record.lanes.counts.items()
        ]
    if commitment is None:
        lines.append("compare it with what the page showed before the opening")
    if record.beacon is not None:
        lines += [
            f"mixed in: {record.beacon} from {record.beacon_source}",
            "look there whether that was its value"
            if signed is None
            else f"drand's network has signed that value as round {signed}",
        ]
    elif record.beacon_source:
        lines.append(f"no value of {record.beacon_source} came in time: none was mixed in")
    else:
        lines.append("no public value was mixed in: whoever had the secret key knew the order")
    return lines


def _told(found: dict[str, Any]) -> list[str]:
    if "number" not in found:
        return []
    where = f" in the lane {found['lane']}" if "lane" in found else ""
    return [f"number {found['number']}{where} got place {found['place']}"]
