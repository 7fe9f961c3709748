-- The rights that the monitor needs on a gateway in PostgreSQL, and no more.
-- To be run in the gateway's database; replace the password.
CREATE ROLE channel_monitor LOGIN PASSWORD 'change-me';

-- To look: enough for check, list, test, --dry-run and do_not_modify_db.
GRANT USAGE ON SCHEMA public TO channel_monitor;
GRANT SELECT ON channels TO channel_monitor;
GRANT SELECT ON abilities TO channel_monitor; -- not One Hub

-- To write.  One API and One Hub have no other_info: leave it out there.
GRANT UPDATE (models, status, other_info, test_time, response_time)
  ON channels TO channel_monitor;
GRANT INSERT, UPDATE, DELETE ON abilities TO channel_monitor; -- not One Hub
