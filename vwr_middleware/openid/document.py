"""What the discovery document of a room says of its provider, and where the provider is to be found
(OpenID Connect Discovery 1.0, RFC 8414).
"""

from typing import Any
from urllib.parse import urlsplit

AUTHORIZE, TOKEN, USERINFO = "authorize", "token", "userinfo"
INTROSPECT, REVOKE, LOGOUT = "introspect", "revoke", "logout"
#: Below a room's own address.
FOLDER = "openid"
_BY_SECRET = ["client_secret_basic", "client_secret_post"]


def addresses_told(issuer: str, prefix: str, room_name: str, mount: str = "") -> dict[str, Any]:
    """What the document says besides the keys. The provider is at the issuer's host, where our
    prefix is; `mount` is what the app is mounted at, as the visitor sees it."""
    parts = urlsplit(issuer)
    base = f"{parts.scheme}://{parts.netloc}{mount}{prefix}/{room_name}/{FOLDER}"
    return {
        "authorization_endpoint": f"{base}/{AUTHORIZE}",
        "token_endpoint": f"{base}/{TOKEN}",
        "userinfo_endpoint": f"{base}/{USERINFO}",
        "end_session_endpoint": f"{base}/{LOGOUT}",
        "introspection_endpoint": f"{base}/{INTROSPECT}",
        "revocation_endpoint": f"{base}/{REVOKE}",
        "scopes_supported": ["openid"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": [*_BY_SECRET, "none"],
        "revocation_endpoint_auth_methods_supported": [*_BY_SECRET, "none"],
        "introspection_endpoint_auth_methods_supported": _BY_SECRET,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            *("iss", "aud", "sub", "sid", "iat", "exp", "auth_time", "nonce", "at_hash"),
            *("room", "queue_position"),
        ],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
