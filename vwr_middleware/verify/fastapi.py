"""A dependency for FastAPI: the visitor's session, or the answer that there is none."""

from collections.abc import Awaitable, Callable

from fastapi import HTTPException, Request

from vwr_middleware.verify.refusals import Unverified
from vwr_middleware.verify.verifier import VerifiedSession, Verifier


def verified_session(verifier: Verifier) -> Callable[[Request], Awaitable[VerifiedSession]]:
    """A dependency, as in `session: Annotated[VerifiedSession, Depends(verified_session(…))]`."""

    async def session_of(request: Request) -> VerifiedSession:
        try:
            address = request.client.host if request.client else ""
            return await verifier.averify_request(request.headers.raw, address)
        except Unverified as refusal:
            headers = dict(refusal.headers[1:])  # the answer has its own Content-Type
            raise HTTPException(refusal.status, str(refusal), headers) from refusal

    return session_of
