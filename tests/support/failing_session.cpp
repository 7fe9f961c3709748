#include "support/failing_session.h"

#include <utility>

namespace support {

namespace {

constexpr base::Phrase made_to_fail{"made to fail", "被设为失败"};

}  // namespace

FailingSession::FailingSession(std::unique_ptr<db::Session> session,
                               Fault fault, int& calls)
    : session_(std::move(session)),
      dialect_(session_->dialect()),
      fault_(fault),
      calls_(calls) {}

db::Rows FailingSession::query(std::string_view sql,
                               const db::Arguments& arguments) {
  db::Rows rows;
  call([&] { rows = session_->query(sql, arguments); });
  return rows;
}

std::int64_t FailingSession::execute(std::string_view sql,
                                     const db::Arguments& arguments) {
  std::int64_t met = 0;
  call([&] { met = session_->execute(sql, arguments); });
  return met;
}

void FailingSession::begin() {
  call([&] { session_->begin(); });
}

std::vector<std::string> FailingSession::columns(std::string_view table) {
  std::vector<std::string> columns;
  call([&] { columns = session_->columns(table); });
  return columns;
}

void FailingSession::call(const std::function<void()>& work) {
  using Cause = base::Error::Cause;
  if (lost_) throw base::Error(made_to_fail, Cause::lost);
  ++calls_;
  const bool fails =
      fault_.at > 0 && calls_ >= fault_.at && calls_ < fault_.at + fault_.calls;
  if (!fails || fault_.done) work();
  if (!fails) return;
  if (fault_.cause == Cause::lost) {
    lost_ = true;
    session_.reset();
  }
  throw base::Error(made_to_fail, fault_.cause);
}

}  // namespace support
