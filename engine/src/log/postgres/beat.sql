INSERT INTO engines (engine, address, beat) VALUES ($1, $2, 1)
ON CONFLICT (engine) DO UPDATE SET address = excluded.address, beat = engines.beat + 1
