"""Checks against Discord's own OpenAPI description, where its file is at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_URI = "urn:discord"
_FORMATS = FormatChecker(["uri", "date-time"])


def _integer(_: Any, value: object) -> bool:
    """Integers, and texts that look like one: Discord takes either for a snowflake or a bit set."""
    if isinstance(value, str):
        return value.removeprefix("-").isdecimal()
    return isinstance(value, int) and not isinstance(value, bool)


def _by_type(
    validator: Any, table: dict[str, str], instance: Any, _: Any
) -> Iterator[ValidationError]:
    """Check an object against the one alternative of its type, for speed and a clear complaint."""
    kind = instance.get("type") if isinstance(instance, dict) else None
    if str(kind) in table:
        yield from validator.descend(instance, {"$ref": table[str(kind)]})
    else:
        yield ValidationError(f"type {kind!r} is not one of {', '.join(table)}")


def _nullable(validator: Any, schema: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if instance is not None:
        yield from validator.descend(instance, schema)


_Validator = extend(
    Draft202012Validator,
    {"x-by-type": _by_type, "x-nullable": _nullable},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _integer),
)


class OpenAPI:
    """One description, its validators compiled on first use and kept."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text("utf-8"))
        self._schemas = self._document["components"]["schemas"]
        self._schemas["SnowflakeType"]["type"] = ["string", "integer"]
        # Media channels, which it has yet to learn of.
        self._schemas["ChannelTypes"]["oneOf"].append({"const": 16})
        self._document = self._adapt(self._document)
        resource = DRAFT202012.create_resource(self._document)
        self._registry = Registry().with_resource(_URI, resource)
        self._validators: dict[str, Any] = {}

    def request(self, method: str, template: str, body: Any) -> list[str]:
        """Return what is wrong with a request's JSON body, one line each with its JSON path."""
        return self._check((method, template, "requestBody"), body)

    def response(self, method: str, template: str, status: int, body: Any) -> list[str]:
        """Return what is wrong with an answer to such a request."""
        return self._check((method, template, "responses", str(status)), body)

    def _adapt(self, node: Any) -> Any:
        """Replace ``oneOf``, whose alternatives overlap, by what does not try them all in turn."""
        if isinstance(node, list):
            return [self._adapt(item) for item in node]
        if not isinstance(node, dict):
            return node
        adapted = {key: self._adapt(value) for key, value in node.items() if key != "oneOf"}
        options = node.get("oneOf") or node.get("anyOf")
        if not isinstance(options, list):
            return adapted
        adapted.pop("anyOf", None)
        rest = [option for option in options if option != {"type": "null"}]
        table = self._table(rest)
        choice = {"x-by-type": table} if table else {"anyOf": [self._adapt(o) for o in rest]}
        if len(rest) == len(options):
            return adapted | choice
        return adapted | {"x-nullable": self._adapt(rest[0]) if len(rest) == 1 else choice}

    def _table(self, options: list[Any]) -> dict[str, str]:
        """Map every alternative's ``type`` to it; empty where that does not tell them apart."""
        table: dict[str, str] = {}
        for option in options:
            schema = self._schemas.get(option.get("$ref", "").rpartition("/")[2], {})
            kinds = schema.get("properties", {}).get("type", {}).get("enum", ())
            if not kinds or any(str(kind) in table for kind in kinds):
                return {}
            table |= {str(kind): option["$ref"] for kind in kinds}
        return table

    def _check(self, place: tuple[str, ...], body: Any) -> list[str]:
        method, template, *inner = place
        keys = ("paths", template, method.lower(), *inner, "content", "application/json", "schema")
        pointer = "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys)
        if pointer not in self._validators:
            self._validators[pointer] = self._compile(keys, pointer)
        validator = self._validators[pointer]
        return [_line(error) for error in validator.iter_errors(body)] if validator else []

    def _compile(self, keys: tuple[str, ...], pointer: str) -> Any:
        node = self._document
        for key in keys:
            if key not in node:
                return None
            node = node[key]
        schema = {"$ref": f"{_URI}#/{pointer}"}
        return _Validator(schema, registry=self._registry, format_checker=_FORMATS)


def _line(error: ValidationError) -> str:
    text = error.message
    if len(text) > 150:
        text = f"does not fit: {error.validator} {str(error.validator_value)[:80]}"
    return f"{error.json_path}: {text}"


@cache
def load(path: Path) -> OpenAPI | None:
    """Read a description once a process; None where there is no such file."""
    return OpenAPI(path) if path.is_file() else None
