"""The word of a site that it agrees to load tests by those who have its `loadtest_token`.

Everybody may read it, so it shows that the site knows the token, and not the token itself.
"""

import hmac

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


def _key(token: str) -> bytes:
    return hmac.digest(_LABEL, token.encode(), "sha256")
