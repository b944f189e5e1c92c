"""JSON schemas of our models, as the components of a description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

JsonSchema = dict[str, Any]

REF = "#/components/schemas/{model}"


class _Plain(GenerateJsonSchema):
    """Without titles, which would only repeat the names of fields."""

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    @override
    def get_title_from_name(self, name: str) -> str:
        return name


def schemas_of(models: Sequence[Any]) -> dict[str, JsonSchema]:
    """The schemas of the models and of all that they refer to, by name. Each is as what is read, not written."""
    inputs = [(model.__name__, "validation", TypeAdapter[Any](model)) for model in models]
    found, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF, schema_generator=_Plain)  # type: ignore[arg-type]
    named: dict[str, JsonSchema] = dict(definitions.get("$defs", {}))
    for (name, _), schema in found.items():
        if "$ref" not in schema:
            named[name] = dict(schema)
    return dict(sorted(named.items()))


def ref(model: Any) -> JsonSchema:
    """A reference to the schema of a model."""
    return {"$ref": REF.format(model=model.__name__)}
