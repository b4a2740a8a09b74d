"""A push service for Firefox, on this machine: it speaks to the browser as Mozilla's does (over a
WebSocket), gives it addresses at a receiver of ours, and hands on what comes there."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.support.push_receiver import PushReceiver


@dataclass
class FirefoxPush:
    """The service, and the channels that browsers have asked for."""

    receiver: PushReceiver
    url: str = ""
    channels: dict[str, ServerConnection] = field(default_factory=dict)
    #: What browsers have said of the messages that they were given: 100 is a message that was read.
    codes: list[int] = field(default_factory=list)

    @property
    def preferences(self) -> Mapping[str, object]:
        """What makes Firefox ask here, and nobody for permission."""
        return {
            "dom.push.serverURL": self.url,
            "dom.push.connection.enabled": True,
            "dom.push.testing.allowInsecureServerURL": True,
            "permissions.default.desktop-notification": 1,
            # Its own notifications: a machine for tests has no desktop that shows any.
            "alerts.useSystemBackend": False,
        }

    def serve(self, connection: ServerConnection) -> None:
        """Answer one browser until it is gone."""
        with suppress(ConnectionClosed):
            for text in connection:
                if (answer := self._answer(json.loads(text), connection)) is not None:
                    connection.send(json.dumps(answer))

    def _answer(self, told: dict[str, Any], connection: ServerConnection) -> dict[str, Any] | None:
        kind = told.get("messageType")
        answer = {"messageType": kind, "status": 200}
        if kind == "hello":
            return answer | {"uaid": uuid4().hex, "use_webpush": True, "broadcasts": {}}
        if kind == "register":
            channel = told["channelID"]
            self.channels[channel] = connection
            endpoint = f"{self.receiver.url}/{channel}"
            return answer | {"channelID": channel, "pushEndpoint": endpoint}
        if kind == "unregister":
            return answer | {"channelID": told["channelID"]}
        if kind == "ack":
            self.codes += [each["code"] for each in told["updates"]]
        return None if told else {}

    def hand_on(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Give a browser what has come for it."""
        channel = path.removeprefix("/")
        message = {
            "messageType": "notification",
            "channelID": channel,
            "version": uuid4().hex,
            "headers": {"encoding": headers["Content-Encoding"]},
            "data": urlsafe_b64encode(body).rstrip(b"=").decode(),
        }
        self.channels[channel].send(json.dumps(message))


@contextmanager
def firefox_push(receiver: PushReceiver) -> Iterator[FirefoxPush]:
    """One that gives out addresses at this receiver."""
    service = FirefoxPush(receiver)
    with serve(service.serve, "127.0.0.1", 0, subprotocols=["push-notification"]) as server:  # type: ignore[list-item]
        service.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield service
        server.shutdown()
        thread.join()
