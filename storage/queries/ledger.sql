-- name: unpromised
-- A digest that is not promised, or corrected, to the end.
SELECT id FROM digest WHERE promise_cursor IS NOT NULL OR correct_cursor IS NOT NULL LIMIT 1;

-- name: promising_push
-- The push whose promises are made next.
SELECT id, series, withdrawn, work, promise_cursor AS cursor
FROM digest
WHERE series = 'breaking' AND promise_cursor IS NOT NULL
ORDER BY published_at, id
LIMIT 1;

-- name: promising
-- The digest whose promises are made next, where no push is left.
SELECT id, series, withdrawn, work, promise_cursor AS cursor
FROM digest
WHERE promise_cursor IS NOT NULL AND (promise_cursor IS NOT NULL OR correct_cursor IS NOT NULL)
ORDER BY id
LIMIT 1;

-- name: wanting_until
-- The next page of the subscriptions that want a series, active or not: the last of them, and how many they are.
SELECT max(subscription_id) AS last, count(*) AS found
FROM (
    SELECT subscription_id
    FROM (
        SELECT subscription_id FROM wanted
        WHERE series = :series AND subscription_id > :cursor
        ORDER BY subscription_id LIMIT :page
    ) AS this_one
    UNION
    SELECT subscription_id
    FROM (
        SELECT subscription_id FROM wanted
        WHERE series = '*' AND subscription_id > :cursor
        ORDER BY subscription_id LIMIT :page
    ) AS every_one
    ORDER BY subscription_id LIMIT :page
) AS page;

-- name: promise_page
-- Promises a digest to the active subscriptions of one page.
INSERT INTO delivery (digest_id, subscription_id, lane_id, urgency, due, promised_at)
SELECT :digest, s.id, s.lane_id, :urgency, s.wait_until, :now
FROM (
    SELECT subscription_id FROM wanted
    WHERE series = :series AND subscription_id > :cursor AND subscription_id <= :last
    UNION
    SELECT subscription_id FROM wanted
    WHERE series = '*' AND subscription_id > :cursor AND subscription_id <= :last
) AS w
JOIN subscription s ON s.id = w.subscription_id
WHERE s.state = 'active'
ORDER BY s.id
ON CONFLICT (digest_id, subscription_id) DO NOTHING;

-- name: told_otherwise
-- The other digests of a work, and whether each was only indexed, so that the work is no news.
SELECT g.id, p.state = 'indexed' AS indexed
FROM digest g JOIN post p ON p.id = g.post_id
WHERE g.work = :work AND g.id <> :digest;

-- name: promise_telling_page
-- Promises a digest that has translations to the active subscriptions of one page: not to those that were promised
-- another of them, nor to those that will be because they prefer it. Preferred is, of those whose series is wanted,
-- the one in the chat's language, else the publisher's own, else the first.
INSERT INTO delivery (digest_id, subscription_id, lane_id, urgency, due, promised_at)
SELECT g.id, s.id, s.lane_id, :urgency, s.wait_until, :now
FROM (
    SELECT subscription_id FROM wanted
    WHERE series = :series AND subscription_id > :cursor AND subscription_id <= :last
    UNION
    SELECT subscription_id FROM wanted
    WHERE series = '*' AND subscription_id > :cursor AND subscription_id <= :last
) AS w
JOIN subscription s ON s.id = w.subscription_id
JOIN digest g ON g.id = :digest
WHERE s.state = 'active'
  AND NOT EXISTS (
    SELECT 1
    FROM digest other
    JOIN post p ON p.id = other.post_id
    WHERE other.work = g.work AND other.id <> g.id
      AND other.withdrawn = 0 AND other.skipped IS NULL AND p.state = 'published'
      AND EXISTS (SELECT 1 FROM wanted x WHERE x.series IN (other.series, '*') AND x.subscription_id = s.id)
      AND (other.language <> s.language, other.translated, other.id) < (g.language <> s.language, g.translated, g.id)
  )
  AND NOT EXISTS (
    SELECT 1
    FROM digest other
    JOIN delivery o ON o.digest_id = other.id AND o.subscription_id = s.id
    WHERE other.work = g.work AND other.id <> g.id
      AND (o.state <> 'skipped' OR EXISTS (SELECT 1 FROM part p WHERE p.delivery_id = o.id AND p.state <> 'failed'))
  )
ORDER BY s.id
ON CONFLICT (digest_id, subscription_id) DO NOTHING;

-- name: promise_instead
-- Has the translations of a digest that is not brought any more promised again: some were not promised to those who
-- prefer it. Nobody is promised a second telling.
UPDATE digest
SET promise_cursor = 0
WHERE withdrawn = 0 AND skipped IS NULL AND id <> :digest
  AND work = (SELECT g.work FROM digest g WHERE g.id = :digest)
  AND EXISTS (SELECT 1 FROM post p WHERE p.id = digest.post_id AND p.state = 'published');

-- name: promised_to
-- Moves the cursor of a digest's promises, and counts them; a null cursor ends it.
UPDATE digest SET promise_cursor = :cursor, promised = promised + :count WHERE id = :digest;

-- name: correcting
-- The digest whose new state is brought next to those who have an older one.
SELECT id, withdrawn, skipped, correct_cursor AS cursor
FROM digest
WHERE correct_cursor IS NOT NULL AND (promise_cursor IS NOT NULL OR correct_cursor IS NOT NULL)
ORDER BY id
LIMIT 1;

-- name: delivered_until
-- The next page of a digest's deliveries: the last subscription of them, and how many they are.
SELECT max(subscription_id) AS last, count(*) AS found
FROM (
    SELECT subscription_id FROM delivery
    WHERE digest_id = :digest AND subscription_id > :cursor
    ORDER BY subscription_id LIMIT :page
) AS page;

-- name: reopen_page
-- Opens the ended deliveries of one page again where something may be in the chat, or was kept back by a withdrawal
-- (unless a translation came instead) or because of how the digest was; of a series that is not wanted any more nothing is sent, only taken back.
UPDATE delivery
SET state = 'open', reason = NULL, urgency = :urgency, promised_at = :now, ended_at = NULL,
    due = (SELECT s.wait_until FROM subscription s WHERE s.id = delivery.subscription_id),
    step = step + 1, attempts = 0, round = round + 1
WHERE digest_id = :digest AND subscription_id > :cursor AND subscription_id <= :last
  AND (
    ((state IN ('sent', 'unknown', 'failed') OR (state = 'skipped' AND (reason <> 'unwanted' OR :withdrawn = 1)))
     AND EXISTS (SELECT 1 FROM part p WHERE p.delivery_id = delivery.id AND p.state IN ('sent', 'unknown')))
    OR (state = 'skipped' AND reason = 'withdrawn' AND :withdrawn = 0 AND NOT EXISTS (
        SELECT 1
        FROM digest mine
        JOIN digest other ON other.work = mine.work AND other.id <> mine.id
        JOIN delivery o ON o.digest_id = other.id AND o.subscription_id = delivery.subscription_id
        WHERE mine.id = :digest
          AND (o.state <> 'skipped' OR EXISTS (SELECT 1 FROM part p WHERE p.delivery_id = o.id AND p.state <> 'failed'))
    ))
    OR (state = 'failed' AND (reason = 'cannot-compose' OR substr(reason, 1, 7) = 'refused') AND :withdrawn = 0)
  )
  AND EXISTS (SELECT 1 FROM subscription s WHERE s.id = delivery.subscription_id AND s.state = 'active');

-- name: skip_page
-- Skips the open deliveries of one page; those that began only where `started` is 1.
UPDATE delivery
SET state = 'skipped', reason = :reason, ended_at = :now, step = step + 1
WHERE digest_id = :digest AND subscription_id > :cursor AND subscription_id <= :last AND state = 'open'
  AND (:started = 1 OR NOT EXISTS (SELECT 1 FROM part p WHERE p.delivery_id = delivery.id));

-- name: corrected_to
-- Moves the cursor of a digest's corrections; null ends it.
UPDATE digest SET correct_cursor = :cursor WHERE id = :digest;

-- name: skip_digest
-- Lets nothing more of a digest leave; its open deliveries are skipped by pages.
UPDATE digest SET skipped = :reason, promise_cursor = NULL, correct_cursor = 0 WHERE id = :digest;

-- name: unskip_digest
-- Lets a digest be brought again.
UPDATE digest SET skipped = NULL WHERE id = :digest;

-- name: latest_wanted
-- The newest digest of each series that a subscription wants and that may be brought, the newest first; never a push.
-- Of one that has translations, in its place the one that the subscription prefers.
WITH RECURSIVE named (series) AS (
    SELECT min(series) FROM digest
    UNION ALL
    SELECT (SELECT min(g.series) FROM digest g WHERE g.series > named.series) FROM named WHERE named.series IS NOT NULL
)
SELECT (
    SELECT t.id
    FROM digest t
    JOIN post p ON p.id = t.post_id
    JOIN subscription s ON s.id = :subscription
    WHERE t.work = g.work AND t.series <> 'breaking'
      AND t.withdrawn = 0 AND t.skipped IS NULL AND p.state IN ('published', 'indexed')
      AND EXISTS (SELECT 1 FROM wanted w WHERE w.series IN (t.series, '*') AND w.subscription_id = s.id)
    ORDER BY t.language <> s.language, t.translated, t.id
    LIMIT 1
) AS id
FROM named n
JOIN digest g ON g.id = (
    SELECT d.id
    FROM digest d
    JOIN post p ON p.id = d.post_id
    WHERE d.series = n.series AND d.withdrawn = 0 AND d.skipped IS NULL AND p.state IN ('published', 'indexed')
    ORDER BY d.published_at DESC, d.id DESC
    LIMIT 1
)
WHERE n.series <> 'breaking'
  AND EXISTS (SELECT 1 FROM wanted w WHERE w.series IN (n.series, '*') AND w.subscription_id = :subscription)
ORDER BY g.published_at DESC, g.id DESC;

-- name: promise_one
-- Promises one digest to one subscription, unless it was promised a translation of it.
INSERT INTO delivery (digest_id, subscription_id, lane_id, urgency, due, promised_at)
SELECT :digest, s.id, s.lane_id, :urgency, s.wait_until, :now
FROM subscription s
WHERE s.id = :subscription AND s.state = 'active'
  AND NOT EXISTS (
    SELECT 1
    FROM digest mine
    JOIN digest other ON other.work = mine.work AND other.id <> mine.id
    JOIN delivery o ON o.digest_id = other.id AND o.subscription_id = s.id
    WHERE mine.id = :digest
      AND (o.state <> 'skipped' OR EXISTS (SELECT 1 FROM part p WHERE p.delivery_id = o.id AND p.state <> 'failed'))
  )
ON CONFLICT (digest_id, subscription_id) DO NOTHING;

-- name: reopen_one
-- Opens a delivery that was skipped, so that a subscription that came back is brought it after all.
UPDATE delivery
SET state = 'open', reason = NULL, urgency = :urgency, promised_at = :now, ended_at = NULL,
    due = (SELECT s.wait_until FROM subscription s WHERE s.id = delivery.subscription_id),
    step = step + 1, attempts = 0
WHERE digest_id = :digest AND subscription_id = :subscription AND state = 'skipped'
  AND NOT EXISTS (
    SELECT 1
    FROM digest mine
    JOIN digest other ON other.work = mine.work AND other.id <> mine.id
    JOIN delivery o ON o.digest_id = other.id AND o.subscription_id = :subscription
    WHERE mine.id = :digest
      AND (o.state <> 'skipped' OR EXISTS (SELECT 1 FROM part p WHERE p.delivery_id = o.id AND p.state <> 'failed'))
  );

-- name: unpause
-- Ends a lane's rest for one reason.
UPDATE lane SET paused_until = NULL, pause_reason = NULL WHERE id = :lane AND pause_reason = :reason;

-- name: holds
-- What is held.
SELECT scope, since, by FROM hold ORDER BY scope;

-- name: hold
-- Keeps everything of a scope from leaving.
INSERT INTO hold (scope, since, by) VALUES (:scope, :now, :by) ON CONFLICT (scope) DO NOTHING;

-- name: release
-- Lets the scope go again.
DELETE FROM hold WHERE scope = :scope;

-- name: skip_open_of
-- Skips whatever is open for a subscription.
UPDATE delivery
SET state = 'skipped', reason = :reason, ended_at = :now, step = step + 1
WHERE subscription_id = :subscription AND state = 'open';

-- name: unskip_of
-- Opens again what was skipped for a subscription since a moment, for one reason.
UPDATE delivery
SET state = 'open', reason = NULL, ended_at = NULL, step = step + 1,
    due = (SELECT s.wait_until FROM subscription s WHERE s.id = delivery.subscription_id)
WHERE subscription_id = :subscription AND state = 'skipped' AND reason = :reason AND ended_at >= :since;

-- name: open_digests_of
-- The open deliveries of a subscription.
SELECT id, digest_id FROM delivery WHERE subscription_id = :subscription AND state = 'open';

-- name: delivery_of
-- A delivery of a digest, or of a translation of it, to a subscription.
SELECT d.id
FROM digest mine
JOIN digest g ON g.work = mine.work
JOIN delivery d ON d.digest_id = g.id AND d.subscription_id = :subscription
WHERE mine.id = :digest;

-- name: hand_over
-- Gives an open delivery to another subscription.
UPDATE delivery
SET subscription_id = :to, step = step + 1,
    due = (SELECT CASE WHEN s.wait_until > due THEN s.wait_until ELSE due END FROM subscription s WHERE s.id = :to)
WHERE id = :delivery;

-- name: skip_one
-- Skips one delivery.
UPDATE delivery
SET state = 'skipped', reason = :reason, ended_at = :now, step = step + 1
WHERE id = :delivery AND state = 'open';

-- name: part_of_doubt
-- A part whose outcome is unknown, with its delivery.
SELECT p.id, p.delivery_id, d.digest_id, d.subscription_id
FROM part p
JOIN delivery d ON d.id = p.delivery_id
WHERE p.id = :part AND p.state = 'unknown';

-- name: reopen_delivery
-- Opens a delivery again at a person's wish.
UPDATE delivery
SET state = 'open', reason = NULL, ended_at = NULL, promised_at = :now, urgency = :urgency,
    due = (SELECT s.wait_until FROM subscription s WHERE s.id = delivery.subscription_id),
    step = step + 1, attempts = 0
WHERE id = :delivery
  AND EXISTS (SELECT 1 FROM subscription s WHERE s.id = delivery.subscription_id AND s.state = 'active');

-- name: unknown_parts
-- The parts whose outcome is unknown, the newest first.
SELECT p.id, p.number, p.attempt, p.action, p.reason, p.intended_at, p.delivery_id,
       d.digest_id, g.title, l.name AS lane, s.chat, s.thread
FROM part p
JOIN delivery d ON d.id = p.delivery_id
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE p.state IN ('sending', 'unknown') AND p.state = 'unknown' AND p.id < :before
ORDER BY p.id DESC
LIMIT :limit;

-- name: promised_digests
-- The digests of which something was promised, the newest first.
SELECT g.id, g.title, g.series, g.first_seen, g.promised,
       EXISTS (SELECT 1 FROM hold h WHERE h.scope = 'digest:' || g.id) AS held
FROM digest g
WHERE g.promised > 0 AND g.id < :before
ORDER BY g.id DESC
LIMIT :limit;

-- name: open_of_digest
-- How many deliveries of a digest are open.
SELECT coalesce(sum((
    SELECT count(*) FROM delivery d
    WHERE d.lane_id = l.id AND d.urgency = u.urgency AND d.digest_id = :digest AND d.state = 'open'
)), 0) AS n
FROM lane l
CROSS JOIN (SELECT 1 AS urgency UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) AS u;

-- name: trouble_of_digest
-- How many deliveries of a digest ended otherwise than sent.
SELECT t.state, (
    SELECT count(*) FROM delivery d
    WHERE d.state = t.state AND d.state NOT IN ('open', 'sent') AND d.digest_id = :digest
) AS n
FROM (SELECT 'unknown' AS state UNION SELECT 'failed' UNION SELECT 'skipped') AS t;

-- name: promised_in_all
-- How many deliveries were ever promised.
SELECT coalesce(sum(promised), 0) AS n FROM digest;

-- name: open_in_all
-- How many deliveries are open.
SELECT count(*) AS n FROM delivery WHERE state = 'open';

-- name: trouble_in_all
-- How many deliveries ended otherwise than sent.
SELECT state, count(*) AS n FROM delivery WHERE state NOT IN ('open', 'sent') GROUP BY state;

-- name: failed_since
-- How many deliveries failed since a moment.
SELECT count(*) AS n FROM delivery WHERE state NOT IN ('open', 'sent') AND state = 'failed' AND ended_at >= :since;

-- name: list_any
-- Deliveries, the newest first.
SELECT d.id, d.digest_id, g.title, g.series, l.name AS lane, s.chat, s.thread, d.state, d.reason, d.urgency, d.due,
       d.promised_at, d.ended_at, d.attempts, s.chat_name
FROM delivery d
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE d.id < :before
ORDER BY d.id DESC
LIMIT :limit;

-- name: list_state
-- Deliveries in one state, the newest first.
SELECT d.id, d.digest_id, g.title, g.series, l.name AS lane, s.chat, s.thread, d.state, d.reason, d.urgency, d.due,
       d.promised_at, d.ended_at, d.attempts, s.chat_name
FROM delivery d
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE d.state = :state AND d.id < :before
ORDER BY d.id DESC
LIMIT :limit;

-- name: list_trouble
-- Deliveries that ended otherwise than sent, in one such state, those of the newest digest first.
SELECT d.id, d.digest_id, g.title, g.series, l.name AS lane, s.chat, s.thread, d.state, d.reason, d.urgency, d.due,
       d.promised_at, d.ended_at, d.attempts, s.chat_name
FROM delivery d
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE d.state = :state AND d.state NOT IN ('open', 'sent')
  AND (d.digest_id, d.id) < (coalesce((SELECT b.digest_id FROM delivery b WHERE b.id = :before), :before), :before)
ORDER BY d.digest_id DESC, d.id DESC
LIMIT :limit;

-- name: list_digest
-- Deliveries of one digest, the youngest subscription first.
SELECT d.id, d.digest_id, g.title, g.series, l.name AS lane, s.chat, s.thread, d.state, d.reason, d.urgency, d.due,
       d.promised_at, d.ended_at, d.attempts, s.chat_name
FROM delivery d
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE d.digest_id = :digest
  AND d.subscription_id < coalesce((SELECT b.subscription_id FROM delivery b WHERE b.id = :before), :before)
ORDER BY d.subscription_id DESC
LIMIT :limit;

-- name: list_digest_state
-- Deliveries of one digest in one state, the youngest subscription first.
SELECT d.id, d.digest_id, g.title, g.series, l.name AS lane, s.chat, s.thread, d.state, d.reason, d.urgency, d.due,
       d.promised_at, d.ended_at, d.attempts, s.chat_name
FROM delivery d
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE d.digest_id = :digest AND d.state = :state
  AND d.subscription_id < coalesce((SELECT b.subscription_id FROM delivery b WHERE b.id = :before), :before)
ORDER BY d.subscription_id DESC
LIMIT :limit;

-- name: list_digest_trouble
-- Deliveries of one digest that ended otherwise than sent, in one such state, the newest first.
SELECT d.id, d.digest_id, g.title, g.series, l.name AS lane, s.chat, s.thread, d.state, d.reason, d.urgency, d.due,
       d.promised_at, d.ended_at, d.attempts, s.chat_name
FROM delivery d
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE d.state = :state AND d.state NOT IN ('open', 'sent') AND d.digest_id = :digest AND d.id < :before
ORDER BY d.id DESC
LIMIT :limit;

-- name: any_open
-- Any open delivery.
SELECT id FROM delivery WHERE state = 'open' LIMIT 1;

-- name: delivery
-- One delivery.
SELECT d.id, d.digest_id, g.title, g.series, l.name AS lane, s.chat, s.thread, d.state, d.reason, d.urgency, d.due,
       d.promised_at, d.ended_at, d.attempts, s.chat_name
FROM delivery d
JOIN digest g ON g.id = d.digest_id
JOIN subscription s ON s.id = d.subscription_id
JOIN lane l ON l.id = d.lane_id
WHERE d.id = :delivery;

-- name: parts
-- The parts of a delivery in the order of their intents.
SELECT id, number, attempt, action, state, reason, intended_at, ended_at, message
FROM part
WHERE delivery_id = :delivery
ORDER BY id;

-- name: inbox
-- What a subscription has been brought and still has, the newest first, as it reads after its last edit.
SELECT p.id, p.number, p.ended_at, d.digest_id, r.messages, edit.id IS NOT NULL AS edited
FROM delivery d
JOIN part p ON p.delivery_id = d.id
LEFT JOIN part edit ON edit.id = (
    SELECT max(e.id) FROM part e
    WHERE e.delivery_id = p.delivery_id AND e.number = p.number AND e.id > p.id AND e.action = 'edit'
      AND e.state = 'sent'
)
JOIN rendition r ON r.id = coalesce(edit.rendition_id, p.rendition_id)
WHERE d.subscription_id = :subscription AND p.action = 'send' AND p.state = 'sent' AND p.id < :before
  AND NOT EXISTS (
    SELECT 1 FROM part later
    WHERE later.delivery_id = p.delivery_id AND later.number = p.number AND later.id > p.id
      AND later.state = 'sent' AND later.action IN ('send', 'delete')
  )
ORDER BY p.id DESC
LIMIT :limit;

-- name: lanes
-- The lanes.
SELECT l.id, l.name, l.platform, l.account, l.paused_until, l.pause_reason, coalesce(f.value, '') AS called,
       EXISTS (SELECT 1 FROM hold h WHERE h.scope IN ('all', l.platform)) AS held
FROM lane l
LEFT JOIN fact f ON f.name = 'account:' || l.name
ORDER BY l.id;

-- name: answer_once
-- Notes that an update's effect is done; changes nothing where it was noted.
INSERT INTO answered (lane_id, update_name, at) VALUES (:lane, :update, :now)
ON CONFLICT (lane_id, update_name) DO NOTHING;

-- name: forget_answered
-- Forgets updates that no platform will repeat any more.
DELETE FROM answered WHERE at < :before;

-- name: skip_unwanted
-- Skips what is open for a subscription of series that it does not want any more.
UPDATE delivery
SET state = 'skipped', reason = 'unwanted', ended_at = :now, step = step + 1
WHERE subscription_id = :subscription AND state = 'open'
  AND NOT EXISTS (
    SELECT 1 FROM wanted w
    JOIN digest g ON g.id = delivery.digest_id
    WHERE w.series IN (g.series, '*') AND w.subscription_id = delivery.subscription_id
  );

-- name: count_promised
-- Counts deliveries of a digest that were promised one by one.
UPDATE digest SET promised = promised + :count WHERE id = :digest;

-- name: settle_doubt
-- Says what became of a part that was unknown.
UPDATE part SET state = :state, reason = :reason, ended_at = :now WHERE id = :part AND state = 'unknown';

-- name: note_settled
-- Lets whoever is at an open delivery read it again.
UPDATE delivery SET step = step + 1 WHERE id = :delivery AND state = 'open';

-- name: settle_delivery
-- A delivery that ended as unknown is sent, once none of its parts is unknown or failed any more.
UPDATE delivery
SET state = 'sent', reason = NULL, step = step + 1
WHERE id = :delivery AND state = 'unknown'
  AND NOT EXISTS (
    SELECT 1 FROM part p
    WHERE p.delivery_id = delivery.id AND (p.state = 'unknown' OR p.state = 'failed' AND p.reason <> 'again')
  );
