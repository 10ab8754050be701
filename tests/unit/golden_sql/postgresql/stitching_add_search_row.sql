INSERT INTO search (entity_id, key, value, original_value) VALUES ($1::TEXT, $2::TEXT, $3::TEXT, $4::TEXT)
