-- name: propose
-- Keeps a push that waits for its confirmation.
INSERT INTO proposed_push (name, by, text, proposed_at) VALUES (:name, :by, :text, :now);

-- name: proposed
-- A push that waits for its confirmation.
SELECT name, by, text, proposed_at FROM proposed_push WHERE name = :name;

-- name: take
-- Takes a push out, for whoever wrote it.
DELETE FROM proposed_push WHERE name = :name AND by = :by RETURNING text;

-- name: forget_older
-- Forgets the pushes that nobody confirmed in time.
DELETE FROM proposed_push WHERE proposed_at < :before;
