#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/messages_db.h"
#include "base/text.h"
#include "core/change.h"
#include "core/names.h"
#include "properties/property.h"
#include "properties/tables.h"

// Whatever stands in a row that its database can hold: it is read to the byte,
// and a change writes what was planned and nothing else; done again it writes
// nothing; undone, all is as it was.  A change whose names the database cannot
// hold is refused, and leaves everything as it was.

using core::Product;
using db::Engine;
using property::Cells;
using property::Column;
using property::Holds;
using property::Snapshot;
using property::Tables;

namespace {

// What is long stands in two parentheses: RC_ASSERT would write it out, also
// where it holds.

using Names = std::vector<std::string>;

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

int percent() {
  return *rc::gen::inRange(0, 100);
}

// The first characters of a text of good UTF-8.
std::string cut(const std::string& text, int most) {
  std::size_t end = 0;
  for (int left = most; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80;
    if (begins && left-- == 0) break;
  }
  return text.substr(0, end);
}

// What a column of texts can hold there: SQLite any bytes; MySQL and MariaDB
// UTF-8, NUL included; PostgreSQL UTF-8 without NUL.
std::string text_for(Engine engine, int most, int pieces = 8) {
  if (engine == Engine::sqlite) return property::any_bytes(pieces);
  std::string text = property::any_text(pieces);
  if (engine == Engine::mysql && percent() < 10) text += '\0';
  return most == 0 ? text : cut(text, most);
}

// A name with twins: by case, by accents, by blanks at its end.
std::string any_name(Engine engine) {
  if (percent() < 60) {
    return property::one_of({"gpt-4", "GPT-4", "Gpt-4", "gpt-4 ", " gpt-4",
                             "u-model", "ü-model", "Ü-MODEL", "strasse",
                             "straße", "模型", "🤖", "b/c:free", "a", "A"});
  }
  return base::replaced(text_for(engine, 60, 4), ",", ";");
}

Names any_names(Engine engine) {
  const int how_many = *rc::gen::inRange(0, 1000);
  Names names;
  if (how_many < 20) {
    const int many = how_many < 2 ? 10'000 : 300;
    for (int i = 0; i < many; ++i)
      names.push_back(fmt::format("vendor/model-{:05}", i));
  }
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i)
    names.push_back(any_name(engine));
  return names;
}

db::Value any_number(Engine engine, const Column& column) {
  const int choice = percent();
  const bool is_unsigned =
      column.what == Holds::natural && engine == Engine::mysql;
  if (choice < 10 && column.nullable) return nullptr;
  if (choice < 15 && is_unsigned) return std::string("18446744073709551615");
  if (choice < 15 && engine == Engine::sqlite) {
    return *rc::gen::element<db::Value>(std::string("abc"), 1.5, std::string());
  }
  if (choice < 30) return huge;
  if (choice < 40 && !is_unsigned) return -huge - 1;
  return std::int64_t{*rc::gen::inRange(0, 100)};
}

db::Value any_json(Engine engine) {
  std::string json = property::one_of(
      {"null", "{}", R"({"is_multi_key":false})",
       R"({"is_multi_key":true,"multi_key_status_list":{"0":2}})",
       fmt::format(R"({{"a":{}}})",
                   base::json::quote(text_for(Engine::postgres, 0)))});
  if (percent() < 20) return nullptr;
  if (engine == Engine::sqlite && percent() < 50) return db::Blob{json};
  return json;
}

db::Value any_cell(Engine engine, const Column& column) {
  switch (column.what) {
    case Holds::number:
    case Holds::natural: return any_number(engine, column);
    case Holds::real:
      if (percent() < 20) return nullptr;
      return *rc::gen::element(0.5, -1e9, 1234567.25);
    case Holds::json: return any_json(engine);
    case Holds::text: break;
  }
  if (column.nullable && percent() < 15) return nullptr;
  return text_for(engine, column.most);
}

Cells any_row(const Tables& tables, std::int64_t id) {
  const Engine engine = tables.engine();
  Cells cells;
  for (const Column& column : property::columns_of(tables.product()))
    cells[column.name] = any_cell(engine, column);
  cells["id"] = id;
  if (percent() < 85) {
    cells["status"] = std::int64_t{*rc::gen::element(1, 1, 2, 3)};
    for (const char* const name :
         {"type", "weight", "created_time", "priority", "auto_ban"}) {
      if (cells.contains(name) && percent() < 85)
        cells[name] = std::int64_t{*rc::gen::inRange(0, 5)};
    }
  }
  if (percent() < 90) cells["models"] = base::joined(any_names(engine), ",");
  if (percent() < 70) {
    cells["group"] = property::one_of(
        {"default", "default,vip", "", "vip,VIP", "a,a", "默认 ,b"});
  }
  if (cells.contains("other_info") && percent() < 50) {
    cells["other_info"] =
        property::one_of({"", "{}", R"({"owner":"ops","status_time":1})", "[1]",
                          R"({"status_reason":"a","status_reason":"b"})"});
  }
  return cells;
}

property::AbilityCells any_ability(const Tables& tables, std::int64_t id) {
  const Engine engine = tables.engine();
  const auto truth = [] { return *rc::gen::arbitrary<bool>(); };
  const auto number = [] {
    return percent() < 20 ? db::Value(nullptr)
                          : db::Value(std::int64_t{*rc::gen::inRange(0, 9)});
  };
  return {.group = property::one_of({"default", "vip", "gone", ""}),
          .model = any_name(engine),
          .channel_id = id,
          .enabled = percent() < 10 ? db::Value(nullptr) : db::Value(truth()),
          .priority = number(),
          .weight = number(),
          .tag = percent() < 50 ? db::Value(nullptr)
                                : db::Value(text_for(engine, 191))};
}

struct Given {
  std::vector<Cells> rows;
  std::vector<property::AbilityCells> abilities;
};

Given any_gateway(const Tables& tables) {
  Given given;
  const std::vector<std::int64_t> ids = {1, 7, huge};
  const auto count = static_cast<std::size_t>(*rc::gen::inRange(1, 4));
  for (std::size_t i = 0; i < count; ++i) {
    given.rows.push_back(any_row(tables, ids[i]));
    const int rows = *rc::gen::inRange(0, 4);
    for (int k = 0; k < rows; ++k)
      given.abilities.push_back(any_ability(tables, ids[i]));
  }
  return given;
}

core::ChannelChange any_change(const Tables& tables,
                               const core::Channel& before) {
  core::ChannelChange change{.before = before, .now = 1'770'000'000};
  const Engine engine = tables.engine();
  const int choice = percent();
  if (choice < 70) {
    Names names = core::names_of(before.models);
    std::erase_if(names, [](const auto&) { return percent() < 30; });
    for (std::string& name : any_names(engine)) {
      if (core::may_be_listed(name, tables.store().longest_name()))
        names.push_back(std::move(name));
    }
    change.models = core::comma_list(names);
  } else if (choice < 80) {
    // No round plans such a list; the store must refuse it or have it whole.
    change.models =
        property::any_bytes() + std::string(percent() < 30 ? 300 : 0, 'x');
  }
  if (percent() < 40) change.status = *rc::gen::element(1, 3);
  if (change.status == 3) change.status_reason = property::any_text();
  if (percent() < 30) change.response_time = 42;
  return change;
}

// Whether the database itself refuses the names.
bool can_hold(Engine engine, const std::string& models) {
  if (engine == Engine::sqlite) return true;
  if (!base::is_utf8(models)) return false;
  if (engine == Engine::postgres && models.find('\0') != std::string::npos) {
    return false;
  }
  const auto names = base::split(models, ',');
  return std::all_of(names.begin(), names.end(), [](std::string_view name) {
    return cut(std::string(name), 255) == name;
  });
}

std::string text_of(const Cells& cells, const char* column) {
  const auto found = cells.find(column);
  return found == cells.end() ? "" : db::text_of(found->second);
}

// What was read of a row is what was put there.
void check_read(const core::Channel& channel, const Cells& cells,
                Product product) {
  RC_ASSERT(channel.name == text_of(cells, "name"));
  RC_ASSERT(channel.key.reveal() == text_of(cells, "key"));
  RC_ASSERT((channel.models == text_of(cells, "models")));
  RC_ASSERT(channel.group == text_of(cells, "group"));
  RC_ASSERT(channel.base_url == text_of(cells, "base_url"));
  RC_ASSERT(channel.model_mapping == text_of(cells, "model_mapping"));
  RC_ASSERT(channel.other == text_of(cells, "other"));
  RC_ASSERT(channel.setting == text_of(cells, "setting"));
  RC_ASSERT(channel.channel_info == text_of(cells, "channel_info"));
  RC_ASSERT(channel.header_override.reveal() ==
            text_of(cells, "header_override"));
  RC_ASSERT(channel.proxy.reveal() == text_of(cells, "proxy"));
  RC_ASSERT(channel.plugin == text_of(cells, "plugin"));
  RC_ASSERT(channel.custom_parameter == text_of(cells, "custom_parameter"));
  RC_ASSERT(channel.other_info.value_or("") == text_of(cells, "other_info"));
  RC_ASSERT(channel.tag.value_or("") == text_of(cells, "tag"));
  for (const Column& column : property::columns_of(product)) {
    const bool is_number =
        column.what == Holds::number || column.what == Holds::natural;
    if (!is_number || column.name == "used_quota" ||
        column.name.ends_with("_time")) {
      continue;
    }
    const db::Value& value = cells.at(column.name);
    const bool is_known =
        product == Product::newapi || column.name != "auto_ban";
    const bool is_bad =
        is_known && !db::is_null(value) && !db::number_of(value).has_value();
    RC_ASSERT(is_bad == std::count(channel.malformed.begin(),
                                   channel.malformed.end(), column.name) > 0);
  }
}

using Row = std::map<std::string, std::string>;

// The rows of `all` but for that channel, and that channel's.
std::pair<Snapshot, Snapshot> parted(const Snapshot& all, const char* column,
                                     const std::string& id) {
  std::pair<Snapshot, Snapshot> parts;
  for (const Row& row : all)
    (row.at(column) == id ? parts.second : parts.first).push_back(row);
  return parts;
}

// One run of the property.
class Run {
 public:
  Run(const Tables& tables, const Given& given)
      : tables_(tables), given_(given) {}

  void go() {
    tables_.fill(given_.rows, given_.abilities);
    channels_ = tables_.channels();
    abilities_ = tables_.abilities();
    const auto loaded = tables_.store().load();
    RC_ASSERT(loaded.size() == given_.rows.size());
    for (std::size_t i = 0; i < loaded.size(); ++i)
      check_read(loaded[i], given_.rows[i], tables_.product());
    which_ = *rc::gen::inRange<std::size_t>(0, loaded.size());
    const core::Channel before = loaded[which_];
    const auto change = any_change(tables_, before);
    const auto foreseen = tables_.store().preview(change);
    check_untouched();
    const auto result = tables_.store().apply(change);
    if (const auto* applied = std::get_if<store::Applied>(&result)) {
      RC_TAG(std::string("applied"));
      RC_ASSERT(foreseen.index() == result.index());
      check_written(change, *applied);
      repeat(change);
      undo(*applied);
      return;
    }
    check_untouched();
    check_refusal(change, result);
  }

 private:
  void check_untouched() const {
    RC_ASSERT((tables_.channels() == channels_));
    RC_ASSERT((tables_.abilities() == abilities_));
  }

  // Nothing is refused for no reason.
  void check_refusal(const core::ChannelChange& change,
                     const store::Result& result) const {
    const core::Channel& row = change.before;
    if (std::holds_alternative<store::Failed>(result)) {
      RC_TAG(std::string("refused"));
      const std::string& models = change.models.value_or(row.models);
      const auto& why = std::get<store::Failed>(result).why;
      RC_ASSERT(core::names_of(models).empty() ||
                !can_hold(tables_.engine(), models) ||
                why.is(base::say::group_uncoverable));
      return;
    }
    if (std::holds_alternative<store::ChangedMeanwhile>(result)) {
      RC_TAG(std::string("not allowed"));
      RC_ASSERT(!row.malformed.empty() || row.status == 2 ||
                (change.status && row.status != *change.status));
      return;
    }
    RC_TAG(std::string("nothing to do"));
    RC_ASSERT(std::holds_alternative<store::Unchanged>(result));
    RC_ASSERT(change.models.value_or(row.models) == row.models);
    check_abilities(row, kept_of(result));
  }

  void check_written(const core::ChannelChange& change,
                     const store::Applied& applied) const {
    const core::Channel& before = applied.before;
    const core::Channel& after = applied.after;
    if (change.models) RC_ASSERT((after.models == *change.models));
    if (!change.models) RC_ASSERT((after.models == before.models));
    if (change.status) RC_ASSERT(after.status == *change.status);
    std::set<std::string> may_differ;
    if (change.models) may_differ.insert("models");
    if (change.status && before.status != after.status) {
      may_differ.insert({"status", "other_info"});
    }
    if (change.response_time) may_differ.insert({"test_time", "response_time"});
    const Snapshot now = tables_.channels();
    RC_ASSERT(now.size() == channels_.size());
    const std::string id = place().at("id");
    for (std::size_t i = 0; i < now.size(); ++i) {
      for (const auto& [column, bytes] : now[i]) {
        if (now[i].at("id") == id && may_differ.contains(column)) continue;
        RC_ASSERT(bytes == channels_[i].at(column));
      }
    }
    const auto looked = tables_.store().look(after.id).at(0);
    RC_ASSERT((looked.models == after.models));
    RC_ASSERT(looked.status == after.status);
    RC_ASSERT(looked.other_info == after.other_info);
    RC_ASSERT((parted(tables_.abilities(), "channel_id", id).first ==
               parted(abilities_, "channel_id", id).first));
    check_abilities(looked, applied.kept);
  }

  static std::vector<store::Kept> kept_of(const store::Result& result) {
    if (const auto* applied = std::get_if<store::Applied>(&result)) {
      return applied->kept;
    }
    const auto* unchanged = std::get_if<store::Unchanged>(&result);
    return unchanged == nullptr ? std::vector<store::Kept>() : unchanged->kept;
  }

  // The abilities are those of the contract: one row for each group and name,
  // but for groups whose last rows had to stay for another channel.
  void check_abilities(const core::Channel& row,
                       const std::vector<store::Kept>& kept) const {
    if (!tables_.has_abilities()) return;
    const bool has_more = tables_.product() == Product::newapi;
    std::set<std::pair<std::string, std::string>> expected;
    for (const std::string& group : firsts(row.group)) {
      for (const std::string& model : firsts(row.models))
        expected.insert({group, model});
    }
    std::set<std::pair<std::string, std::string>> found;
    for (const core::Ability& ability : tables_.store().abilities(row.id)) {
      found.insert({ability.group, ability.model});
      RC_ASSERT(ability.enabled == (row.status == core::enabled));
      RC_ASSERT(ability.priority == row.priority);
      if (has_more) RC_ASSERT(ability.weight == row.weight);
      if (has_more) RC_ASSERT(ability.tag == row.tag);
    }
    const auto is_kept = [&](const auto& pair) {
      return std::any_of(kept.begin(), kept.end(), [&](const auto& one) {
        return one.group == pair.first;
      });
    };
    std::erase_if(found, is_kept);
    std::erase_if(expected, is_kept);
    RC_ASSERT((found == expected));
  }

  // Split as a gateway does, of names that are one to the database the first.
  Names firsts(const std::string& list) const {
    Names all;
    for (const std::string_view part : base::split(list, ','))
      all.emplace_back(part);
    Names keys = tables_.store().name_keys(all);
    if (keys.empty()) keys = all;
    std::set<std::string> seen;
    Names first;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (seen.insert(keys[i]).second) first.push_back(all[i]);
    }
    return first;
  }

  void repeat(core::ChannelChange change) const {
    const Snapshot channels = tables_.channels();
    const Snapshot abilities = tables_.abilities();
    change.before = tables_.store().look(change.before.id).at(0);
    RC_ASSERT(std::holds_alternative<store::Unchanged>(
        tables_.store().apply(change)));
    RC_ASSERT((tables_.channels() == channels));
    RC_ASSERT((tables_.abilities() == abilities));
  }

  void undo(const store::Applied& applied) const {
    const core::Channel& before = applied.before;
    const core::Channel& after = applied.after;
    core::ChannelChange back{.before = after, .now = 1'770'000'001};
    if (after.models != before.models) back.models = before.models;
    if (after.status != before.status) back.status = before.status;
    core::Restoration restoration{.abilities = applied.abilities};
    restoration.other_info = {after.other_info, before.other_info};
    restoration.test_time = {after.test_time, before.test_time};
    restoration.response_time = {after.response_time, before.response_time};
    back.restoration = std::move(restoration);
    const auto result = tables_.store().apply(back);
    RC_ASSERT(!std::holds_alternative<store::Failed>(result));
    check_undone(tables_.channels());
    const std::string id = place().at("id");
    const auto rows = parted(tables_.abilities(), "channel_id", id);
    const auto former = parted(abilities_, "channel_id", id);
    RC_ASSERT((rows.first == former.first));
    // What another channel needs stays.
    if (!applied.kept.empty() || !kept_of(result).empty()) return;
    // An enabled channel has rows in each of its groups, come what may.
    if (before.status != core::enabled ||
        rows.second.size() == former.second.size()) {
      RC_ASSERT((rows.second == former.second));
    }
    for (const Row& row : former.second) {
      RC_ASSERT(std::count(rows.second.begin(), rows.second.end(), row) == 1);
    }
  }

  // To the byte; but a list that was NULL is the empty one, and what was no
  // number where a time belongs, as only SQLite has it, is nothing.
  void check_undone(const Snapshot& now) const {
    for (std::size_t i = 0; i < now.size(); ++i) {
      for (const auto& [column, bytes] : now[i]) {
        const std::string& former = channels_[i].at(column);
        if (column == "models" && former.starts_with("null")) {
          RC_ASSERT(bytes == former || bytes.empty() || bytes == "text:");
        } else if (column.ends_with("_time") && bytes != former) {
          RC_ASSERT(bytes == "null:");
          RC_ASSERT(!former.starts_with("integer"));
        } else {
          RC_ASSERT(bytes == former);
        }
      }
    }
  }

  const Row& place() const {
    const std::string id = text_of(given_.rows[which_], "id");
    for (const Row& row : channels_) {
      std::string hex = row.at("id");
      hex.erase(0, hex.find(':') + 1);
      if (hex == base::hex(id)) return row;
    }
    throw std::logic_error("the row is not there");
  }

  const Tables& tables_;
  const Given& given_;
  Snapshot channels_;
  Snapshot abilities_;
  std::size_t which_ = 0;
};

void run_on(Product product) {
  const Engine engine =
      GENERATE(Engine::sqlite, Engine::mysql, Engine::postgres);
  CAPTURE(engine);
  const Tables tables(engine, product);
  property::holds(
      15,
      [&tables] {
        const Given given = any_gateway(tables);
        Run(tables, given).go();
      },
      false);
}

}  // namespace

TEST_CASE("any row of new-api: read, changed and undone to the byte") {
  run_on(Product::newapi);
}

TEST_CASE("any row of one-api: read, changed and undone to the byte") {
  run_on(Product::oneapi);
}

TEST_CASE("any row of one-hub: read, changed and undone to the byte") {
  run_on(Product::onehub);
}
