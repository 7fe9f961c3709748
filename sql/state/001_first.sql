-- The monitor's own memory.  Times are seconds since 1970; times that were
-- measured are milliseconds; NULL is what is not known.  Addresses, keys and
-- mappings are here only as marks: hashes keyed with `secret`.

CREATE TABLE secret (
  value BLOB NOT NULL
) STRICT;

CREATE TABLE gateways (
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE
) STRICT;

-- Every word that comes again and again: names of models, outcomes, kinds.
CREATE TABLE names (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- `kind`: 0 a round, 1 an undo, 2 a repair.  `probes` is the number of rows of
-- that round in the table of this name.
CREATE TABLE rounds (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  gateway INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER NOT NULL DEFAULT 0,
  result TEXT NOT NULL DEFAULT '',
  summary TEXT NOT NULL DEFAULT '',
  probes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX rounds_of_gateway ON rounds (gateway, id);
CREATE INDEX rounds_with_probes ON rounds (id, started, probes)
  WHERE probes > 0;

-- What is remembered of a channel.  `listed` is a comma list, `proven` a list
-- of "provider:kind".
CREATE TABLE channels (
  gateway INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  created_time INTEGER NOT NULL,
  type INTEGER NOT NULL,
  address_mark TEXT NOT NULL,
  key_mark TEXT NOT NULL,
  mapping_mark TEXT NOT NULL,
  failed INTEGER NOT NULL,
  disabled_by_us INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  listed TEXT NOT NULL,
  proven TEXT NOT NULL,
  PRIMARY KEY (gateway, channel)
) STRICT, WITHOUT ROWID;

-- What is remembered of a public name on a channel.
CREATE TABLE channel_names (
  gateway INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  name INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  outcome INTEGER,
  kind INTEGER,
  judged INTEGER NOT NULL,
  removed INTEGER,
  removed_for INTEGER,
  dismissed INTEGER NOT NULL,
  PRIMARY KEY (gateway, channel, name)
) STRICT, WITHOUT ROWID;

-- The journal: what was meant to be written to a gateway, and what became of
-- it (0 open, 1 written, 2 dropped, 3 strange).  What undo needs besides is
-- what is meant, until it is settled as written; then it is what was written.
--   vanished: there is no such channel, only abilities of it
--   undoes: the entry that this one brought back
--   other_info_kept: it was changed, and other_info_before is what was there;
--     where a secret is in it, it is not kept
--   other_info_mark: of what was left there
--   abilities: what was done to them, as JSON; NULL where that is not known
CREATE TABLE intents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  gateway INTEGER NOT NULL,
  round INTEGER NOT NULL,
  at INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  created_time INTEGER NOT NULL,
  type INTEGER NOT NULL,
  name TEXT NOT NULL,
  address_mark TEXT NOT NULL,
  key_mark TEXT NOT NULL,
  mapping_mark TEXT NOT NULL,
  channel_group TEXT NOT NULL,
  models_before TEXT NOT NULL,
  models_after TEXT NOT NULL,
  status_before INTEGER NOT NULL,
  status_after INTEGER NOT NULL,
  reason TEXT NOT NULL,
  vanished INTEGER NOT NULL,
  undoes INTEGER,
  other_info_kept INTEGER NOT NULL,
  other_info_before TEXT,
  other_info_mark TEXT NOT NULL,
  test_time_before INTEGER,
  test_time_after INTEGER,
  response_time_before INTEGER,
  response_time_after INTEGER,
  abilities TEXT,
  settled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX intents_of_gateway ON intents (gateway, id);
CREATE INDEX intents_of_round ON intents (round);
CREATE INDEX intents_open ON intents (gateway) WHERE settled = 0;
CREATE INDEX intents_undoing ON intents (undoes) WHERE undoes IS NOT NULL;

-- Every probe of the last weeks.
CREATE TABLE probes (
  round INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  name INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  http_status INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  headers_ms INTEGER,
  first_token_ms INTEGER,
  total_ms INTEGER,
  tokens_per_second REAL,
  PRIMARY KEY (round, channel, name)
) STRICT, WITHOUT ROWID;

-- Removals that a guard held.
CREATE TABLE held_removals (
  gateway INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  rounds INTEGER NOT NULL
) STRICT;
