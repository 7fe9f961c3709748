-- What is shown for names of a list that have a secret in them: name, what is
-- shown for it, the next name, and so on, as a comma list.
ALTER TABLE intents ADD COLUMN shown_names TEXT NOT NULL DEFAULT '';
