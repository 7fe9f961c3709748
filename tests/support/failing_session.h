#pragma once

#include <functional>
#include <memory>

#include "base/error.h"
#include "db/session.h"

namespace support {

// How the calls of a session fail.
struct Fault {
  int at = 0;  // the first of them is call 1; 0: none
  base::Error::Cause cause = base::Error::Cause::refused;
  bool done = false;  // what was asked for is done, but the answer is lost
  int calls = 1;      // how many fail, from the first one on
};

// A session over another one that fails by plan.  After a call that failed as
// `lost`, nothing gets through any more: the connection is gone, and with it
// what was not committed.
class FailingSession final : public db::Session {
 public:
  // `calls` is counted up at each call, and outlives the session.
  FailingSession(std::unique_ptr<db::Session> session, Fault fault, int& calls);

  using db::Session::execute;
  using db::Session::query;
  db::Rows query(std::string_view sql, const db::Arguments& arguments) override;
  std::int64_t execute(std::string_view sql,
                       const db::Arguments& arguments) override;
  void begin() override;
  std::vector<std::string> columns(std::string_view table) override;
  std::int64_t last_id() override { return session_->last_id(); }
  const db::Dialect& dialect() const override { return dialect_; }

 private:
  void call(const std::function<void()>& work);

  std::unique_ptr<db::Session> session_;
  db::Dialect dialect_;
  Fault fault_;
  int& calls_;
  bool lost_ = false;
};

}  // namespace support
