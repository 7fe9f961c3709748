#pragma once

#include <string>
#include <vector>

#include "db/session.h"

namespace support {

// Everything that is in a database of any engine, a line for each table, index,
// sequence and row: every cell as its SQL literal, so that of SQLite 1, 1.0,
// '1' and X'31' all differ.  Rows come in an order that only depends on what is
// in them.  Two databases of one engine with equal lines are the same to every
// program.
std::vector<std::string> whole_database(db::Session& session);
std::vector<std::string> whole_database(const std::string& sqlite_file);

// The lines that only one of the two has, with "-" or "+" before them: empty
// where they are the same.
std::vector<std::string> differences(const std::vector<std::string>& before,
                                     const std::vector<std::string>& after);

// From now on the database itself keeps a list of the rows that are written to
// `tables`, also where a row is set to what it is: "channels UPDATE", …
void watch_writes(db::Session& session, const std::vector<std::string>& tables);
std::vector<std::string> watched_writes(db::Session& session);

}  // namespace support
