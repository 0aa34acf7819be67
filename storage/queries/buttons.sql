-- name: keep
-- Keeps what a button says, or keeps it longer.
INSERT INTO button (name, says, kept_at) VALUES (:name, :says, :now)
ON CONFLICT (name) DO UPDATE SET kept_at = excluded.kept_at WHERE button.kept_at < excluded.kept_at;

-- name: kept
-- What a button says, while it is young enough.
SELECT says FROM button WHERE name = :name AND kept_at >= :since;

-- name: forget_beyond
-- Forgets the oldest of more buttons than are kept.
DELETE FROM button WHERE kept_at < (SELECT kept_at FROM button ORDER BY kept_at DESC LIMIT 1 OFFSET :most - 1);

-- name: forget_older
-- Forgets what was kept before a moment.
DELETE FROM button WHERE kept_at < :before;
