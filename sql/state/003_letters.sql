-- What was told of a gateway and still lasts, as JSON: what, and since when.
CREATE TABLE told (
  gateway INTEGER PRIMARY KEY,
  told TEXT NOT NULL
) STRICT;

-- Messages that wait to be sent.  `service` is the name of its block in the
-- configuration; `content` is JSON, without any address or secret.
CREATE TABLE letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  gateway INTEGER NOT NULL,
  service TEXT NOT NULL,
  content TEXT NOT NULL,
  written INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next INTEGER NOT NULL
) STRICT;
CREATE INDEX letters_of_gateway ON letters (gateway, id);
