DELETE FROM texts WHERE texts.entity_id = $1::TEXT AND texts.key = $2::TEXT AND texts.kind = $3::TEXT AND texts.value = $4::TEXT
