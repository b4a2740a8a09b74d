"""Packages that only some apps need, and what to install where one is missing."""


def missing(extra: str, error: ModuleNotFoundError) -> ModuleNotFoundError:
    """The error in place of Python's own, which names the package alone. One of a package that is
    there, and lacks another, stays as it is."""
    if (error.name or "").partition(".")[0] not in (extra, "asgiref"):
        return error
    text = f'vwr_middleware.{extra} needs {extra}: pip install "vwr-middleware[{_EXTRAS[extra]}]"'
    return ModuleNotFoundError(text, name=error.name)


_EXTRAS = {"flask": "flask", "django": "django", "starlette": "asgi"}
