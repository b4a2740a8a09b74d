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
ours = {"VWR_PATHS": "/tickets", "VWR_SITE_NAME": "Harbour Hall"}
WaitingRoom(app, settings=Settings.from_env({**ours, **os.environ}))
