#include "core/examination.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/messages_probe.h"
#include "catch.h"
#include "core/names.h"
#include "talk.h"

using base::Milliseconds;
using core::Examination;
using core::Kind;
using core::Outcome;
using Names = std::vector<std::string>;

namespace {

const auto now_on_the_wall = base::wall_time(1'760'000'000);
const std::string alive = R"({"choices":[{"message":{"content":"Hi"}}]})";

Names same_keys(const Names&) {
  return {};
}

std::string list_of(const Names& names) {
  std::string list;
  for (const std::string& name : names) {
    list +=
        (list.empty() ? "" : ",") + std::string(R"({"id":")") + name + "\"}";
  }
  return "{\"data\":[" + list + "]}";
}

// A channel, an upstream that answers by model, and a clock turned by hand.
class World {
 public:
  explicit World(std::string listed) {
    channel.type = 1;
    channel.models = std::move(listed);
    schema.columns = {"channel_info"};
    enquiry = talk::enquiry_with({"sk-first-0000000"});
    policy.candidates.force_inside_models = true;
  }

  Examination& begin() {
    mapping = core::mapping_of(channel, schema).value();
    examination.emplace(Examination::Subject{.channel = channel,
                                             .schema = schema,
                                             .mapping = mapping,
                                             .memory = memory,
                                             .outdated = outdated,
                                             .enquiry = enquiry,
                                             .untestable = untestable,
                                             .now = now_on_the_wall},
                        policy, keys);
    return *examination;
  }

  // Takes the next task, if there is one, without sending it.
  core::Task* take() {
    auto next = examination->next(talk::at(clock));
    if (auto* task = std::get_if<core::Task>(&next)) {
      open.push_back(std::move(*task));
      return &open.back();
    }
    if (const auto* pause = std::get_if<core::Pause>(&next)) {
      pauses.push_back(std::chrono::duration_cast<Milliseconds>(
          pause->until - talk::at(clock)));
      clock += static_cast<int>(pauses.back().count());
    }
    return nullptr;
  }

  // Carries the oldest open task out.
  void carry_out() {
    core::Task task = std::move(open.front());
    open.pop_front();
    talk::Talk talk(*task.conversation);
    while (true) {
      const core::Step step = exchange(*task.conversation);
      if (talk::is_over(step)) break;
    }
    if (const auto until = examination->ended(task.id, talk::at(clock))) {
      rests.push_back(
          std::chrono::duration_cast<Milliseconds>(*until - talk::at(clock)));
    }
  }

  // One task after the other until it is over.
  void run() {
    int steps = 0;
    while (!examination->is_over()) {
      REQUIRE(++steps < 2000);
      if (take() != nullptr) carry_out();
    }
  }

  const core::Finding& found(const std::string& name) const {
    const auto& all = examination->findings();
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) {
      return one.candidate.name == name;
    });
    REQUIRE(at != all.end());
    return *at;
  }
  Outcome outcome(const std::string& name) const {
    return found(name).ending.outcome;
  }

  core::Channel channel;
  core::Schema schema;
  core::ModelMapping mapping;
  core::ChannelMemory memory;
  core::Enquiry enquiry;
  core::ExaminationPolicy policy;
  core::NameKeys keys = same_keys;
  base::Sentence untestable;
  bool outdated = false;

  // What is answered to a model, or to "list"; nobody is there by default.  The
  // last answer stays; status 0 is a failure of the network, 1 is silence.
  std::map<std::string, std::deque<talk::Answer>> answers;
  std::function<talk::Answer(const base::http::Request&)> upstream;

  std::vector<std::string> asked;  // the models, in order
  std::vector<base::http::Request> requests;
  std::vector<Milliseconds> pauses;
  std::vector<Milliseconds> rests;
  int clock = 0;
  std::optional<Examination> examination;
  std::deque<core::Task> open;

 private:
  static std::string model_in(const base::http::Request& request) {
    if (request.method == "GET") return "list";
    base::json::Document body;
    REQUIRE(body.parse(request.body));
    return std::string(body.text("/model").value_or(""));
  }

  talk::Answer answer_to(const base::http::Request& request) {
    if (upstream) return upstream(request);
    const auto known = answers.find(model_in(request));
    if (known == answers.end()) return {0, ""};
    talk::Answer answer = known->second.front();
    if (known->second.size() > 1) known->second.pop_front();
    return answer;
  }

  core::Step exchange(core::Conversation& conversation) {
    requests.push_back(conversation.request(base::wall_time(0)));
    asked.push_back(model_in(requests.back()));
    const talk::Answer answer = answer_to(requests.back());
    using namespace base::http;
    conversation.next(Sent{talk::at(clock)}, scratch_);
    if (answer.status < 2) {
      const auto kind =
          answer.status == 0 ? Failure::connect : Failure::timeout;
      return conversation.next(Failed{kind, "down", talk::at(clock)}, scratch_);
    }
    core::Step step = conversation.next(
        Head{answer.status, answer.headers, talk::at(clock)}, scratch_);
    if (!std::holds_alternative<core::Wait>(step)) return step;
    step = conversation.next(Chunk{answer.body, talk::at(clock)}, scratch_);
    if (!std::holds_alternative<core::Wait>(step)) return step;
    return conversation.next(Done{talk::at(clock)}, scratch_);
  }

  base::json::Document scratch_;
};

Names numbered(int count) {
  Names names;
  for (int i = 0; i < count; ++i)
    names.push_back("m" + std::to_string(i));
  return names;
}

}  // namespace

TEST_CASE("first the list is read, then every candidate is asked") {
  World world("a,b");
  world.policy.candidates.force_inside_models = false;
  world.answers = {{"list", {{200, list_of({"c", "a"})}}},
                   {"a", {{200, alive}}},
                   {"b", {{404, "no such model"}}},
                   {"c", {{200, alive}}}};
  const auto& examination = world.begin();
  world.run();
  CHECK(world.asked == Names{"list", "a", "b", "c"});
  CHECK(world.outcome("a") == Outcome::ok);
  CHECK(world.outcome("b") == Outcome::model_gone);
  CHECK(world.outcome("c") == Outcome::ok);
  CHECK(examination.offered() == 2);
  CHECK(examination.list()->outcome == Outcome::ok);
  CHECK(examination.calls() == 3);
  CHECK(world.pauses.empty());
}

TEST_CASE("the list is not asked for where it is not wanted") {
  World world("a");
  world.answers = {{"a", {{200, alive}}}};
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a"});
  CHECK(world.examination->list() == nullptr);
}

TEST_CASE("without a list the configuration's models are asked") {
  World world("a");
  world.policy.candidates.force_inside_models = false;
  world.policy.candidates.models = {"m"};
  world.answers = {{"list", {{200, "<html>"}}},
                   {"a", {{200, alive}}},
                   {"m", {{200, alive}}}};
  world.begin();
  world.run();
  CHECK(world.asked == Names{"list", "a", "m"});
  CHECK(world.examination->list()->outcome == Outcome::bad_response);
  CHECK(world.examination->candidates().source ==
        core::ListSource::configuration);
}

TEST_CASE("what may pass is asked again after two and four seconds") {
  World world("a,b,c");
  world.answers = {{"a", {{500, "x"}}},
                   {"b", {{500, "x"}, {200, alive}}},
                   {"c", {{404, "no such model"}}}};
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a", "b", "c", "a", "b", "a"});
  CHECK(world.pauses == std::vector{Milliseconds(2000), Milliseconds(4000)});
  CHECK(world.outcome("a") == Outcome::server_error);
  CHECK(world.found("a").ending.attempts == 3);
  CHECK(world.outcome("b") == Outcome::ok);
  CHECK(world.found("b").ending.attempts == 2);
  CHECK(world.found("c").ending.attempts == 1);
  CHECK(world.examination->calls() == 6);
}

TEST_CASE("the policy says how often and how late is asked again") {
  World world("a");
  world.policy.retry = {.attempts = 3, .delay = Milliseconds(10)};
  world.begin();
  world.run();
  CHECK(world.asked.size() == 4);
  CHECK(world.pauses ==
        std::vector{Milliseconds(10), Milliseconds(20), Milliseconds(40)});
  World once("a");
  once.policy.retry.attempts = 0;
  once.begin();
  once.run();
  CHECK(once.asked.size() == 1);
}

TEST_CASE("what proves nothing or enough is not asked again") {
  World world("a,b,c,d");
  world.answers = {{"a", {{429, ""}}},
                   {"b", {{400, "x"}}},
                   {"c", {{403, "model"}}},
                   {"d", {{401, ""}}}};
  world.begin();
  world.run();
  CHECK(world.asked.size() == 4);
}

TEST_CASE("five failures alike spare the rest of the channel") {
  for (const auto& [status, outcome] :
       std::map<int, Outcome>{{401, Outcome::auth_failed},
                              {402, Outcome::quota_exhausted},
                              {0, Outcome::network_error},
                              {1, Outcome::timeout}}) {
    World world(core::comma_list(numbered(300)));
    world.upstream = [status = status](const auto&) {
      return talk::Answer{status, ""};
    };
    world.begin();
    world.run();
    const bool may_pass = status < 2;
    CHECK(world.asked.size() == (may_pass ? 10 : 5));
    for (const auto& finding : world.examination->findings()) {
      REQUIRE(finding.ending.outcome == outcome);
      REQUIRE_FALSE(finding.ending.why.empty());
    }
    CHECK_FALSE(world.found("m4").spared);
    const auto& spared = world.found("m299");
    CHECK(spared.spared);
    CHECK(spared.ending.attempts == 0);
    CHECK(spared.ending.why.is(base::say::spared));
  }
}

TEST_CASE("failures that are not alike, or of other sorts, spare nobody") {
  World mixed(core::comma_list(numbered(8)));
  int count = 0;
  mixed.upstream = [&count](const auto&) {
    return talk::Answer{++count % 2 == 0 ? 401 : 402, ""};
  };
  mixed.policy.retry.attempts = 0;
  mixed.begin();
  mixed.run();
  CHECK(mixed.asked.size() == 8);  // the fifth of a sort would be the ninth
  World gone(core::comma_list(numbered(9)));
  gone.upstream = [](const auto&) {
    return talk::Answer{404, "no such model"};
  };
  gone.begin();
  gone.run();
  CHECK(gone.asked.size() == 9);
}

TEST_CASE("one answer keeps the breaker open for ever") {
  World world(core::comma_list(numbered(12)));
  world.answers = {{"m3", {{200, alive}}}};
  world.policy.retry.attempts = 0;
  world.begin();
  world.run();
  CHECK(world.asked.size() == 12);
  CHECK_FALSE(world.found("m11").spared);
}

TEST_CASE("an answer to a re-probe gives the spared ones their turn") {
  World world(core::comma_list(numbered(8)));
  for (const auto& name : numbered(8))
    world.answers[name] = {{200, alive}};
  for (const auto& name : numbered(5)) {
    world.answers[name] = {{0, ""}, {200, alive}};
  }
  world.begin();
  world.run();
  CHECK(world.asked.size() == 5 + 5 + 3);
  for (const auto& name : numbered(8)) {
    CHECK(world.outcome(name) == Outcome::ok);
    CHECK_FALSE(world.found(name).spared);
    CHECK(world.found(name).ending.why.empty());
  }
  CHECK(world.found("m7").ending.attempts == 1);
}

TEST_CASE("what waits unsent when the breaker trips is withdrawn and spared") {
  World world(core::comma_list(numbered(7)));
  world.policy.retry.attempts = 0;
  auto& examination = world.begin();
  for (int i = 0; i < 6; ++i)
    REQUIRE(world.take() != nullptr);
  const std::size_t unsent = world.open.back().id;
  for (int i = 0; i < 5; ++i)
    world.carry_out();
  CHECK_FALSE(examination.is_wanted(unsent));
  examination.withdraw(unsent);
  world.open.clear();
  world.run();
  CHECK(world.found("m5").spared);
  CHECK(world.found("m6").spared);
  CHECK(world.found("m5").ending.attempts == 0);
}

TEST_CASE("what answered last time is asked first") {
  World world("a,b,c,d");
  for (const auto* name : {"a", "b", "c", "d"}) {
    world.answers[name] = {{200, alive}};
  }
  world.memory.names["c"].outcome = Outcome::ok;
  world.memory.names["b"].outcome = Outcome::timeout;
  world.begin();
  world.run();
  CHECK(world.asked == Names{"c", "a", "b", "d"});
}

TEST_CASE("Retry-After rests the channel twice a round, and asks once more") {
  const talk::Answer limited{429, "", {{"Retry-After", "20"}}};
  World world("a,b,c");
  world.answers = {{"a", {limited, {200, alive}}},
                   {"b", {limited, limited}},
                   {"c", {limited, {200, alive}}}};
  world.begin();
  // Each rest is over before the next is asked.
  while (!world.examination->is_over()) {
    if (world.take() != nullptr) world.carry_out();
    world.clock += 30'000;
  }
  CHECK(world.rests == std::vector{Milliseconds(20'000), Milliseconds(20'000)});
  CHECK(world.asked == Names{"a", "a", "b", "b", "c"});
  CHECK(world.outcome("a") == Outcome::ok);
  CHECK(world.found("a").ending.attempts == 2);
  CHECK(world.outcome("b") == Outcome::rate_limited);
  CHECK(world.outcome("c") == Outcome::rate_limited);
}

TEST_CASE("models that are limited during one rest share it") {
  const talk::Answer limited{429, "", {{"Retry-After", "20"}}};
  World world("a,b,c");
  for (const auto* name : {"a", "b", "c"}) {
    world.answers[name] = {limited, {200, alive}};
  }
  auto& examination = world.begin();
  for (int i = 0; i < 3; ++i)
    world.take();
  for (int i = 0; i < 3; ++i)
    world.carry_out();
  world.clock += 20'000;
  world.run();
  CHECK(world.rests.size() == 3);
  CHECK(world.asked.size() == 6);
  for (const auto& finding : examination.findings()) {
    CHECK(finding.ending.outcome == Outcome::ok);
  }
}

TEST_CASE("a rest of more than 30 s is not taken") {
  World world("a,b");
  world.answers = {{"a", {{429, "", {{"Retry-After", "31"}}}}},
                   {"b", {{429, "", {{"Retry-After", "30"}}}}}};
  world.begin();
  world.run();
  CHECK(world.rests == std::vector{Milliseconds(30'000)});
  CHECK(world.asked == Names{"a", "b", "b"});
}

TEST_CASE("a list that is limited is asked for once more") {
  const talk::Answer limited{429, "", {{"Retry-After", "5"}}};
  World world("a");
  world.policy.candidates.force_inside_models = false;
  world.answers = {{"list", {limited, {200, list_of({"b"})}}},
                   {"a", {{200, alive}}},
                   {"b", {{200, alive}}}};
  world.begin();
  world.run();
  CHECK(world.asked == Names{"list", "list", "a", "b"});
  CHECK(world.rests == std::vector{Milliseconds(5000)});
}

TEST_CASE("an address with a part doubled is told, and nothing more is asked") {
  World world("a,b,c");
  world.policy.candidates.force_inside_models = false;
  world.enquiry.endpoint.base = "https://up.example/v1";
  world.upstream = [](const base::http::Request& request) -> talk::Answer {
    if (request.url.find("/v1/v1/") != std::string::npos) {
      return {404, "404 page not found"};
    }
    return {200, request.method == "GET" ? list_of({"a"}) : alive};
  };
  world.begin();
  world.run();
  CHECK(world.examination->right_address() == "https://up.example");
  CHECK(world.asked.size() == 3);  // two lists and one probe
}

TEST_CASE("without a list one probe tells the right address") {
  World world("a,b,c");
  world.enquiry.endpoint.base = "https://up.example/v1";
  world.upstream = [](const base::http::Request& request) -> talk::Answer {
    if (request.url.find("/v1/v1/") != std::string::npos) {
      return {404, "404 page not found"};
    }
    return {200, alive};
  };
  world.begin();
  world.run();
  CHECK(world.examination->right_address() == "https://up.example");
}

TEST_CASE("an address that answers is right, however odd it is") {
  World world("a,b");
  world.enquiry.endpoint.base = "https://up.example/v1";
  world.answers = {{"a", {{200, alive}}}, {"b", {{404, "404 page not found"}}}};
  world.begin();
  world.run();
  CHECK(world.examination->right_address().empty());
  CHECK(world.outcome("b") == Outcome::bad_response);
}

TEST_CASE("an address of which no form answers is not corrected") {
  World world("a,b");
  world.policy.candidates.force_inside_models = false;
  world.enquiry.endpoint.base = "https://up.example/v1";
  world.upstream = [](const auto&) {
    return talk::Answer{404, "404 page not found"};
  };
  world.begin();
  world.run();
  CHECK(world.examination->right_address().empty());
  CHECK(world.outcome("a") == Outcome::bad_response);
}

TEST_CASE("names with one target share one question") {
  World world("a,b,c");
  world.channel.model_mapping = R"({"a":"x","b":"x"})";
  world.answers = {{"x", {{500, "x"}, {200, alive}}}, {"c", {{200, alive}}}};
  world.begin();
  world.run();
  CHECK(world.asked == Names{"x", "c", "x"});
  CHECK(world.outcome("a") == Outcome::ok);
  CHECK(world.outcome("b") == Outcome::ok);
  CHECK(world.found("a").ending.attempts == 2);
  CHECK_FALSE(world.found("a").shared);
  CHECK(world.found("b").ending.attempts == 0);
  CHECK(world.found("b").shared);
  CHECK(world.examination->calls() == 3);
}

TEST_CASE("names that share a question count each for the breaker") {
  World world("a,b,c,d,e,f");
  world.channel.model_mapping = R"({"a":"x","b":"x","c":"x","d":"x","e":"x"})";
  world.upstream = [](const auto&) { return talk::Answer{401, ""}; };
  world.begin();
  world.run();
  CHECK(world.asked == Names{"x"});
  CHECK(world.found("f").spared);
}

TEST_CASE("what was seen at a time that is yet to come is due") {
  for (const int seconds : {0, 100}) {
    CAPTURE(seconds);
    World world("alive,dead");
    world.policy.recheck_alive = std::chrono::seconds(seconds);
    world.policy.recheck_dead = std::chrono::seconds(seconds);
    const auto ahead = now_on_the_wall + std::chrono::hours(24);
    world.memory.names["alive"] = {.outcome = Outcome::ok, .judged = ahead};
    world.memory.names["dead"] = {.outcome = Outcome::timeout, .judged = ahead};
    world.answers = {{"alive", {{200, alive}}}, {"dead", {{200, alive}}}};
    world.begin();
    world.run();
    CHECK(world.asked == Names{"alive", "dead"});
    CHECK(world.found("alive").due);
    CHECK(world.found("dead").due);
  }
}

TEST_CASE("what is not due keeps its outcome and costs nothing") {
  World world("young,old,dead,limited,new");
  world.policy.recheck_alive = std::chrono::seconds(100);
  world.policy.recheck_dead = std::chrono::seconds(10);
  const auto ago = [](int seconds) {
    return now_on_the_wall - std::chrono::seconds(seconds);
  };
  world.memory.names["young"] = {.outcome = Outcome::ok, .judged = ago(99)};
  world.memory.names["old"] = {.outcome = Outcome::ok, .judged = ago(100)};
  world.memory.names["dead"] = {.outcome = Outcome::timeout, .judged = ago(9)};
  world.memory.names["limited"] = {.outcome = Outcome::rate_limited,
                                   .judged = ago(1)};
  for (const auto* name : {"old", "limited", "new", "young", "dead"}) {
    world.answers[name] = {{200, alive}};
  }
  world.begin();
  world.run();
  CHECK(world.asked == Names{"old", "limited", "new"});
  CHECK_FALSE(world.found("young").due);
  CHECK(world.outcome("young") == Outcome::ok);
  CHECK_FALSE(world.found("dead").due);
  CHECK(world.outcome("dead") == Outcome::timeout);
  CHECK(world.found("dead").ending.why.is(base::say::not_due));
  CHECK(world.found("dead").ending.attempts == 0);

  world.outdated = true;
  world.asked.clear();
  world.begin();
  world.run();
  CHECK(world.asked.size() == 5);
}

TEST_CASE("the round's end cancels what is open and keeps what is known") {
  World world("a,b,c,d");
  world.answers = {{"a", {{200, alive}}},
                   {"b", {{404, "no such model"}}},
                   {"c", {{500, "x"}}}};
  auto& examination = world.begin();
  for (int i = 0; i < 3; ++i) {
    world.take();
    world.carry_out();
  }
  world.take();
  examination.cancel();
  CHECK(examination.is_over());
  CHECK(examination.was_cancelled());
  CHECK(world.outcome("a") == Outcome::ok);
  CHECK(world.outcome("b") == Outcome::model_gone);
  CHECK(world.outcome("c") == Outcome::cancelled);
  CHECK(world.outcome("d") == Outcome::cancelled);
  CHECK(std::holds_alternative<core::Over>(examination.next(talk::at(0))));
  CHECK_FALSE(examination.is_wanted(world.open.front().id));
  CHECK_FALSE(examination.ended(world.open.front().id, talk::at(0)));
}

TEST_CASE("a round that ends before the list is there cancels the list") {
  World world("a");
  world.policy.candidates.force_inside_models = false;
  auto& examination = world.begin();
  world.take();
  examination.cancel();
  CHECK(world.outcome("a") == Outcome::cancelled);
  CHECK(world.found("a").candidate.listed);
}

TEST_CASE("a channel without a recipe is not asked, and every name says why") {
  World world("a,b");
  world.policy.candidates.force_inside_models = false;
  world.untestable = {base::say::type_unknown, 99};
  world.enquiry = {};
  world.begin();
  world.run();
  CHECK(world.asked.empty());
  for (const auto* name : {"a", "b"}) {
    CHECK(world.outcome(name) == Outcome::untestable);
    CHECK(world.found(name).ending.why.is(base::say::type_unknown));
  }
}

TEST_CASE("kinds that cost are asked where the configuration names them") {
  World world("dall-e-3,o1-pro,gpt-4-gizmo-*,a");
  world.answers = {{"a", {{200, alive}}}};
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a"});
  CHECK(world.outcome("dall-e-3") == Outcome::untestable);
  CHECK(world.found("dall-e-3").ending.why.is(base::say::kind_costs));
  CHECK(world.found("dall-e-3").ending.kind == Kind::image);
  CHECK(world.found("o1-pro").ending.kind == Kind::research);
  CHECK(world.found("gpt-4-gizmo-*").ending.why.is(base::say::wildcard));
  world.policy.expensive = {Kind::image};
  world.answers["dall-e-3"] = {{200, R"({"data":[{"url":"https://x"}]})"}};
  world.begin();
  world.run();
  CHECK(world.outcome("dall-e-3") == Outcome::ok);
  CHECK(world.outcome("o1-pro") == Outcome::untestable);
}

TEST_CASE("the kind is decided by rule, by what answered, then by the name") {
  World world("text-embedding-x,plain,ruled");
  world.policy.kind_rule = [](const std::string& name) -> std::optional<Kind> {
    return name == "ruled" ? std::optional(Kind::moderation) : std::nullopt;
  };
  world.memory.names["plain"].kind = Kind::rerank;
  world.memory.names["ruled"].kind = Kind::rerank;
  world.upstream = [](const auto&) { return talk::Answer{429, ""}; };
  world.begin();
  world.run();
  CHECK(world.found("text-embedding-x").ending.kind == Kind::embedding);
  CHECK(world.found("plain").ending.kind == Kind::rerank);
  CHECK(world.found("ruled").ending.kind == Kind::moderation);
}

TEST_CASE("what once answered as chat is not asked to draw by itself") {
  World world("gpt-image-1");
  world.memory.names["gpt-image-1"].kind = Kind::chat;
  world.begin();
  world.run();
  CHECK(world.asked.empty());
}

TEST_CASE("failures behind an override that is not emulated prove nothing") {
  World world(core::comma_list(numbered(7)));
  world.enquiry.endpoint.emulated = false;
  world.answers = {{"m0", {{404, "no such model"}}}, {"m1", {{401, ""}}}};
  world.policy.retry.attempts = 0;
  world.begin();
  world.run();
  CHECK(world.outcome("m0") == Outcome::inconclusive);
  CHECK(world.found("m0").ending.why.is(base::say::not_emulated));
  CHECK(world.outcome("m1") == Outcome::auth_failed);
  CHECK(world.outcome("m6") == Outcome::inconclusive);

  World dead(core::comma_list(numbered(9)));
  dead.enquiry.endpoint.emulated = false;
  dead.begin();
  dead.run();
  CHECK(dead.found("m8").spared);
  CHECK(dead.outcome("m8") == Outcome::inconclusive);

  World fine("a");
  fine.enquiry.endpoint.emulated = false;
  fine.answers = {{"a", {{200, alive}}}};
  fine.begin();
  fine.run();
  CHECK(fine.outcome("a") == Outcome::ok);
}

TEST_CASE("a key that was refused is not tried first again") {
  World world("a,b,c");
  world.enquiry = talk::enquiry_with({"sk-first-0000000", "sk-second-111111"});
  world.upstream = [](const base::http::Request& request) -> talk::Answer {
    const auto key = base::http::value_of(request.headers, "authorization");
    if (key == "Bearer sk-first-0000000") return {401, ""};
    return {200, alive};
  };
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a", "a", "b", "c"});
  CHECK(world.found("a").ending.attempts == 2);
  CHECK(world.found("c").ending.key == 1);
  const auto& keys = world.examination->keys();
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].outcome == Outcome::auth_failed);
  CHECK(keys[1].outcome == Outcome::ok);
}

namespace {

// Three keys, the second of them disabled in the gateway.
World world_of_keys(const std::string& models,
                    const std::set<std::string>& good) {
  World world(models);
  world.schema.product = core::Product::newapi;
  world.schema.columns.insert("channel_info");
  world.channel.key = base::Secret("sk-0\nsk-1\nsk-2");
  world.channel.channel_info =
      R"({"is_multi_key":true,"multi_key_status_list":{"1":3}})";
  world.enquiry = talk::enquiry_with({"sk-0", "sk-2"});
  world.enquiry.keys[1].index = 2;
  world.enquiry.disabled_keys = {{1, base::Secret("sk-1"), false}};
  world.upstream = [good](const base::http::Request& request) -> talk::Answer {
    const auto key = base::http::value_of(request.headers, "authorization");
    return good.contains(std::string(key.substr(7))) ? talk::Answer{200, alive}
                                                     : talk::Answer{401, ""};
  };
  return world;
}

std::map<std::size_t, Outcome> seen_of_keys(const World& world) {
  std::map<std::size_t, Outcome> seen;
  for (const auto& finding : world.examination->keys()) {
    CHECK(seen.emplace(finding.key, finding.outcome).second);
  }
  return seen;
}

}  // namespace

TEST_CASE("where all keys were refused, one of them is enough to ask again") {
  World world = world_of_keys("a,b,c", {});
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a", "a", "b", "c"});
  CHECK(seen_of_keys(world) ==
        std::map<std::size_t, Outcome>{{0, Outcome::auth_failed},
                                       {2, Outcome::auth_failed}});
}

TEST_CASE("every key is tried with one model where that is wished for") {
  World world = world_of_keys("a,b", {"sk-0", "sk-1"});
  world.policy.test_all_keys = true;
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a", "b", "a", "a"});
  CHECK(seen_of_keys(world) ==
        std::map<std::size_t, Outcome>{
            {0, Outcome::ok}, {1, Outcome::ok}, {2, Outcome::auth_failed}});
  CHECK(world.outcome("a") == Outcome::ok);
  CHECK(world.examination->calls() == 4);
}

TEST_CASE("keys are tried with a model that answers, if there is one") {
  World world = world_of_keys("dead,alive", {"sk-0", "sk-1", "sk-2"});
  world.policy.test_all_keys = true;
  world.policy.retry.attempts = 0;
  const auto inner = world.upstream;
  world.upstream = [inner](const base::http::Request& request) {
    const bool dead = request.body.find("dead") != std::string::npos;
    return dead ? talk::Answer{503, ""} : inner(request);
  };
  world.begin();
  world.run();
  CHECK(world.asked == Names{"dead", "alive", "alive", "alive"});
  CHECK(seen_of_keys(world).size() == 3);
}

TEST_CASE("a channel with one key has none to be tried besides") {
  World world("a");
  world.answers = {{"a", {{200, alive}}}};
  world.policy.test_all_keys = true;
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a"});
}

TEST_CASE("a model is asked at once in the form that it answered to") {
  World world("a");
  world.upstream = [](const base::http::Request& request) -> talk::Answer {
    const bool newer =
        request.body.find("max_completion_tokens") != std::string::npos;
    if (newer) return {200, alive};
    return {400, R"({"error":{"message":"use max_completion_tokens"}})"};
  };
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a", "a"});
  const std::string form = world.found("a").ending.form;
  CHECK(form == "max_completion_tokens");
  world.memory.names["a"].form = form;
  world.asked.clear();
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a"});
  CHECK(world.found("a").ending.form == form);
  // A changed address knows nothing of that.
  world.outdated = true;
  world.asked.clear();
  world.begin();
  world.run();
  CHECK(world.asked == Names{"a", "a"});
}

TEST_CASE("nothing is asked while a task is under way that decides") {
  World world("a");
  world.policy.candidates.force_inside_models = false;
  auto& examination = world.begin();
  REQUIRE(world.take() != nullptr);
  CHECK(std::holds_alternative<core::Idle>(examination.next(talk::at(0))));
  world.carry_out();
  REQUIRE(world.take() != nullptr);
  CHECK(std::holds_alternative<core::Idle>(examination.next(talk::at(0))));
}
