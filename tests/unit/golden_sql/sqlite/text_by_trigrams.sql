SELECT DISTINCT texts.entity_id
FROM texts NOT INDEXED
WHERE texts."key" = :key_0 AND texts.value LIKE :pattern_0 AND texts.id IN (SELECT texts_trigrams.rowid
FROM texts_trigrams
WHERE texts_trigrams MATCH :trigrams)
