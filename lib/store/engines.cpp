#include "store/engines.h"

#include "base/error.h"
#include "base/messages_db.h"

namespace store {

void look_at_engines(db::Session& session, const core::Schema& schema) {
  if (session.dialect().engine != db::Engine::mysql) return;
  const db::Rows rows = session.query(
      R"(SELECT t.table_name, t.engine FROM information_schema.tables t JOIN)"
      R"( information_schema.engines e ON e.engine = t.engine WHERE)"
      R"( t.table_schema = DATABASE() AND t.table_name IN ('channels',)"
      R"( 'abilities') AND e.transactions = 'NO' ORDER BY t.table_name DESC)");
  for (const db::Row& row : rows) {
    const std::string table = db::text_of(row.at(0));
    if (table == "abilities" && !schema.has_abilities()) continue;
    throw base::Error(
        {base::say::no_transactions, table, db::text_of(row.at(1))});
  }
}

}  // namespace store
