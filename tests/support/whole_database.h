#pragma once

#include <string>
#include <vector>

namespace support {

// Everything that is in a SQLite file, a line for each table, index and row:
// every cell as its SQL literal, so that 1, 1.0, '1' and X'31' all differ.
// Rows come in an order that only depends on what is in them.  Two files with
// equal lines are the same to every program.
std::vector<std::string> whole_database(const std::string& file);

// The lines that only one of the two has, with "-" or "+" before them: empty
// where they are the same.
std::vector<std::string> differences(const std::vector<std::string>& before,
                                     const std::vector<std::string>& after);

}  // namespace support
