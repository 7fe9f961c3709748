#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace db {

// `sql` with each `?` that is not quoted replaced by what `place` gives for its
// number, from 0 on.
std::string with_places(std::string_view sql,
                        const std::function<std::string(std::size_t)>& place);

// What a server said about the statement `sql`, in one line and without the
// values in it: of what stands in quotes only what is in the statement itself
// is kept, and from the first other one to the last quote there is nothing.
std::string without_values(std::string_view words, std::string_view sql,
                           char quote);

// "process 4711 on host web1"
std::string this_process();

// What we are to PostgreSQL; at most 63 bytes are kept.
std::string application_name();

// The file of the authorities that this system trusts.
std::string system_bundle();

}  // namespace db
