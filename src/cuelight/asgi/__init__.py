"""The one way in: what an HTTP endpoint is, and everything that all of them have in common.

An endpoint is a function from a `Call` (path, query and body, read and checked) to a value, declared with its
path and its `Access`. What passes through: a request becomes a call or an error, a value becomes JSON with an ETag,
an exception becomes Backstage's error body with the status that its class names. The room knows no resource; `api`
and `ui` bring them, and `app` strings them together with `application`.
"""

from cuelight.asgi.access import Access
from cuelight.asgi.answers import ACCEPTED, CREATED, JSON, NO_CONTENT, OK, Answer, json_answer, json_text
from cuelight.asgi.application import application
from cuelight.asgi.endpoint import Call, Endpoint, concealed_as, delete, get, post, put
from cuelight.asgi.parameters import Query
from cuelight.asgi.resources import Manners, Resource, plugin, resources

__all__ = [
    "ACCEPTED",
    "CREATED",
    "JSON",
    "NO_CONTENT",
    "OK",
    "Access",
    "Answer",
    "Call",
    "Endpoint",
    "Manners",
    "Query",
    "Resource",
    "application",
    "concealed_as",
    "delete",
    "get",
    "json_answer",
    "json_text",
    "plugin",
    "post",
    "put",
    "resources",
]
