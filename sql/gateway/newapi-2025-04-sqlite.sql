-- new-api of 2025-04 on SQLite: the tables of this gateway in our own words, with a
-- channel of every sort.  Keys and addresses are made up.

CREATE TABLE channels (
  `id` integer,
  `type` integer DEFAULT 0,
  `key` text NOT NULL,
  `open_ai_organization` text,
  `test_model` text,
  `status` integer DEFAULT 1,
  `name` text,
  `weight` integer DEFAULT 0,
  `created_time` integer,
  `test_time` integer,
  `response_time` integer,
  `base_url` text DEFAULT "",
  `other` text,
  `balance` real,
  `balance_updated_time` integer,
  `models` text,
  `group` varchar(64) DEFAULT "default",
  `used_quota` integer DEFAULT 0,
  `model_mapping` text,
  `status_code_mapping` varchar(1024) DEFAULT "",
  `priority` integer DEFAULT 0,
  `auto_ban` integer DEFAULT 1,
  `other_info` text,
  `tag` text,
  `setting` text,
  `param_override` text,
  PRIMARY KEY (`id`)
);
CREATE INDEX channels_by_name ON channels (`name`);

INSERT INTO channels (`id`, `type`, `key`, `open_ai_organization`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`, `tag`)
VALUES (1, 1, 'sk-made-up-key-0001', 'org-made-up', 1, 'plain', 5, 1760000001, 0, 0, 'http://127.0.0.1:9/plain', 1.25, 0, 'gpt-4o,gpt-4o-mini', 'default', 1234, 10, 1, '', 'batch');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`)
VALUES (2, 14, 'sk-made-up-key-0002', 1, 'two groups', 0, 1760000002, 0, 0, 'http://127.0.0.1:9/two', 0.0, 0, 'claude-sonnet,claude-haiku', 'default,vip', 0, 0, 1, '');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`)
VALUES (3, 1, 'sk-made-up-key-0003', 2, 'off by hand', 0, 1760000003, 0, 0, 'http://127.0.0.1:9/hand', 0.0, 0, 'gpt-4o,gpt-4.1', 'default', 0, 0, 1, '');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`)
VALUES (4, 1, 'sk-made-up-key-0004', 3, 'off by itself', 0, 1760000004, 0, 0, 'http://127.0.0.1:9/itself', 0.0, 0, 'gpt-4o,deepseek-chat', 'default', 0, 0, 1, '{"owner":"ops","status_reason":"status_code=401","status_time":1760000100}');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`)
VALUES (5, 1, 'sk-made-up-key-0005', 1, 'alone in its group', 0, 1760000005, 0, 0, 'http://127.0.0.1:9/alone', 0.0, 0, 'only-model', 'solo', 0, 0, 1, '');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`)
VALUES (6, 1, 'sk-made-up-key-0006', 1, '不整齐', 0, 1760000006, 0, 0, 'http://127.0.0.1:9/untidy', 0.0, 0, 'a-model, b-model ,a-model,,A-MODEL', 'default', 0, -10, 1, '');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `model_mapping`, `priority`, `auto_ban`, `other_info`)
VALUES (7, 1, 'sk-made-up-key-0007', 1, 'mapped', 0, 1760000007, 0, 0, 'http://127.0.0.1:9/mapped', 0.0, 0, 'alias,plain-model', 'default', 0, '{"alias":"real-model"}', 0, 1, '');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`)
VALUES (8, 1, 'sk-made-up-key-0008', 1, 'no address', 0, 1760000008, 0, 0, '', 0.0, 0, 'gpt-4.1', 'default', 0, 0, 1, '');
INSERT INTO channels (`id`, `type`, `key`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `model_mapping`, `priority`, `auto_ban`, `other_info`)
VALUES (9, 1, 'sk-made-up-key-0009', 1, 'broken mapping', 0, 1760000009, 0, 0, 'http://127.0.0.1:9/broken', 0.0, 0, 'gpt-4.1', 'default', 0, '{"a":', 0, 1, '');
INSERT INTO channels (`id`, `type`, `key`, `open_ai_organization`, `status`, `name`, `weight`, `created_time`, `test_time`, `response_time`, `base_url`, `balance`, `balance_updated_time`, `models`, `group`, `used_quota`, `priority`, `auto_ban`, `other_info`, `tag`, `setting`, `param_override`)
VALUES (10, 1, 'sk-made-up-key-0010', 'org-made-up', 1, 'never ban', 5, 1760000010, 0, 0, 'http://127.0.0.1:9/plain', 1.25, 0, 'gpt-4o', 'default', 1234, 10, 0, '', 'batch', '{"proxy":"http://user:secret@127.0.0.1:9"}', '{"temperature":0}');

CREATE TABLE abilities (
  `group` varchar(64),
  `model` varchar(255),
  `channel_id` integer,
  `enabled` numeric,
  `priority` integer DEFAULT 0,
  `weight` integer DEFAULT 0,
  `tag` text,
  PRIMARY KEY (`group`, `model`, `channel_id`)
);
CREATE INDEX abilities_by_channel ON abilities (`channel_id`);

INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 1, 1, 10, 5, 'batch'),
  ('default', 'gpt-4o-mini', 1, 1, 10, 5, 'batch');
INSERT INTO abilities VALUES
  ('default', 'claude-sonnet', 2, 1, 0, 0, NULL),
  ('vip', 'claude-sonnet', 2, 1, 0, 0, NULL),
  ('default', 'claude-haiku', 2, 1, 0, 0, NULL),
  ('vip', 'claude-haiku', 2, 1, 0, 0, NULL);
INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 3, 0, 0, 0, NULL),
  ('default', 'gpt-4.1', 3, 0, 0, 0, NULL);
INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 4, 0, 0, 0, NULL),
  ('default', 'deepseek-chat', 4, 0, 0, 0, NULL);
INSERT INTO abilities VALUES
  ('solo', 'only-model', 5, 1, 0, 0, NULL);
INSERT INTO abilities VALUES
  ('default', 'a-model', 6, 1, -10, 0, NULL),
  ('default', ' b-model ', 6, 1, -10, 0, NULL),
  ('default', '', 6, 1, -10, 0, NULL),
  ('default', 'A-MODEL', 6, 1, -10, 0, NULL);
INSERT INTO abilities VALUES
  ('default', 'alias', 7, 1, 0, 0, NULL),
  ('default', 'plain-model', 7, 1, 0, 0, NULL);
INSERT INTO abilities VALUES
  ('default', 'gpt-4.1', 8, 1, 0, 0, NULL);
INSERT INTO abilities VALUES
  ('default', 'gpt-4.1', 9, 1, 0, 0, NULL);
INSERT INTO abilities VALUES
  ('default', 'gpt-4o', 10, 1, 10, 5, 'batch');

CREATE TABLE options (`key` text, `value` text, PRIMARY KEY (`key`));
INSERT INTO options VALUES ('AutomaticDisableChannelEnabled', 'false');
