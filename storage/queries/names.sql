-- name: keep
-- Keeps what something is called.
INSERT INTO fact (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE fact.value <> excluded.value;

-- name: of_accounts
-- What the accounts are called.
SELECT name, value FROM fact WHERE name LIKE 'account:%' ORDER BY name;
