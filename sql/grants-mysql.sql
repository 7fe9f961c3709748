-- The rights that the monitor needs on a gateway in MySQL or MariaDB, and no
-- more.  Replace oneapi by the name of the database, and the password.
CREATE USER IF NOT EXISTS 'channel_monitor'@'%' IDENTIFIED BY 'change-me';

-- To look: enough for check, list, test, --dry-run and do_not_modify_db.
GRANT SELECT ON oneapi.channels TO 'channel_monitor'@'%';
GRANT SELECT ON oneapi.abilities TO 'channel_monitor'@'%'; -- not One Hub

-- To write.  One API and One Hub have no other_info: leave it out there.
-- Where `check` says that a row may not be locked, the server wants UPDATE on
-- the whole table for that.
GRANT UPDATE (models, status, other_info, test_time, response_time)
  ON oneapi.channels TO 'channel_monitor'@'%';
GRANT INSERT, UPDATE, DELETE ON oneapi.abilities TO 'channel_monitor'@'%'; -- not One Hub
