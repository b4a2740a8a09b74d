"""A small ticket shop in Starlette. Its last line puts it behind a waiting room.

export VWR_SECRET_KEY=a-secret-of-your-own VWR_DEBUG=yes
granian --interface asgi examples.starlette_app.shop:app
"""

import os
import secrets
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from vwr_middleware.asgi import WaitingRoomMiddleware
from vwr_middleware.settings import Settings

here = Path(__file__).parent
templates = Jinja2Templates(here / "templates")


def home(request: Request) -> Response:
    return templates.TemplateResponse(request, "home.html")


def tickets(request: Request) -> Response:
    # The visitor's session behind the waiting room; None if nobody has to wait.
    return templates.TemplateResponse(request, "tickets.html", {"session": request.scope["vwr"]})


def time_left(request: Request) -> Response:
    session = request.scope["vwr"]
    return JSONResponse({"seconds": session and session.seconds_left})


def purchase(request: Request) -> Response:
    number = secrets.token_hex(3).upper()
    return RedirectResponse(f"/tickets/receipt/{number}", status_code=303)


def receipt(request: Request) -> Response:
    # The visitor is done: the session ends, and the next in line may enter.
    return templates.TemplateResponse(
        request,
        "receipt.html",
        {"number": request.path_params["number"]},
        headers={"VWR-Session": "completed"},
    )


app = Starlette(
    routes=[
        Route("/", home),
        Route("/tickets", tickets),
        Route("/tickets/time-left", time_left),
        Route("/tickets/purchase", purchase, methods=["POST"]),
        Route("/tickets/receipt/{number}", receipt),
        Mount("/static", StaticFiles(directory=here / "static")),
    ]
)

# The waiting room reads its settings from the environment: VWR_SECRET_KEY, VWR_MAX_ACTIVE, ...
ours = {
    "VWR_PATHS": "/tickets",
    # The waiting page looks like the shop.
    "VWR_SITE_NAME": "Harbour Hall",
    "VWR_TITLE": "The Paper Lanterns",
    "VWR_HEADER": "#16203a, #3b2a4f, #7c3f3f",
    "VWR_COLORS": """{"accent": "#c2410c", "text": "#1d2433", "background": "#fbf7f0",
        "accent_dark": "#fb923c", "surface_dark": "#1d2433", "background_dark": "#141a26"}""",
}
settings = Settings.from_env({**ours, **os.environ})
app.add_middleware(WaitingRoomMiddleware, settings=settings)
