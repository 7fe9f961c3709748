#include "state/letter_table.h"

#include "db/session.h"

namespace state {

namespace {}  // namespace

void write_news(db::Session& session, std::int64_t gateway, base::WallTime now,
                const News& news) {
  session.execute("INSERT OR REPLACE INTO told (gateway, told) VALUES (?, ?)",
                  {gateway, news.told});
  if (news.content.empty()) return;
  const std::int64_t at = base::seconds_of(now);
  for (const std::string& service : news.services) {
    session.execute(
        "INSERT INTO letters (gateway, service, content, written, next)"
        " VALUES (?, ?, ?, ?, ?)",
        {gateway, service, news.content, at, at});
  }
}

std::vector<Letter> read_letters(db::Session& session, std::int64_t gateway) {
  std::vector<Letter> letters;
  for (const db::Row& row :
       session.query("SELECT id, service, content, written, tries, next"
                     " FROM letters WHERE gateway = ? ORDER BY id",
                     {gateway})) {
    letters.push_back(
        {.id = LetterId{db::number_or_zero(row.at(0))},
         .service = db::text_of(row.at(1)),
         .content = db::text_of(row.at(2)),
         .written = base::wall_time(db::number_or_zero(row.at(3))),
         .tries = static_cast<int>(db::number_or_zero(row.at(4))),
         .next = base::wall_time(db::number_or_zero(row.at(5)))});
  }
  return letters;
}

bool claim_letter(db::Session& session, const Letter& letter,
                  base::WallTime next) {
  return session.execute(
             "UPDATE letters SET tries = tries + 1, next = ?"
             " WHERE id = ? AND tries = ?",
             {base::seconds_of(next), static_cast<std::int64_t>(letter.id),
              std::int64_t{letter.tries}}) == 1;
}

}  // namespace state
