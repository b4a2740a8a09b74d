"""The shapes of what the control API says of lanes and invitations."""

from typing import Any

from vwr_middleware.panel.schemas import BOOLEAN, NUMBER, TEXT, WHOLE, list_of, object_of

_BATCH = {
    **{"batch": TEXT, "note": TEXT, "count": WHOLE, "used": WHOLE, "lane": TEXT},
    **{"expires_at": NUMBER, "revoked": BOOLEAN},
}

LANE_SCHEMAS: dict[str, Any] = {
    "Lane": {
        "description": "A lane; the main line has no name. `joined` and `entered`: ever",
        **object_of(lane=TEXT, share=NUMBER, waiting=WHOLE, joined=WHOLE, entered=WHOLE),
    },
    "LaneReport": {
        "description": "A lane. `in_time` and `steps` are of the time that was asked for; a step to"
        " which nobody came is not there",
        **object_of(
            **dict.fromkeys(("waiting", "joined", "entered"), WHOLE),
            lane=TEXT,
            share=NUMBER,
            in_time=object_of(joined=WHOLE, entered=WHOLE, waits={"type": "object"}),
            steps=list_of({"type": "object"}),
        ),
    },
    "Batch": {
        "description": "A batch of invitations, which are kept nowhere themselves. `used`: since"
        " the last reset",
        **object_of(**_BATCH),
    },
    "Invitations": {
        "description": "A batch as it is made. A `code` stands in the link, after"
        " `/vwr/<room>/invitation?code=`",
        **object_of(**_BATCH, invitations=list_of(object_of(number=WHOLE, code=TEXT))),
    },
}
