#include "monitor/channel_run.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/http.h"
#include "base/json.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/endpoint.h"
#include "monitor/channel_secrets.h"
#include "monitor/policy.h"

namespace monitor {

namespace {

namespace http = base::http;

constexpr std::size_t most_traced = 4096;  // bytes of a body

// Line by line, since what is redacted comes out in one line.
std::string redacted_lines(const base::Redactor& redactor,
                           std::string_view text) {
  std::string all;
  for (const std::string_view line : base::split(text, '\n')) {
    all += redactor.redact(line) + '\n';
  }
  while (all.ends_with("\n\n"))
    all.pop_back();
  return all;
}

// Keys that the provider cannot use are as good as none.
void take_keys(Prepared& all) {
  all.untestable = {base::say::no_enabled_key};
  core::Enquiry& enquiry = all.enquiry;
  auto keys_there = core::keys_of(all.channel, all.schema);
  const base::Secret& other = enquiry.endpoint.secret;
  if (!other.empty()) keys_there = {{.index = 0, .secret = other}};
  for (core::Key& key : keys_there) {
    auto& keys = key.enabled ? enquiry.keys : enquiry.disabled_keys;
    base::Sentence why = enquiry.endpoint.provider->refuses_key(key.secret);
    if (why.empty()) {
      keys.push_back(std::move(key));
    } else if (key.enabled) {
      all.untestable = std::move(why);
    }
  }
  if (!enquiry.keys.empty()) all.untestable = {};
}

}  // namespace

Prepared prepared(const core::Channel& channel, const core::Schema& schema,
                  Known known, const RoundPolicy& policy, base::WallTime now) {
  Prepared all{.channel = channel, .schema = schema};
  all.mapping =
      core::mapping_of(all.channel, schema).value_or(core::ModelMapping());
  all.outdated = core::is_outdated(known.memory, all.channel, known.marks);
  all.memory = core::recalled(std::move(known.memory), all.channel, known.marks,
                              now, policy.memory);
  add_secrets(all.enquiry.redactor, all.channel, schema);
  auto endpoint = core::endpoint_of(all.channel, schema);
  if (auto* untestable = std::get_if<core::Untestable>(&endpoint)) {
    all.untestable = std::move(untestable->why);
    return all;
  }
  all.enquiry.endpoint = std::get<core::Endpoint>(std::move(endpoint));
  add_key_secrets(all.enquiry.redactor, all.enquiry.endpoint.secret);
  take_keys(all);
  all.host = http::host_of(all.enquiry.endpoint.base);
  all.enquiry.passes = policy.passes;
  all.enquiry.list_memory = policy.list_memory;
  const std::string& proxy = all.enquiry.endpoint.proxy.reveal();
  all.peer =
      proxy.empty() ? all.host : "proxy " + http::without_userinfo(proxy);
  all.enquiry.policy = policy.probe;
  all.enquiry.policy.timeout = limits_of(all.channel, all.host, policy).timeout;
  return all;
}

// One request after the other of one conversation.
class ChannelRun::Talk final : public net::Exchange {
 public:
  Talk(ChannelRun& run, core::Task task)
      : run_(run), id_(task.id), conversation_(std::move(task.conversation)) {}

  ~Talk() { hang_up(); }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  std::size_t id() const { return id_; }
  const core::Ending& ending() const { return conversation_->ending(); }

  void queue() {
    request_ =
        run_.tools_->client.send(run_.lane(), run_.prepared_.host, *this);
  }

  http::Request request() override {
    http::Request request = conversation_->request(net::Loop::wall_now());
    if (run_.tools_->on_trace) trace_ = tracing(request);
    return request;
  }

  void on(const http::Event& event) override {
    note(event);
    if (trace_) note_answer(event);
    act(conversation_->next(event, run_.tools_->scratch));
  }

  void hang_up() {
    if (alarm_) run_.tools_->alarms.cancel(*std::exchange(alarm_, {}));
    if (request_ != 0) run_.tools_->client.cancel(std::exchange(request_, 0));
  }

 private:
  void note(const http::Event& event) {
    core::HostRecord& host = *run_.host_;
    if (std::holds_alternative<http::Sent>(event)) {
      if (!std::exchange(was_sent_, true)) run_.sent(*this);
    } else if (std::holds_alternative<http::Head>(event)) {
      has_head_ = true;
      ++host.answers;
    } else if (std::holds_alternative<http::Done>(event)) {
      request_ = 0;
    } else if (const auto* failed = std::get_if<http::Failed>(&event)) {
      request_ = 0;
      // What we lack ourselves says nothing of the host.
      const bool is_ours = failed->kind == http::Failure::untrusting ||
                           failed->kind == http::Failure::crowded ||
                           failed->kind == http::Failure::unsendable;
      if (has_head_ || is_ours) return;
      const bool silent = failed->kind == http::Failure::timeout;
      ++(silent ? host.silent : host.failures);
    }
  }

  void act(const core::Step& step) {
    if (const auto* wait = std::get_if<core::Wait>(&step)) {
      return set_alarm(wait->until);
    }
    hang_up();
    has_head_ = false;
    tell_trace();
    if (std::holds_alternative<core::Send>(step)) return queue();
    run_.ended(*this);
  }

  struct Tracing {
    std::string request;
    std::string head;
    std::string body;
    bool is_login = false;
  };

  // What was made of a key for this request alone is as good as one.
  static std::string line_of(const http::Headers::value_type& header) {
    const bool proves = base::same_but_for_case(header.first, "authorization");
    const std::string_view value = header.second;
    if (!proves) return fmt::format("{}: {}\n", header.first, value);
    return fmt::format("{}: {}***\n", header.first,
                       value.substr(0, value.find(' ') + 1));
  }

  // A recording is no text.
  static std::string body_of(const http::Request& request) {
    if (request.is_login) return "***";
    if (request.body.find('\0') != std::string::npos) {
      return fmt::format("({} B)", request.body.size());
    }
    return request.body;
  }

  static Tracing tracing(const http::Request& request) {
    Tracing tracing{.is_login = request.is_login};
    tracing.request = request.method + ' ' + request.url + '\n';
    for (const auto& header : request.headers) {
      tracing.request += line_of(header);
    }
    tracing.request += '\n' + body_of(request);
    return tracing;
  }

  void note_answer(const http::Event& event) {
    if (const auto* head = std::get_if<http::Head>(&event)) {
      trace_->head = "HTTP " + std::to_string(head->status) + '\n';
      for (const auto& header : head->headers) {
        trace_->head += line_of(header);
      }
    } else if (const auto* chunk = std::get_if<http::Chunk>(&event)) {
      if (trace_->is_login) return;
      const std::size_t room =
          most_traced - std::min(most_traced, trace_->body.size());
      trace_->body += chunk->bytes.substr(0, room);
    } else if (const auto* failed = std::get_if<http::Failed>(&event)) {
      trace_->head += failed->text + '\n';
    }
  }

  void tell_trace() {
    if (!trace_) return;
    const base::Redactor& redactor = run_.prepared_.enquiry.redactor;
    Trace trace{.channel = run_.prepared_.channel.id};
    trace.request = redacted_lines(redactor, trace_->request);
    trace.answer = redacted_lines(redactor, trace_->head + '\n' + trace_->body);
    trace_.reset();
    run_.tools_->on_trace(trace);
  }

  void set_alarm(base::Time at) {
    if (at == alarm_at_ && alarm_) return;
    if (alarm_) run_.tools_->alarms.cancel(*std::exchange(alarm_, {}));
    alarm_at_ = at;
    if (at == base::never) return;
    alarm_ = run_.tools_->alarms.set(at, [this] {
      alarm_.reset();
      act(conversation_->tick(net::Loop::now(), run_.tools_->scratch));
    });
  }

  ChannelRun& run_;
  std::size_t id_;
  std::unique_ptr<core::Conversation> conversation_;
  net::HttpClient::Id request_ = 0;
  std::optional<Alarms::Handle> alarm_;
  base::Time alarm_at_ = base::never;
  bool was_sent_ = false;
  bool has_head_ = false;
  std::optional<Tracing> trace_;
};

ChannelRun::ChannelRun(Prepared prepared, const core::ExaminationPolicy& policy,
                       const core::NameKeys& keys, base::WallTime now)
    : prepared_(std::move(prepared)),
      examination_({.channel = prepared_.channel,
                    .schema = prepared_.schema,
                    .mapping = prepared_.mapping,
                    .memory = prepared_.memory,
                    .outdated = prepared_.outdated,
                    .enquiry = prepared_.enquiry,
                    .untestable = prepared_.untestable,
                    .now = now},
                   policy, keys) {}

ChannelRun::~ChannelRun() {
  if (pause_) tools_->alarms.cancel(*pause_);
}

void ChannelRun::begin(const Tools& tools, Called called, Over over) {
  tools_.emplace(tools);
  called_ = std::move(called);
  over_ = std::move(over);
  host_ = &tools_->hosts[prepared_.peer];
  pump();
}

void ChannelRun::cancel() {
  over_ = nullptr;
  examination_.cancel();
  talks_.clear();
  unsent_ = nullptr;
  if (pause_) tools_->alarms.cancel(*std::exchange(pause_, {}));
}

// Starts what may be started.  Only one new conversation at a time waits in the
// client's queue, so that what waits is not worth mentioning.
void ChannelRun::pump() {
  while (unsent_ == nullptr && !pause_) {
    auto next = examination_.next(net::Loop::now());
    if (auto* task = std::get_if<core::Task>(&next)) {
      start(std::move(*task));
    } else if (const auto* pause = std::get_if<core::Pause>(&next)) {
      pause_ = tools_->alarms.set(pause->until, [this] {
        pause_.reset();
        pump();
      });
    } else if (std::holds_alternative<core::Over>(next)) {
      return come_to_end();
    } else {
      return;
    }
  }
}

void ChannelRun::start(core::Task task) {
  auto talk = std::make_unique<Talk>(*this, std::move(task));
  unsent_ = talk.get();
  Talk& queued = *talk;
  talks_.emplace(queued.id(), std::move(talk));
  queued.queue();
}

void ChannelRun::sent(Talk& talk) {
  if (unsent_ != &talk) return;
  unsent_ = nullptr;
  pump();
}

void ChannelRun::ended(Talk& talk) {
  if (unsent_ == &talk) unsent_ = nullptr;
  auto entry = talks_.extract(talk.id());
  retired_ = std::move(entry.mapped());
  if (called_) called_(talk.ending());
  const base::Time now = net::Loop::now();
  if (const auto until = examination_.ended(talk.id(), now)) {
    tools_->client.hold(lane(), *until);
  }
  drop_unwanted();
  pump();
}

void ChannelRun::drop_unwanted() {
  if (examination_.is_over()) {
    talks_.clear();
    unsent_ = nullptr;
  } else if (unsent_ != nullptr && !examination_.is_wanted(unsent_->id())) {
    const std::size_t id = unsent_->id();
    unsent_ = nullptr;
    examination_.withdraw(id);
    talks_.erase(id);
  }
}

void ChannelRun::come_to_end() {
  if (!over_) return;
  const Over over = std::exchange(over_, nullptr);
  over();
}

}  // namespace monitor
