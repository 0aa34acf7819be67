-- name: active
-- How many subscriptions are brought what they want.
SELECT count(*) AS n FROM subscription WHERE state = 'active';

-- name: waiting
-- How many deliveries are on their way to a subscription.
SELECT count(*) AS n FROM delivery WHERE subscription_id = :subscription AND state = 'open';

-- name: last
-- What a subscription was brought last for certain, and still has.
SELECT g.title, d.ended_at
FROM delivery d JOIN digest g ON g.id = d.digest_id
WHERE d.subscription_id = :subscription AND d.state = 'sent' AND d.reason IS NULL AND d.ended_at IS NOT NULL
ORDER BY d.ended_at DESC, d.id DESC
LIMIT 1;
