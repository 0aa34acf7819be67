-- An operator knows chats by what people call them, not by their numbers.
-- `chat_name`: what people call the chat, as its platform told it last, on one line and short; empty where nobody told
-- it, and of a person's chat. It is erased with the row.
-- `mention_name`: what the chosen role was called when it was last seen; empty where nobody told it.
ALTER TABLE subscription ADD COLUMN chat_name TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN mention_name TEXT NOT NULL DEFAULT '';
CREATE INDEX subscription_mention ON subscription (id) WHERE mention <> '';
