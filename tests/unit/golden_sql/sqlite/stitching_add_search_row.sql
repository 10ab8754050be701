INSERT INTO search (entity_id, "key", value, original_value) VALUES (:entity_id, :key, :value, :original_value)
