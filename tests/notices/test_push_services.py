"""Which addresses of push services a visitor may name: this server calls them."""

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.settings import Settings
from vwr_middleware.settings.push_services import KNOWN_SERVICES, is_of_service


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ:APA91b",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://web.push.apple.com/QGuQyavXutnMH",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%3d",
        "https://fcm.googleapis.com:443/fcm/send/a",
    ],
)
def test_those_of_browsers_are_called(endpoint: str) -> None:
    assert is_of_service(endpoint, KNOWN_SERVICES)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://fcm.googleapis.com/fcm/send/a",
        "https://fcm.googleapis.com.evil.example/a",
        "https://evil.example/fcm.googleapis.com",
        "https://evilfcm.googleapis.com/a",
        "https://push.apple.com.evil.example/a",
        "https://push.apple.com/a",  # the service itself has a name below it
        "https://user@fcm.googleapis.com/a",
        "https://fcm.googleapis.com@evil.example/a",
        "https://evil.example\\@fcm.googleapis.com/a",
        "https://fcm.googleapis.com:8443/a",
        "https://fcm.googleapis.com:99999/a",
        "https://fcm.googleapis.com:0/a",
        "https://fcm.googleapis.com./a",
        "https://a..push.apple.com/a",
        "https://.push.apple.com/a",
        "https://*.push.apple.com/a",
        "https://a%2eb.push.apple.com/a",
        "https://a_b.push.apple.com/a",
        f"https://{'a' * 64}.push.apple.com/a",
        f"https://{'a.' * 130}push.apple.com/a",
        "https://fcm.googleapis.com/a#b",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/\r\nHost: evil",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a",
        "https://127.0.0.1/a",
        "https://localhost/a",
        "https://\u017fcm.googleapis.com/a",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/" + "a" * 1000,
    ],
)
def test_no_other_address_is_called(endpoint: str) -> None:
    assert not is_of_service(endpoint, KNOWN_SERVICES)


def test_a_service_of_ones_own_may_have_a_port() -> None:
    services = ("push.shop.example", "localhost:8443")
    assert is_of_service("https://push.shop.example/a", services)
    assert is_of_service("https://localhost:8443/a", services)
    assert not is_of_service("https://localhost/a", services)
    assert not is_of_service("https://localhost:8444/a", services)


@pytest.mark.parametrize(
    "given", ["*", "*.com", "https://push.example", "10.0.0.1", "localhost", "a b", 7, "*.*.com"]
)
def test_only_hosts_may_be_named_as_services(given: object) -> None:
    with pytest.raises(ConfigurationError, match="push_services must be hosts"):
        Settings(secret_key="k" * 40, paths="/", push_services=given)


@pytest.mark.parametrize("given", ["push.shop.example:0", "localhost:65536"])
def test_a_service_has_a_port_that_there_is(given: object) -> None:
    with pytest.raises(ConfigurationError, match="push_services must have a port from 1 to 65535"):
        Settings(secret_key="k" * 40, paths="/", push_services=given)


@pytest.mark.parametrize("given", ["ops@shop.example", "http://shop.example", "mailto:", 7])
def test_push_services_must_be_able_to_reach_the_site(given: object) -> None:
    with pytest.raises(ConfigurationError, match="push_contact must be an address"):
        Settings(secret_key="k" * 40, paths="/", push_contact=given)


def test_a_key_without_a_contact_and_notify_without_contact_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="notify and contact need each other"):
        Settings(secret_key="k" * 40, paths="/", notify=print)
