"""A desktop of its own, on which notifications come to be seen, and are pressed as a person does:
what browsers ask for that by is D-Bus (org.freedesktop.Notifications)."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from shutil import which
from typing import Any

import pytest
from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

NAME = "org.freedesktop.Notifications"
_HERE = DBusAddress("/org/freedesktop/Notifications", interface=NAME)
#: What each call is answered, but for that by which something is shown.
_ANSWERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "GetCapabilities": ("as", (["actions", "body"],)),
    "GetServerInformation": ("ssss", ("a desktop of the tests", "nobody", "1", "1.2")),
    "CloseNotification": ("", ()),
}


@dataclass
class Desktop:
    """What is shown on it: of each notification its title and its text."""

    address: str
    shown: list[tuple[str, str]] = field(default_factory=list)
    _pressed: SimpleQueue[int] = field(default_factory=SimpleQueue)
    _is_over: bool = False

    def press(self, at: int) -> None:
        """Press the one at this place."""
        self._pressed.put(at + 1)

    def serve(self, connection: DBusConnection) -> None:
        """Answer until it is over."""
        while not self._is_over:
            try:
                self._answer(connection, connection.receive(timeout=0.05))
            except TimeoutError:
                self._press(connection)

    def _answer(self, connection: DBusConnection, message: Message) -> None:
        fields = message.header.fields
        if message.header.message_type is not MessageType.method_call:
            return
        call = fields[HeaderFields.member]
        if call == "Notify":
            _, _, _, title, text, *_ = message.body
            self.shown.append((title, text))
            answer = new_method_return(message, "u", (len(self.shown),))
        else:
            signature, body = _ANSWERS.get(call, ("", ()))
            answer = new_method_return(message, signature or None, body)
        connection.send(answer)

    def _press(self, connection: DBusConnection) -> None:
        try:
            number = self._pressed.get_nowait()
        except Empty:
            return
        connection.send(new_signal(_HERE, "ActionInvoked", "us", (number, "default")))
        connection.send(new_signal(_HERE, "NotificationClosed", "uu", (number, 2)))


@contextmanager
def desktop() -> Iterator[Desktop]:
    """One that is there. Where there is no D-Bus the test is skipped."""
    if which("dbus-daemon") is None:
        pytest.skip("no dbus-daemon here")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = Desktop(process.stdout.readline().strip())
        connection = open_dbus_connection(found.address)
        connection.send_and_get_reply(message_bus.RequestName(NAME))
        thread = threading.Thread(target=found.serve, args=[connection])
        thread.start()
        try:
            yield found
        finally:
            found._is_over = True
            thread.join()
            connection.close()
            process.terminate()
