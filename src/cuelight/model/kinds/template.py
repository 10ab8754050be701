"""Template: a recipe of Backstage's scaffolder. Opt-in: the scaffolder brings it, the catalog alone knows it not."""

from cuelight.model.kind import OWNER, Kind
from cuelight.model.shapes import any_type, array_of, either, record, string, text

_object = record({})
_access = record({"tags": array_of(string)})
_input = record({"backstage:permissions": _access})
_condition = any_type(str, bool)
_shown = dict.fromkeys(("url", "entityRef", "title", "icon"), text)
_output = record(
    {
        "links": array_of(record({"if": _condition, **_shown})),
        "text": array_of(record({"if": _condition, "title": text, "icon": text, "content": string})),
    },
    others=string,
)
_decorators = array_of(record({"id": string, "input": _object}))
_step = record(
    {
        **dict.fromkeys(("id", "name", "action"), string),
        "input": _object,
        "if": _condition,
        "backstage:permissions": _access,
    },
    required=("action",),
)

KIND = Kind(
    name="Template",
    api_versions=("scaffolder.backstage.io/v1beta3",),
    spec=record(
        {
            **dict.fromkeys(("type", "owner", "lifecycle"), text),
            "parameters": either(_input, array_of(_input)),
            "secrets": record({"schema": _object}),
            "presentation": record(
                {
                    "buttonLabels": record(
                        dict.fromkeys(("backButtonText", "createButtonText", "reviewButtonText"), string)
                    )
                }
            ),
            "EXPERIMENTAL_recovery": record({"EXPERIMENTAL_strategy": string}),
            "formDecorators": _decorators,
            "EXPERIMENTAL_formDecorators": _decorators,
            "steps": array_of(_step),
            "output": _output,
        },
        required=("type", "steps"),
    ),
    references=(OWNER,),
    opt_in=True,
)
