-- The tables of a new-api gateway, as far as a demonstration needs them.

CREATE TABLE channels (
  id integer PRIMARY KEY,
  type integer DEFAULT 0,
  "key" text NOT NULL,
  open_ai_organization text,
  test_model text,
  status integer DEFAULT 1,
  name text,
  weight integer DEFAULT 0,
  created_time integer,
  test_time integer,
  response_time integer,
  base_url text DEFAULT '',
  other text,
  balance real,
  balance_updated_time integer,
  models text,
  "group" varchar(64) DEFAULT 'default',
  used_quota integer DEFAULT 0,
  model_mapping text,
  status_code_mapping varchar(1024) DEFAULT '',
  priority integer DEFAULT 0,
  auto_ban integer DEFAULT 1,
  other_info text,
  tag text,
  setting text,
  param_override text,
  header_override text,
  remark varchar(255),
  channel_info json,
  settings text
);

CREATE TABLE abilities (
  "group" varchar(64),
  model varchar(255),
  channel_id integer,
  enabled numeric,
  priority integer DEFAULT 0,
  weight integer DEFAULT 0,
  tag text,
  PRIMARY KEY ("group", model, channel_id)
);
