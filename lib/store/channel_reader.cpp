#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "store/rows.h"

namespace store {

namespace {

using core::Channel;
using core::Product;

// Nothing where the value is no number; NULL is 0.
std::optional<std::int64_t> number(const db::Value& value) {
  return db::is_null(value) ? 0 : db::number_of(value);
}

}  // namespace

// A column and where it goes.  `read` returns false where it cannot hold that.
struct ChannelReader::Column {
  std::string_view name;
  std::vector<Product> products;  // that use it; none: all do
  bool (*read)(Channel& channel, const db::Value& value);
};

namespace {

template <std::int64_t Channel::*Member>
bool read_number(Channel& channel, const db::Value& value) {
  channel.*Member = number(value).value_or(0);
  return number(value).has_value();
}

template <std::string Channel::*Member>
bool read_text(Channel& channel, const db::Value& value) {
  channel.*Member = db::text_of(value);
  return true;
}

template <base::Secret Channel::*Member>
bool read_secret(Channel& channel, const db::Value& value) {
  channel.*Member = base::Secret(db::text_of(value));
  return true;
}

template <std::optional<std::string> Channel::*Member>
bool read_nullable(Channel& channel, const db::Value& value) {
  if (!db::is_null(value)) channel.*Member = db::text_of(value);
  return true;
}

// Nobody depends on these: what is no number there does no harm.
template <std::optional<std::int64_t> Channel::*Member>
bool read_time(Channel& channel, const db::Value& value) {
  channel.*Member = db::number_of(value);
  return true;
}

bool read_id(Channel& channel, const db::Value& value) {
  channel.id = core::ChannelId{db::number_or_zero(value)};
  return db::number_of(value).has_value();
}

bool read_auto_ban(Channel& channel, const db::Value& value) {
  if (!db::is_null(value)) channel.auto_ban = db::number_or_zero(value);
  return number(value).has_value();
}

}  // namespace

// A database that moved from one product to another has the columns of both;
// what is left over from the other means nothing.
const std::vector<ChannelReader::Column>& ChannelReader::known_columns() {
  static const std::vector<Column> columns = {
      {"id", {}, read_id},
      {"created_time", {}, read_number<&Channel::created_time>},
      {"type", {}, read_number<&Channel::type>},
      {"status", {}, read_number<&Channel::status>},
      {"name", {}, read_text<&Channel::name>},
      {"base_url", {}, read_text<&Channel::base_url>},
      {"key", {}, read_secret<&Channel::key>},
      {"models", {}, read_text<&Channel::models>},
      {"group", {}, read_text<&Channel::group>},
      {"model_mapping", {}, read_text<&Channel::model_mapping>},
      {"priority", {}, read_number<&Channel::priority>},
      {"weight", {}, read_number<&Channel::weight>},
      {"other", {}, read_text<&Channel::other>},
      {"test_time", {}, read_time<&Channel::test_time>},
      {"response_time", {}, read_time<&Channel::response_time>},
      {"tag", {Product::newapi, Product::onehub}, read_nullable<&Channel::tag>},
      {"config", {Product::oneapi}, read_text<&Channel::config>},
      {"auto_ban", {Product::newapi}, read_auto_ban},
      {"other_info", {Product::newapi}, read_nullable<&Channel::other_info>},
      {"open_ai_organization",
       {Product::newapi},
       read_text<&Channel::organization>},
      {"channel_info", {Product::newapi}, read_text<&Channel::channel_info>},
      {"setting", {Product::newapi}, read_text<&Channel::setting>},
      {"settings", {Product::newapi}, read_text<&Channel::settings>},
      {"param_override",
       {Product::newapi},
       read_text<&Channel::param_override>},
      {"header_override",
       {Product::newapi},
       read_secret<&Channel::header_override>},
      {"model_headers",
       {Product::onehub},
       read_secret<&Channel::model_headers>},
      {"custom_parameter",
       {Product::onehub},
       read_text<&Channel::custom_parameter>},
      {"proxy", {Product::onehub}, read_secret<&Channel::proxy>},
      {"plugin", {Product::onehub}, read_text<&Channel::plugin>},
  };
  return columns;
}

ChannelReader::ChannelReader(const core::Schema& schema) {
  std::string names;
  for (const Column& column : known_columns()) {
    const auto& users = column.products;
    const bool is_used =
        users.empty() ||
        std::find(users.begin(), users.end(), schema.product) != users.end();
    if (!is_used || !schema.has(std::string(column.name))) continue;
    columns_.push_back(&column);
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", column.name);
  }
  const bool softly_deleted =
      schema.product == Product::onehub && schema.has("deleted_at");
  select_ = fmt::format(R"(SELECT {} FROM "channels" WHERE {})", names,
                        softly_deleted ? R"("deleted_at" IS NULL)" : "1 = 1");
}

Channel ChannelReader::channel(const db::Row& row) const {
  Channel channel;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i]->read(channel, row.at(i))) {
      channel.malformed.emplace_back(columns_[i]->name);
    }
  }
  return channel;
}

}  // namespace store
