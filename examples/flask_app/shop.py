"""A small ticket shop in Flask. Its last line puts it behind a waiting room.

VWR_SECRET_KEY=a-secret-of-your-own VWR_DEBUG=yes flask --app examples.flask_app.shop run
"""

import os
import secrets

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from vwr_middleware.flask import WaitingRoom, current_session
from vwr_middleware.settings import Settings

app = Flask(__name__)


@app.get("/")
def home() -> str:
    return render_template("home.html")


@app.get("/tickets")
def tickets() -> str:
    # The visitor's session behind the waiting room; false if nobody has to wait.
    return render_template("tickets.html", session=current_session)


@app.get("/tickets/time-left")
def time_left() -> ResponseReturnValue:
    return {"seconds": current_session.seconds_left if current_session else None}


@app.post("/tickets/purchase")
def purchase() -> ResponseReturnValue:
    return redirect(url_for("receipt", number=secrets.token_hex(3).upper()), code=303)


@app.get("/tickets/receipt/<number>")
def receipt(number: str) -> str:
    if current_session:
        # The visitor is done: the next in line may enter.
        current_session.complete()
    return render_template("receipt.html", number=number)


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
WaitingRoom(app, settings=Settings.from_env({**ours, **os.environ}))
