SELECT count(*) AS n
FROM (SELECT texts_trigrams.rowid AS rowid
FROM texts_trigrams
WHERE texts_trigrams MATCH :trigrams
 LIMIT :few OFFSET :param_1) AS anon_1
