#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "store/rows.h"

namespace store {

namespace {

// Well below what any database takes in one statement.
constexpr std::size_t rows_at_once = 200;

std::int64_t number_of(core::ChannelId channel) {
  return static_cast<std::int64_t>(channel);
}

db::Value nullable(const std::optional<std::string>& text) {
  return text ? db::Value(*text) : db::Value(nullptr);
}

db::Value nullable(const std::optional<bool>& truth) {
  return truth ? db::Value(*truth) : db::Value(nullptr);
}

db::Value nullable(const std::optional<std::int64_t>& number) {
  return number ? db::Value(*number) : db::Value(nullptr);
}

// What is neither true nor false is nothing, as NULL is.
std::optional<bool> truth(const db::Value& value) {
  const auto number = db::number_of(value);
  if (!number) return std::nullopt;
  return *number != 0;
}

// "?, ?, ?"
std::string places(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += i == 0 ? "?" : ", ?";
  }
  return text;
}

}  // namespace

struct AbilityRows::Batch {
  const core::Ability* like = nullptr;  // all are, but for their models
  std::vector<std::string> models;

  std::string condition() const {
    return fmt::format(
        R"("channel_id" = ? AND "group" = ? AND "model" IN ({}))",
        places(models.size()));
  }
  void add_to(db::Arguments& arguments, core::ChannelId channel) const {
    arguments.emplace_back(number_of(channel));
    arguments.emplace_back(like->group);
    for (const std::string& model : models) {
      arguments.emplace_back(model);
    }
  }
};

AbilityRows::AbilityRows(const core::AbilityColumns& columns,
                         const db::Dialect& dialect)
    : columns_(columns), dialect_(dialect) {}

db::Statement AbilityRows::select(
    const std::vector<core::ChannelId>& channels) const {
  db::Arguments ids;
  for (const core::ChannelId channel : channels)
    ids.emplace_back(number_of(channel));
  return {fmt::format(R"(SELECT "channel_id", "group", "model", "enabled",)"
                      R"( "priority"{}{} FROM "abilities" WHERE "channel_id")"
                      R"( IN ({}))",
                      columns_.weight ? R"(, "weight")" : "",
                      columns_.tag ? R"(, "tag")" : "", places(ids.size())),
          std::move(ids)};
}

std::map<core::ChannelId, std::vector<core::Ability>> AbilityRows::read(
    const db::Rows& rows) const {
  std::map<core::ChannelId, std::vector<core::Ability>> abilities;
  for (const db::Row& row : rows) {
    const auto channel = db::number_of(row.at(0));
    if (!channel) continue;
    core::Ability& ability =
        abilities[core::ChannelId{*channel}].emplace_back();
    ability.group = db::text_of(row.at(1));
    ability.model = db::text_of(row.at(2));
    ability.enabled = truth(row.at(3));
    ability.priority = db::number_of(row.at(4));
    if (columns_.weight) ability.weight = db::number_of(row.at(5));
    if (columns_.tag && !db::is_null(row.back())) {
      ability.tag = db::text_of(row.back());
    }
  }
  return abilities;
}

db::Statements AbilityRows::writes(
    core::ChannelId channel,
    const core::AbilitiesDifference& difference) const {
  db::Statements statements;
  for (const Batch& batch : batches(difference.stray)) {
    statements.push_back(remove(channel, batch));
  }
  for (const Batch& batch : batches(difference.wrong)) {
    statements.push_back(correct(channel, batch));
  }
  const auto& missing = difference.missing;
  for (std::size_t i = 0; i < missing.size(); i += rows_at_once) {
    statements.push_back(
        add(channel, missing, i, std::min(i + rows_at_once, missing.size())));
  }
  return statements;
}

db::Statement AbilityRows::count(core::ChannelId channel) {
  return {R"(SELECT COUNT(*) FROM "abilities" WHERE "channel_id" = ?)",
          {number_of(channel)}};
}

std::size_t AbilityRows::read_count(const db::Rows& rows) {
  return static_cast<std::size_t>(db::number_or_zero(rows.at(0).at(0)));
}

db::Statement AbilityRows::remove(core::ChannelId channel,
                                  const Batch& batch) const {
  db::Arguments arguments;
  batch.add_to(arguments, channel);
  return {fmt::format(R"(DELETE FROM "abilities" WHERE {})", batch.condition()),
          std::move(arguments)};
}

db::Statement AbilityRows::correct(core::ChannelId channel,
                                   const Batch& batch) const {
  const core::Ability& like = *batch.like;
  db::Arguments arguments = {nullable(like.enabled), nullable(like.priority)};
  if (columns_.weight) arguments.push_back(nullable(like.weight));
  if (columns_.tag) arguments.push_back(nullable(like.tag));
  batch.add_to(arguments, channel);
  return {
      fmt::format(
          R"(UPDATE "abilities" SET "enabled" = ?, "priority" = ?{}{} WHERE {})",
          columns_.weight ? R"(, "weight" = ?)" : "",
          columns_.tag ? R"(, "tag" = ?)" : "", batch.condition()),
      std::move(arguments)};
}

db::Statement AbilityRows::add(core::ChannelId channel,
                               const std::vector<core::Ability>& rows,
                               std::size_t begin, std::size_t end) const {
  const std::size_t columns =
      5U + (columns_.weight ? 1U : 0U) + (columns_.tag ? 1U : 0U);
  std::string values;
  db::Arguments arguments;
  arguments.reserve((end - begin) * columns);
  for (std::size_t i = begin; i < end; ++i) {
    const core::Ability& row = rows[i];
    values += fmt::format("{}({})", i == begin ? "" : ", ", places(columns));
    arguments.emplace_back(row.group);
    arguments.emplace_back(row.model);
    arguments.emplace_back(number_of(channel));
    arguments.push_back(nullable(row.enabled));
    arguments.push_back(nullable(row.priority));
    if (columns_.weight) arguments.push_back(nullable(row.weight));
    if (columns_.tag) arguments.push_back(nullable(row.tag));
  }
  return {
      fmt::format(R"(INSERT INTO "abilities" ("group", "model", "channel_id",)"
                  R"( "enabled", "priority"{}{}) VALUES {}{})",
                  columns_.weight ? R"(, "weight")" : "",
                  columns_.tag ? R"(, "tag")" : "", values,
                  dialect_.keep_existing("channel_id")),
      std::move(arguments)};
}

std::vector<AbilityRows::Batch> AbilityRows::batches(
    const std::vector<core::Ability>& rows) {
  std::vector<Batch> batches;
  using Likeness =
      std::tuple<std::string_view, std::optional<bool>,
                 std::optional<std::int64_t>, std::optional<std::int64_t>,
                 std::optional<std::string_view>>;
  std::map<Likeness, std::size_t> open;
  for (const core::Ability& row : rows) {
    const auto [found, is_new] = open.emplace(
        Likeness(row.group, row.enabled, row.priority, row.weight, row.tag),
        batches.size());
    if (is_new || batches[found->second].models.size() == rows_at_once) {
      found->second = batches.size();
      batches.push_back({&row, {}});
    }
    batches[found->second].models.push_back(row.model);
  }
  return batches;
}

}  // namespace store
