"""The Location entity that stands for a descriptor: Backstage's generated one, so that a client sees what it knows. Pure."""

from typing import Any

from cuelight.model import generated_name


def location_entity(target: str) -> dict[str, Any]:
    """The Location for the descriptor whose page is *target*; the file may be missing without that being an error."""
    ref = f"url:{target}"
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": {
            "name": generated_name("url", target),
            "annotations": {
                "backstage.io/managed-by-location": ref,
                "backstage.io/managed-by-origin-location": ref,
            },
        },
        "spec": {"type": "url", "target": target, "presence": "optional"},
    }


def location_ref(target: str) -> str:
    """The ref of that entity."""
    return f"location:default/{generated_name('url', target)}"
