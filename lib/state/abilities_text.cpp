#include "state/abilities_text.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace state {

namespace {

using base::json::Document;
using base::json::Writer;
using core::Ability;
using core::AbilityEdit;
using core::AbilityEdits;

template <typename Value>
void write_nullable(Writer& writer, const std::optional<Value>& value) {
  if (value) {
    writer.value(*value);
  } else {
    writer.raw("null");
  }
}

bool is_text(const std::optional<std::string>& text) {
  return !text || base::is_utf8(*text);
}

bool is_text(const std::optional<Ability>& row) {
  return !row ||
         (is_text(row->group) && is_text(row->model) && is_text(row->tag));
}

bool is_text(const AbilityEdits& edits) {
  return is_text(edits.tag) && std::all_of(edits.rows.begin(), edits.rows.end(),
                                           [](const AbilityEdit& edit) {
                                             return is_text(edit.before) &&
                                                    is_text(edit.after);
                                           });
}

// [enabled, priority, weight, tag], or null.
std::string values_of(const std::optional<Ability>& row) {
  if (!row) return "null";
  Writer writer;
  writer.begin_array();
  write_nullable(writer, row->enabled);
  write_nullable(writer, row->priority);
  write_nullable(writer, row->weight);
  write_nullable(writer, row->tag);
  return writer.end_array().take();
}

// What edits that only differ in their models have in common.
std::string likeness_of(const AbilityEdit& edit) {
  const Ability& row = edit.before ? *edit.before : edit.after.value();
  return fmt::format(R"("group":{},"before":{},"after":{})",
                     base::json::quote(row.group), values_of(edit.before),
                     values_of(edit.after));
}

std::optional<std::string> text_in(const Document& document,
                                   const std::string& pointer) {
  const auto text = document.text(pointer);
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<Ability> row_in(const Document& document,
                              const std::string& pointer,
                              const std::string& group) {
  if (!document.is_array(pointer)) return std::nullopt;
  Ability row;
  row.group = group;
  row.enabled = document.truth(pointer + "/0");
  row.priority = document.number(pointer + "/1");
  row.weight = document.number(pointer + "/2");
  row.tag = text_in(document, pointer + "/3");
  return row;
}

}  // namespace

std::optional<std::string> text_of(const AbilityEdits& edits) {
  if (!is_text(edits)) return std::nullopt;
  std::map<std::string, std::vector<std::string>> rows;
  for (const AbilityEdit& edit : edits.rows) {
    rows[likeness_of(edit)].push_back(
        (edit.before ? edit.before : edit.after)->model);
  }
  Writer writer;
  writer.begin_object()
      .member("priority", edits.priority)
      .member("weight", edits.weight)
      .key("tag");
  write_nullable(writer, edits.tag);
  writer.key("rows").begin_array();
  for (const auto& [likeness, models] : rows) {
    Writer names;
    names.begin_array();
    for (const std::string& model : models)
      names.value(model);
    writer.raw(fmt::format(R"({{{},"models":{}}})", likeness,
                           names.end_array().take()));
  }
  return writer.end_array().end_object().take();
}

std::optional<AbilityEdits> ability_edits(std::string_view text) {
  Document document;
  if (!document.parse(text) || !document.is_array("/rows")) {
    return std::nullopt;
  }
  AbilityEdits edits{.priority = document.number("/priority").value_or(0),
                     .weight = document.number("/weight").value_or(0),
                     .tag = text_in(document, "/tag")};
  const std::size_t size = document.size("/rows");
  for (std::size_t i = 0; i < size; ++i) {
    const std::string row = fmt::format("/rows/{}", i);
    const std::string group = text_in(document, row + "/group").value_or("");
    AbilityEdit edit{row_in(document, row + "/before", group),
                     row_in(document, row + "/after", group)};
    if (!edit.before && !edit.after) return std::nullopt;
    for (std::string& model : document.texts(row + "/models", "")) {
      if (edit.before) edit.before->model = model;
      if (edit.after) edit.after->model = model;
      edits.rows.push_back(edit);
    }
  }
  return edits;
}

}  // namespace state
