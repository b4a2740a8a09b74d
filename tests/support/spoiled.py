"""Papers that are no good."""


def spoiled(ticket: str) -> list[str]:
    """Tickets and tokens that are no good, as a Cookie header's values."""
    flipped = ticket[:10] + ("A" if ticket[10] != "A" else "B") + ticket[11:]
    header = "eyJhbGciOiJub25lIiwidHlwIjoidndyK2p3dCJ9"
    return [
        "",
        "x",
        ticket[:-1],
        ticket[:40],
        ticket + "A",
        ticket.lower(),
        flipped,
        f"{ticket}.{ticket}",
        '"',
        '""',
        '"' + flipped + '"',
        "A" * 7000,
        "\xe9" * 72,
        "\xff" * 300,
        "%00%0d%0a",
        f"{header}.eyJwb3MiOjF9.",
        f"{header}." + "e30" * 500 + ".AAAA",
        "-1",
        "4294967295",
        "; ; =; ;;",
        ",".join(["x"] * 500),
    ]
