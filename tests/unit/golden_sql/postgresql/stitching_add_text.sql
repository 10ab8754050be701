INSERT INTO texts (entity_id, key, kind, value) VALUES ($1::TEXT, $2::TEXT, $3::TEXT, $4::TEXT)
