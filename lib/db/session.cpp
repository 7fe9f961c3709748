#include "db/session.h"

#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace db {

namespace {

std::optional<std::int64_t> whole(double real) {
  constexpr double limit = 9.2e18;  // inside of what 64 bits hold
  if (!(std::fabs(real) < limit) || std::trunc(real) != real) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(real);
}

}  // namespace

std::string Dialect::keep_existing(std::string_view column) const {
  if (!keeps_by_key) return " ON CONFLICT DO NOTHING";
  return fmt::format(R"( ON DUPLICATE KEY UPDATE "{0}" = "{0}")", column);
}

Answers Session::do_all(const Statements& statements) {
  Answers answers;
  for (const Statement& statement : statements) {
    Answer& answer = answers.emplace_back();
    if (statement.is_query()) {
      answer.rows = query(statement.sql, statement.arguments);
    } else {
      answer.met = execute(statement.sql, statement.arguments);
    }
  }
  return answers;
}

Answers Session::begin_with(const Statements& first) {
  begin();
  return do_all(first);
}

Answers Session::do_after(std::string_view sql, const Statements& statements) {
  Statements all = {{std::string(sql), {}}};
  all.insert(all.end(), statements.begin(), statements.end());
  Answers answers = do_all(all);
  answers.erase(answers.begin());
  return answers;
}

bool is_null(const Value& value) {
  return std::holds_alternative<std::nullptr_t>(value);
}

std::string text_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<Blob>(&value)) return blob->bytes;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return fmt::format("{}", *real);
  }
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "1" : "0";
  return {};
}

std::optional<std::int64_t> number_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
  if (const auto* real = std::get_if<double>(&value)) return whole(*real);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return base::whole_number(*text);
  }
  if (const auto* blob = std::get_if<Blob>(&value)) {
    return base::whole_number(blob->bytes);
  }
  return std::nullopt;
}

std::int64_t number_or_zero(const Value& value) {
  return number_of(value).value_or(0);
}

bool truth_of(const Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real != 0;
  return number_or_zero(value) != 0;
}

}  // namespace db
