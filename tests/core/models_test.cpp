#include "core/models.h"

#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "catch.h"
#include "core/report.h"

using base::Language;
using core::ModelReport;
using core::Models;
using core::Outcome;
using core::Verdict;

namespace {

std::vector<ModelReport> some_models() {
  const base::Sentence why{base::say::told, 404, "gone"};
  return {{.name = "alive",
           .kind = core::Kind::embedding,
           .listed = true,
           .outcome = Outcome::ok,
           .verdict = Verdict::keep,
           .http_status = 200,
           .attempts = 1,
           .key = 0,
           .times = {.headers = 0, .first_token = 1.5, .total = 2.25},
           .tokens_per_second = 12.5,
           .input_tokens = 3,
           .output_tokens = 4},
          {.name = "gone",
           .upstream = "theirs",
           .listed = true,
           .outcome = Outcome::model_gone,
           .verdict = Verdict::remove,
           .reason = why,
           .http_status = 404,
           .attempts = 3,
           .times = {.headers = 5, .total = 6}},
          {.name = "gone, too",
           .outcome = Outcome::model_gone,
           .reason = why,
           .due = false},
          {.name = "new", .outcome = Outcome::ok, .verdict = Verdict::add}};
}

std::string json_of(Models models) {
  core::Report report;
  report.channels.emplace_back().models = std::move(models);
  return core::json_of(report, Language::en) +
         core::table_of(report, Language::zh, false);
}

}  // namespace

TEST_CASE("packed models are reported as if they were not packed") {
  Models models = some_models();
  models.pack();
  CHECK(models.size() == 4);
  CHECK(json_of(models) == json_of(some_models()));
  const Models& looked_at = models;
  std::int64_t tokens = 0;
  for (const ModelReport& model : looked_at)
    tokens += model.input_tokens * 10 + model.output_tokens;
  CHECK(tokens == 34);
  CHECK(std::next(looked_at.begin())->upstream == "theirs");
}

TEST_CASE("whoever changes packed models finds what was packed") {
  Models models = some_models();
  models.pack();
  models.pack();
  models[1].verdict = Verdict::hold;
  models.push_back({.name = "last"});
  models.pack();
  auto wanted = some_models();
  wanted[1].verdict = Verdict::hold;
  wanted.push_back({.name = "last"});
  CHECK(models.size() == 5);
  CHECK(json_of(models) == json_of(wanted));
}

TEST_CASE("no models are none, packed or not") {
  Models none;
  CHECK(none.empty());
  none.pack();
  CHECK(none.empty());
  const Models& looked_at = none;
  CHECK(looked_at.begin() == looked_at.end());
}
