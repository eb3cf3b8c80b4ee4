"""What pydantic found wrong with a file, in the operator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scraper.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import ValidationError

_PLAIN = {
    "extra_forbidden": "unknown key",
    "missing": "is required",
    "string_type": "is not text in quotes",
    "path_type": "is not text in quotes",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "date_type": "is not a date such as 2026-11-23, without quotes",
    "tuple_type": "is not a list in [ ]",
    "list_type": "is not a list in [ ]",
    "dict_type": "is not a table of keys",
    "model_type": "is not a table of keys",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
}


def config_error(file: str, error: ValidationError) -> ConfigError:
    """Return one error naming every bad key of `file`, the first as its `key`."""
    found = [
        (".".join(map(str, problem["loc"])), _reason(problem["type"], problem["msg"]))
        for problem in error.errors()
    ]
    (key, reason), *others = found
    return ConfigError(file, key, "; ".join([reason, *(": ".join(o) for o in others)]))


def _reason(kind: str, message: str) -> str:
    return _PLAIN.get(kind, message.removeprefix("Value error, "))
