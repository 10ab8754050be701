"""Location: where further descriptors are; the catalog reads them and emits what they hold."""

from cuelight.model.kind import Kind
from cuelight.model.shapes import one_of, record, text, texts

KIND = Kind(
    name="Location",
    spec=record({"type": text, "target": text, "targets": texts, "presence": one_of("required", "optional")}),
)
