"""The history of the schema. A migration imports no room: it is what the schema was on its day."""
