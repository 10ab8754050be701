DELETE FROM texts WHERE texts.entity_id = :id AND texts."key" = :name AND texts.kind = :sort AND texts.value = :said
