"""The word of a site that it agrees to load tests by those who have its `loadtest_token`.

Everybody may read it, so it shows that the site knows the token, and not the token itself.
"""

import hmac

#: The header in which a drill brings its pass, and in which a site says who has answered it.
DRILL = "VWR-Drill"
#: With this header, whoever is inside in a drill comes through to the app.
DRILL_APP = "VWR-Drill-App"
#: Seconds before and after which a drill's pass counts.
PASS_LIFE = 600.0
#: Where a site says it, below its prefix.
CONSENT = "loadtest.txt"
_LABEL = b"vwr_middleware load tests, version 1"


def consent_mark(token: str) -> str:
    """What only those can work out who know the token."""
    return "vwr-loadtest-1 " + hmac.digest(_key(token), b"consent", "sha256").hex()


def consent_text(token: str) -> str:
    """What a site serves, for people and programs."""
    return f"{consent_mark(token)}\nThis site agrees to load tests by those who have its token.\n"


def agrees(text: str, token: str) -> bool:
    """Whether a site that serves this text has the same token."""
    first, _, _ = text.partition("\n")
    return hmac.compare_digest(first.strip().encode(), consent_mark(token).encode())


def drill_pass(token: str, issued: float, nonce: str) -> str:
    """What a drill shows with each request. It is good for some minutes around its time."""
    body = f"{issued:.0f}.{nonce}"
    return f"{body}.{_signature(token, body)}"


def refusal_of_pass(text: str, token: str, now: float) -> str:
    """Why a drill's pass does not count; "" if it does."""
    body, _, signature = text.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(token, body).encode()):
        return "this pass was not made with the loadtest_token of this site"
    apart = now - float(body.partition(".")[0])
    if abs(apart) > PASS_LIFE:
        return f"this pass was made {abs(apart):.0f} s from now by the clock of this site"
    return ""


def _signature(token: str, body: str) -> str:
    return hmac.digest(_key(token), b"drill " + body.encode(), "sha256").hex()


def _key(token: str) -> bytes:
    return hmac.digest(_LABEL, token.encode(), "sha256")
