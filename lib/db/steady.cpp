#include "db/steady.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace db {

namespace {

class SteadySession final : public Session {
 public:
  SteadySession(std::unique_ptr<Session> first,
                std::function<std::unique_ptr<Session>()> open)
      : open_(std::move(open)),
        session_(std::move(first)),
        dialect_(session_->dialect()) {}

  Rows query(std::string_view sql, const Arguments& arguments) override {
    return again([&] { return session_->query(sql, arguments); });
  }

  std::int64_t execute(std::string_view sql,
                       const Arguments& arguments) override {
    const bool ends = sql == "COMMIT" || sql == "ROLLBACK";
    if (ends) in_transaction_ = false;
    if (!ends && !in_transaction_) reopen_if_lost();
    return watched([&] { return session_->execute(sql, arguments); });
  }

  Answers do_all(const Statements& statements) override {
    const auto work = [&] { return session_->do_all(statements); };
    if (std::all_of(statements.begin(), statements.end(),
                    [](const auto& one) { return one.is_query(); })) {
      return again(work);
    }
    if (!in_transaction_) reopen_if_lost();
    return watched(work);
  }

  void begin() override {
    again([&] { session_->begin(); });
    in_transaction_ = true;
  }

  Answers begin_with(const Statements& first) override {
    Answers answers = again([&] { return session_->begin_with(first); });
    in_transaction_ = true;
    return answers;
  }

  std::vector<std::string> columns(std::string_view table) override {
    return again([&] { return session_->columns(table); });
  }

  std::int64_t last_id() override {
    return watched([&] { return session_->last_id(); });
  }

  const Dialect& dialect() const override { return dialect_; }

 private:
  // Does `work`, and notes a lost connection.
  template <typename Work>
  std::invoke_result_t<Work> watched(const Work& work) {
    try {
      return work();
    } catch (const base::Error& error) {
      is_lost_ = is_lost_ || error.cause() == base::Error::Cause::lost;
      throw;
    }
  }

  // Does `work`, over another connection where the first was lost.
  template <typename Work>
  std::invoke_result_t<Work> again(const Work& work) {
    if (in_transaction_) return watched(work);
    if (!is_lost_) {
      try {
        return watched(work);
      } catch (const base::Error&) {
        if (!is_lost_) throw;
      }
    }
    reopen_if_lost();
    return watched(work);
  }

  // Whatever keeps us out - another monitor has the lock, a changed password -
  // it is the database that is gone, not one row that was refused.
  void reopen_if_lost() {
    if (!is_lost_) return;
    try {
      session_ = open_();
    } catch (const base::Error& error) {
      if (error.cause() != base::Error::Cause::refused) throw;
      throw base::Error(error.sentence(), base::Error::Cause::lost);
    }
    is_lost_ = false;
  }

  std::function<std::unique_ptr<Session>()> open_;
  std::unique_ptr<Session> session_;
  Dialect dialect_;
  bool in_transaction_ = false;
  bool is_lost_ = false;
};

}  // namespace

std::unique_ptr<Session> make_steady(
    std::unique_ptr<Session> first,
    std::function<std::unique_ptr<Session>()> open) {
  return std::make_unique<SteadySession>(std::move(first), std::move(open));
}

}  // namespace db
