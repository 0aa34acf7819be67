-- name: note
-- Keeps in mind that a message is still to be published to those who follow its channel.
INSERT INTO crosspost (lane_id, chat, message, noted_at) VALUES (:lane, :chat, :message, :now)
ON CONFLICT (lane_id, chat, message) DO NOTHING;

-- name: waiting
-- What a lane has still to publish, in the order in which it was noted.
SELECT c.chat, c.message FROM crosspost c JOIN lane l ON l.id = c.lane_id WHERE l.name = :lane ORDER BY c.id;

-- name: done
-- A message is published, or never will be.
DELETE FROM crosspost
WHERE lane_id = (SELECT id FROM lane WHERE name = :lane) AND chat = :chat AND message = :message;

-- name: forget_chat
-- Forgets what is still to be published in a chat.
DELETE FROM crosspost WHERE lane_id = :lane AND chat = :chat;
