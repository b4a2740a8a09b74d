"""Settings of access tokens: algorithms, keys of one's own, the issuer."""

from pathlib import Path

import pytest

from vwr_middleware.errors import ConfigurationError
from vwr_middleware.papers.signing_keys import new_key
from vwr_middleware.settings import Settings

GIVEN = {"secret_key": "a key for tests of settings", "paths": "/"}
PEM = new_key("EdDSA")


def problems(**given: object) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        Settings(**GIVEN, **given)
    return tuple(caught.value.problems)


def test_a_key_is_given_as_text_or_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(PEM)
    for given in (PEM, str(file), file, [PEM], [str(file), PEM]):
        settings = Settings(**GIVEN, token_algorithm="EdDSA", token_keys=given)
        assert settings.token_keys == (PEM,)
        assert "PRIVATE" not in repr(settings)
    environ = {
        "VWR_SECRET_KEY": "a key for tests of settings",
        "VWR_PATHS": "/",
        "VWR_TOKEN_ALGORITHM": "EdDSA",
        "VWR_TOKEN_KEYS": str(file),
    }
    assert Settings.from_env(environ).token_keys == (PEM,)


def test_a_key_that_cannot_be_read_is_told_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "rubbish.pem").write_bytes(b"\xff\xfe\x00")
    for given, told in [
        (str(tmp_path / "nope.pem"), "No such file"),
        (str(tmp_path), "directory"),
        (str(tmp_path / "rubbish.pem"), "vwr keygen --rsa"),
        ("a\0b", "vwr keygen --rsa"),
        (7, "private key"),
    ]:
        (text,) = problems(token_algorithm="RS256", token_keys=given)
        assert text.startswith("token_keys ") and told in text


def test_an_algorithm_without_a_key_and_a_key_without_its_algorithm_are_told() -> None:
    assert "vwr keygen --rsa" in problems(token_algorithm="RS256")[0]
    (text,) = problems(token_algorithm="ES256", token_keys=PEM)
    assert 'token_algorithm=["EdDSA"]' in text
    (text,) = problems(token_issuer="https://shop.example")
    assert "HS256 has none" in text


@pytest.mark.parametrize(
    "issuer",
    [
        "https://shop.example",
        "https://shop.example:8443/vwr",
        "https://shop.example/vwr/{room}",
        "http://127.0.0.1:8000",
        "http://localhost:8000/vwr",
        "http://[::1]:8000",
    ],
)
def test_an_issuer_is_an_https_url(issuer: str) -> None:
    settings = Settings(**GIVEN, token_algorithm="ES256", token_issuer=issuer)
    assert settings.token_issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "http://shop.example",
        "https://shop.example/",
        "https://shop.example?x",
        "https://shop.example#x",
        "https://a@shop.example",
        "https://",
        "https:///path",
        "shop.example",
        "vwr",
        "https://shop.example/a b",
        "https://shop.example/{name}",
        "https://{room}.example",
        "https://shop.example/../a",
        "https://shop.example//a",
        "https://shop.example:port",
        "https://shöp.example",
        "https://shop.example/" + "a" * 200,
        'https://shop.example/"',
        "https://shop.example/\n",
        "javascript://shop.example",
        b"https://shop.example",
        7,
    ],
)
def test_any_other_issuer_is_refused(issuer: object) -> None:
    (text,) = problems(token_algorithm="ES256", token_issuer=issuer)
    assert text.startswith("token_issuer must ") or text.startswith("token_issuer may ")
