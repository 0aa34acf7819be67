-- name: of
-- What a platform refused of late, as its budget wrote it down.
SELECT value FROM fact WHERE name = :name;

-- name: keep
-- Writes down what a platform refused of late.
INSERT INTO fact (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
