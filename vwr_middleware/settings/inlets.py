"""The kind of the setting `inlet`: strategies as callables, as names of such, or as data."""

from collections.abc import Callable, Mapping

from vwr_middleware.settings import functions, kinds

EXAMPLE = '{"kind": "periodic", "count": 100, "every": 60}'


def _check(value: object) -> tuple[Callable[..., object], ...]:
    if isinstance(value, str) and _looks_like_json(value):
        if problem := kinds.json_problem(value):
            raise ValueError(f"is not JSON, {problem}: write it like {EXAMPLE}")
        value = kinds.parse_json(value)
    return kinds.several(_check_one).check([value] if isinstance(value, Mapping) else value)


def _check_one(value: object) -> Callable[..., object]:
    if isinstance(value, Mapping):
        # Imported late: strategies.py itself needs the settings' kinds.
        from vwr_middleware.inlet import choices

        return choices.make(value)
    try:
        return functions.function_value(value, "room", "now")
    except ValueError as error:
        raise ValueError(f"{error}, or a strategy like {EXAMPLE}") from error


def _looks_like_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _parse(text: str) -> object:
    return text if _looks_like_json(text) else kinds.parse_list(text)


inlet = kinds.Kind(_check, _parse)
