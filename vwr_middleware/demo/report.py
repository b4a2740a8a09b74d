"""What the terminal tells of the room."""

import asyncio
import sys
import time
from typing import Any

import httpx

from vwr_middleware.demo.crowd import ROOM, Crowd

EVERY = 4.0  # seconds


def welcome(url: str, password: str, key: str) -> str:
    """What to open."""
    lines = [
        "",
        f"  The shop          {url}/",
        f"  The waiting page  {url}/tickets",
        f"  The panel         {url}/vwr-admin   (password: {password})",
        "",
        "  From another terminal, to watch the room and to steer it (q, p, +, -):",
        f"  vwr --url {url}/vwr-admin --key {key} status --watch",
        "",
        "  Press Ctrl+C to stop.",
        "",
    ]
    return "\n".join(lines)


def line(status: dict[str, Any], crowd: Crowd) -> str:
    """How the room stands."""
    done = crowd.outcomes
    parts = [
        time.strftime("%H:%M:%S"),
        f"{status['waiting']:4} waiting",
        f"serving {status['serving']} of {status['issued']}",
        f"{crowd.inside:3} in the shop",
        f"{status['admitted_per_minute']:5.0f} a minute",
        f"bought {done['bought']}, left {done['left'] + done['gave up']}, "
        f"vanished {done['vanished']}",
    ]
    if done["failed"]:
        parts.append(f"failed {done['failed']}")
    return "  ".join(parts)


async def tell(url: str, crowd: Crowd) -> None:
    """A line every few seconds, until cancelled."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        while True:
            await asyncio.sleep(EVERY)
            try:
                status = (await client.get(f"{ROOM}/status")).json()
                print(line(status, crowd), flush=True)
            except (httpx.HTTPError, ValueError, KeyError):
                print("the room does not answer", file=sys.stderr, flush=True)
