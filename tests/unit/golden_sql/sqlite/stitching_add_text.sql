INSERT INTO texts (entity_id, "key", kind, value) VALUES (:id, :name, :sort, :said)
