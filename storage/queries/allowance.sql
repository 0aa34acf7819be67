-- name: taken
-- What was taken of an allowance last: the day, and how much of it.
SELECT value FROM fact WHERE name = :name;

-- name: take
-- Notes how much of a day's allowance is taken.
INSERT INTO fact (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
