#pragma once

#include "core/product.h"
#include "db/session.h"

namespace store {

// Throws base::Error, naming the table, where MySQL or MariaDB keeps a table
// that a store writes in an engine without transactions: there a change that
// fails would be left half done.  Whatever the server says of an engine counts.
void look_at_engines(db::Session& session, const core::Schema& schema);

}  // namespace store
