-- name: lane
-- A lane by its name.
SELECT id FROM lane WHERE name = :name;

-- name: open_lane
-- Makes a lane.
INSERT INTO lane (name, platform, account) VALUES (:name, :platform, :account) ON CONFLICT (name) DO NOTHING;

-- name: at
-- The subscription of an address.
SELECT s.id, s.lane_id, s.chat, s.thread, s.state, s.reason, s.layout, s.language, s.zone, s.version,
       s.wait_until, s.created_at
FROM subscription s
JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.chat = :chat AND s.thread = :thread;

-- name: welcome_once
-- Notes that a place was subscribed unasked; changes nothing where it was.
INSERT INTO fact (name, value) VALUES (:name, 'yes') ON CONFLICT (name) DO NOTHING;

-- name: by_id
-- One subscription, with its address.
SELECT s.id, s.lane_id, l.name AS lane, l.platform, l.account, s.chat, s.thread, s.state, s.reason, s.layout,
       s.language, s.zone, s.mention, s.calls, s.version, s.wait_until, s.created_at, s.chat_name
FROM subscription s
JOIN lane l ON l.id = s.lane_id
WHERE s.id = :subscription;

-- name: open
-- Makes a subscription.
INSERT INTO subscription (lane_id, chat, thread, state, layout, language, zone, mention, calls, created_at)
VALUES (:lane, :chat, :thread, 'active', :layout, :language, :zone, :mention, :calls, :now)
RETURNING id;

-- name: choose
-- Gives a subscription other choices.
UPDATE subscription
SET layout = :layout, language = :language, zone = :zone, mention = :mention, calls = :calls, version = version + 1,
    mention_name = CASE WHEN mention = :mention THEN mention_name ELSE '' END
WHERE id = :subscription;

-- name: state
-- Says whether a subscription is brought anything, and why not.
UPDATE subscription SET state = :state, reason = :reason, untold = 0 WHERE id = :subscription;

-- name: subscribed_by
-- Notes who subscribed last.
UPDATE subscription SET by = :by WHERE id = :subscription;

-- name: name_chat
-- Notes what people call a chat, or one of its threads; what is called so already is not written.
UPDATE subscription SET chat_name = :chat_name
WHERE lane_id = :lane AND chat = :chat AND (:whole = 1 OR thread = :thread) AND chat_name <> :chat_name;

-- name: name_role
-- Notes what the role is called that a chat chose; what is called so already is not written.
UPDATE subscription SET mention_name = :name WHERE id = :subscription AND mention = :role AND mention_name <> :name;

-- name: calling
-- The roles that are called whenever a series comes, as pushes are; where they were chosen, and how many there are.
SELECT s.chat, s.thread, s.chat_name, s.mention, s.mention_name, count(*) OVER () AS n
FROM subscription s
WHERE s.mention <> '' AND s.state = 'active'
  AND EXISTS (SELECT 1 FROM wanted w WHERE w.subscription_id = s.id AND w.series IN (:series, '*'))
ORDER BY s.id
LIMIT :limit;

-- name: glimpse
-- How the subscription of an address stands, and what its chat is called.
SELECT s.state, s.reason, s.refusals, s.chat_name
FROM subscription s
JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.chat = :chat AND s.thread = :thread;

-- name: named
-- What people call a chat: itself, or the first of its threads of which that is known.
SELECT s.chat_name
FROM subscription s
JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.chat = :chat AND s.chat_name <> ''
ORDER BY s.thread
LIMIT 1;

-- name: names_of
-- What people call the chats that a lane brings digests to, or did.
SELECT s.chat, s.thread, s.chat_name FROM subscription s JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.chat_name <> '';

-- name: untold
-- Whoever subscribed is to be told why nothing comes, if that is somebody else than the chat itself.
UPDATE subscription SET untold = 1 WHERE id = :subscription AND by NOT IN ('', chat);

-- name: told
-- Whoever subscribed a chat need not be told any more, if it is this person.
UPDATE subscription SET untold = 0 WHERE lane_id = :lane AND chat = :chat AND by = :by AND untold = 1;

-- name: take_untold
-- Takes out who is to be told of which chat of a lane.
UPDATE subscription SET untold = 0 WHERE lane_id = :lane AND untold = 1 RETURNING by, chat, thread, language, chat_name;

-- name: unsuspend
-- Takes back a suspension for one reason.
UPDATE subscription SET state = 'active', reason = NULL, refusals = 0, untold = 0
WHERE id = :subscription AND state = 'suspended' AND reason = :reason;

-- name: refused
-- Counts that the chat may not be written to; returns how often in a row.
UPDATE subscription SET refusals = refusals + 1 WHERE id = :subscription RETURNING refusals;

-- name: go_on
-- What is open for a chat that refused waits for it no more.
UPDATE delivery SET due = 0
WHERE subscription_id = :subscription AND state = 'open'
  AND EXISTS (SELECT 1 FROM subscription s WHERE s.id = :subscription AND s.refusals > 0);

-- name: accepted
-- The chat may be written to: earlier refusals do not count, and nothing waits for them any more.
UPDATE subscription SET refusals = 0, wait_until = CASE WHEN refusals > 0 THEN 0 ELSE wait_until END
WHERE id = :subscription;

-- name: readdress
-- Gives a subscription another address.
UPDATE subscription SET chat = :chat, thread = :thread, version = version + 1 WHERE id = :subscription;

-- name: in_chat
-- The subscriptions of a chat in a lane, whatever their thread.
SELECT id, thread, state, reason, refusals FROM subscription WHERE lane_id = :lane AND chat = :chat ORDER BY id;

-- name: concerned
-- The subscriptions of a lane to a chat itself or, if it is one, to a thread; less those that were ended.
SELECT s.id FROM subscription s JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.chat = :chat AND s.thread = '' AND s.state <> 'ended'
UNION ALL
SELECT s.id FROM subscription s JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.thread = :chat AND s.thread <> '' AND s.state <> 'ended';

-- name: at_place
-- The subscription at a place in a lane.
SELECT id, state FROM subscription WHERE lane_id = :lane AND chat = :chat AND thread = :thread;

-- name: want
-- Notes that a subscription wants a series.
INSERT INTO wanted (series, subscription_id) VALUES (:series, :subscription)
ON CONFLICT (series, subscription_id) DO NOTHING;

-- name: want_nothing
-- Forgets which series a subscription wants.
DELETE FROM wanted WHERE subscription_id = :subscription;

-- name: wants
-- The series that a subscription wants.
SELECT series FROM wanted WHERE subscription_id = :subscription ORDER BY series;

-- name: count_wanting
-- How many active subscriptions want a series, those that want every one among them.
SELECT (
    SELECT count(*) FROM wanted w JOIN subscription s ON s.id = w.subscription_id
    WHERE w.series = '*' AND s.state = 'active'
) + (
    SELECT count(*) FROM wanted w JOIN subscription s ON s.id = w.subscription_id
    WHERE w.series = :series AND w.series <> '*' AND s.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM wanted e WHERE e.series = '*' AND e.subscription_id = w.subscription_id)
) AS n;

-- name: uncount
-- Takes what a subscription was not brought out of the counts of what was promised: the rest would pass for sent.
UPDATE digest SET promised = promised - 1
WHERE promised > 0 AND id IN (
    SELECT digest_id FROM delivery WHERE subscription_id = :subscription AND state <> 'sent'
);

-- name: forget_parts
-- Erases what was sent to a subscription.
DELETE FROM part WHERE delivery_id IN (SELECT id FROM delivery WHERE subscription_id = :subscription);

-- name: forget_deliveries
-- Erases what was promised to a subscription.
DELETE FROM delivery WHERE subscription_id = :subscription;

-- name: forget
-- Erases a subscription.
DELETE FROM subscription WHERE id = :subscription;

-- name: chats_of
-- The chats that a lane brings digests to, or did until they were lost; the newest first.
SELECT s.chat FROM subscription s JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.state <> 'ended'
GROUP BY s.chat
ORDER BY max(s.created_at) DESC, max(s.id) DESC;

-- name: places_of
-- The places that a lane brings digests to, or did until they were lost, with whom is called there; the newest first.
SELECT s.chat, s.thread, s.mention FROM subscription s JOIN lane l ON l.id = s.lane_id
WHERE l.name = :lane AND s.state <> 'ended'
ORDER BY s.created_at DESC, s.id DESC;
