#include "core/conversation.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/messages_net.h"
#include "base/messages_probe.h"
#include "base/text.h"
#include "core/redirect.h"

namespace core {

namespace {

using base::Sentence;
using base::Time;
namespace http = base::http;
namespace say = base::say;

// How long, and how much, to read on for the usage once the model has
// answered: some relays ignore the limit of tokens.
constexpr base::Milliseconds patience{2000};
constexpr std::size_t enough_of_a_stream = std::size_t{64} << 10;
// How long to wait for the end of an answer that is complete: a connection
// that was hung up on cannot be used again.
constexpr base::Milliseconds grace{100};
// More of an answer that is an error anyway says nothing new.
constexpr std::size_t enough_of_an_error = std::size_t{64} << 10;

constexpr int most_pages = 50;
// For all pages of a list: so long, or so many times what one may take.
constexpr std::chrono::seconds longest_list{60};
constexpr int longest_list_in_pages = 5;
constexpr std::size_t most_of_a_list = std::size_t{8} << 20;
constexpr std::size_t own_of_a_list = std::size_t{1} << 20;

double milliseconds_between(Time earlier, Time later) {
  return std::chrono::duration<double, std::milli>(later - earlier).count();
}

// Also the answer to a question for another protocol (RFC 9110 15.2.2).
bool is_success(int status) {
  return (status >= 200 && status < 300) || status == 101;
}

bool is_redirect(int status) {
  return status >= 300 && status < 400;
}

bool is_about_key(Outcome outcome) {
  return outcome == Outcome::auth_failed || outcome == Outcome::quota_exhausted;
}

// "Retry-After: 20" or a date (RFC 9110 10.2.3).  A date is measured against
// the answer's own Date, so that no clock has to agree with another.
std::optional<base::Milliseconds> retry_after_of(const http::Headers& headers) {
  const auto text = base::trimmed(http::value_of(headers, "retry-after"));
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr double longest = 1e6;
  if (error == std::errc() && std::isfinite(seconds) &&
      end == text.data() + text.size()) {
    const double kept = std::clamp(seconds, 0.0, longest);
    return base::Milliseconds(static_cast<std::int64_t>(kept * 1000));
  }
  const auto until = base::http_date(text);
  const auto now = base::http_date(http::value_of(headers, "date"));
  if (!until || !now) return std::nullopt;
  return std::max(
      base::Milliseconds(0),
      std::chrono::duration_cast<base::Milliseconds>(*until - *now));
}

bool tells_retry(const http::Headers& headers) {
  return !http::value_of(headers, "retry-after").empty();
}

// Amazon says the kind of an error in a header, before a colon.
std::string error_type_of(const http::Headers& headers) {
  const std::string_view type = http::value_of(headers, "x-amzn-errortype");
  if (type.empty()) return {};
  return std::string(type.substr(0, type.find(':'))) + ' ';
}

// What belongs to one call is not the next one's.
void forget_call(Ending& ending) {
  ending.http_status = 0;
  ending.retry_after.reset();
  ending.times = {};
}

std::string model_limit_word(std::string_view model) {
  const std::string lower = base::lower(model);
  const std::string_view last =
      std::string_view(lower).substr(lower.rfind('/') + 1);
  return std::string(last);
}

// OpenAI's reasoning models refuse max_tokens (contract 6.2).
TokenLimit limit_for(std::string_view model) {
  const std::string last = model_limit_word(model);
  const bool reasoning =
      last.starts_with("gpt-5") ||
      (last.size() > 1 && last[0] == 'o' && last[1] >= '1' && last[1] <= '9');
  return reasoning ? TokenLimit::max_completion_tokens : TokenLimit::max_tokens;
}

Sentence why_failed(const http::Failed& failed, base::Milliseconds timeout,
                    const base::Redactor& redactor) {
  switch (failed.kind) {
    case http::Failure::timeout:
      return {say::no_answer_in_time, base::to_text(timeout)};
    case http::Failure::too_large: return {say::too_large};
    case http::Failure::untrusting: return {say::no_authorities};
    case http::Failure::crowded: return {say::no_descriptors};
    case http::Failure::unsendable:
      return {say::no_request, redactor.excerpt(failed.text)};
    case http::Failure::undecoded:
      return {say::undecoded, redactor.excerpt(failed.text)};
    case http::Failure::connect:
    case http::Failure::broken:
    case http::Failure::shared: break;
  }
  return {say::network, redactor.excerpt(failed.text)};
}

// What broke a connection that many calls share had perhaps nothing to do with
// this one: it is sent again, once.
bool asks_once_more(const http::Failed& failed, bool& was_sent_again) {
  return failed.kind == http::Failure::shared &&
         !std::exchange(was_sent_again, true);
}

Question usual_question(const ProbePolicy& policy, const Topic& topic) {
  Question question;
  question.kind = topic.kind;
  question.model = topic.model;
  question.public_name = topic.public_name;
  question.limit = limit_for(topic.model);
  question.prompt = policy.prompt;
  question.max_tokens = policy.max_tokens;
  question.stream = policy.stream;
  return question;
}

// What `ask` makes, or first the login without which nobody is listened to.
template <typename Ask>
http::Request request_or_login(const Enquiry& enquiry, const base::Secret& key,
                               base::WallTime now, std::optional<Login>& login,
                               const Ask& ask) {
  Asking asking{.endpoint = enquiry.endpoint, .key = key, .now = now};
  asking.pass = enquiry.passes->find(key, now);
  login.reset();
  if (asking.pass == nullptr) {
    if (auto request = enquiry.endpoint.provider->login_request(asking)) {
      login.emplace(*enquiry.passes, key, now);
      return *std::move(request);
    }
  }
  return ask(asking);
}

base::Milliseconds time_between(Time from, Time to) {
  return std::chrono::floor<base::Milliseconds>(to - from);
}

}  // namespace

bool ListMemory::borrow(std::size_t bytes) {
  if (bytes > left_) return false;
  left_ -= bytes;
  return true;
}

ProbeConversation::ProbeConversation(const Enquiry& enquiry, const Topic& topic,
                                     KeyChoice keys)
    : enquiry_(enquiry),
      question_(usual_question(enquiry.policy, topic)),
      key_(keys.first),
      only_key_(keys.only) {
  usual_.limit = question_.limit;
  usual_.stream = question_.stream;
  question_ = in_form(std::move(question_), topic.form);
}

http::Request ProbeConversation::request(base::WallTime now) {
  ++ending_.attempts;
  forget_call(ending_);
  reader_ = {};
  status_ = 0;
  told_pause_ = false;
  hang_up_ = base::never;
  http::Request request = request_or_login(
      enquiry_, key(), now, login_, [this](const Asking& asking) {
        return enquiry_.endpoint.provider->probe_request(asking, question_);
      });
  // Redirects share the time of one call.
  request.timeout = enquiry_.policy.timeout - spent_;
  if (url_.empty()) {
    url_ = request.url;
  } else {
    request.url = url_;
  }
  if (as_get_) {
    request.method = "GET";
    request.body.clear();
  }
  return request;
}

Step ProbeConversation::next(const http::Event& event,
                             base::json::Document& scratch) {
  return std::visit([&](const auto& what) { return on(what, scratch); }, event);
}

Step ProbeConversation::tick(Time now, base::json::Document& /*scratch*/) {
  if (now < hang_up_) return Wait{hang_up_};
  return conclude(heard_);
}

Step ProbeConversation::on(const http::Sent& sent, base::json::Document&) {
  sent_ = sent.now - spent_;
  heard_ = sent.now;
  return Wait{};
}

Step ProbeConversation::on(const http::Head& head, base::json::Document&) {
  status_ = head.status;
  ending_.reached = true;
  ending_.http_status = head.status;
  ending_.retry_after = retry_after_of(head.headers);
  told_pause_ = tells_retry(head.headers);
  error_type_ = error_type_of(head.headers);
  ending_.times.headers = milliseconds_between(sent_, head.now);
  if (const auto to = redirection(url_, head.status, head.headers);
      to && redirects_ < most_redirects && !login_) {
    ++redirects_;
    spent_ = time_between(sent_, head.now);
    url_ = to->url;
    as_get_ = as_get_ || to->as_get;
    return Send{};
  }
  if (is_redirect(head.status)) {
    return finish(Outcome::bad_response, {say::told_redirect, head.status},
                  head.now);
  }
  return Wait{};
}

Step ProbeConversation::on(const http::Chunk& chunk,
                           base::json::Document& scratch) {
  const bool had_evidence = reader_.reading().evidence;
  const bool had_spoken = reader_.reading().spoke;
  heard_ = chunk.now;
  if (login_) {
    login_->feed(chunk.bytes);
    return Wait{};
  }
  reader_.feed(chunk.bytes, *enquiry_.endpoint.provider, question_, scratch);
  const Reading& reading = reader_.reading();
  if (!is_success(status_)) {
    if (reader_.size() > enough_of_an_error) return conclude(chunk.now);
    return Wait{};
  }
  if (reading.spoke && !had_spoken) {
    ending_.times.first_token = milliseconds_between(sent_, chunk.now);
  }
  if (reading.evidence && !had_evidence) {
    hang_up_ = chunk.now + patience;
    read_before_ = reader_.size();
  }
  if (reading.evidence && reader_.size() - read_before_ > enough_of_a_stream) {
    return conclude(chunk.now);
  }
  if (reading.complete) hang_up_ = std::min(hang_up_, chunk.now + grace);
  return Wait{hang_up_};
}

Step ProbeConversation::on(const http::Done& done,
                           base::json::Document& scratch) {
  if (login_) return end_login(done.now, scratch);
  reader_.end(*enquiry_.endpoint.provider, question_, scratch);
  return conclude(done.now);
}

Step ProbeConversation::on(const http::Failed& failed, base::json::Document&) {
  // What came before it stands: evidence, or a status that says it all.
  if (reader_.reading().evidence || reader_.reading().failed ||
      status_ >= 400) {
    return conclude(failed.now);
  }
  if (asks_once_more(failed, was_sent_again_)) return Send{};
  return finish(outcome_of(failed.kind),
                why_failed(failed, enquiry_.policy.timeout, enquiry_.redactor),
                failed.now);
}

Step ProbeConversation::ask_again() {
  url_.clear();
  as_get_ = false;
  redirects_ = 0;
  spent_ = {};
  return Send{};
}

Step ProbeConversation::end_login(Time now, base::json::Document& scratch) {
  const auto refused =
      login_->end(*enquiry_.endpoint.provider, status_, scratch);
  if (!refused) return ask_again();
  Sentence why{say::login_refused, status_,
               enquiry_.redactor.excerpt(refused->error)};
  if (is_about_key(refused->outcome)) {
    return next_key(refused->outcome, std::move(why), now);
  }
  return finish(refused->outcome, std::move(why), now);
}

// The key is no good: another one may be.
Step ProbeConversation::next_key(Outcome outcome, Sentence why, Time now) {
  ending_.keys.push_back({enquiry_.keys.at(key_).index, outcome, why});
  enquiry_.passes->drop(key());
  if (!only_key_ && key_ + 1 < enquiry_.keys.size()) {
    ++key_;
    return ask_again();
  }
  return finish(outcome, std::move(why), now);
}

// The answer is as whole as it will be.
Step ProbeConversation::conclude(Time now) {
  hang_up_ = base::never;
  const Reading& reading = reader_.reading();
  if (reading.evidence && !reading.failed && is_success(status_)) {
    return finish(Outcome::ok, {}, now);
  }
  const std::string error = error_type_ + reading.error;
  const Answer answer{
      .status = status_, .retry_hint = told_pause_, .error = error};
  const Outcome outcome = outcome_of(answer, question_.model);
  if (is_about_key(outcome)) return next_key(outcome, told(status_), now);
  const auto other = fallback(question_, status_, error, taken_);
  if (other &&
      enquiry_.endpoint.provider->can(enquiry_.endpoint, other->kind)) {
    question_ = *other;
    return ask_again();
  }
  ending_.not_there = status_ == 404 && outcome == Outcome::bad_response;
  return finish(outcome, told(status_), now);
}

Step ProbeConversation::finish(Outcome outcome, Sentence why, Time now) {
  const Reading& reading = reader_.reading();
  ending_.outcome = outcome;
  ending_.why = std::move(why);
  ending_.kind = question_.kind;
  ending_.form = form_of(question_, usual_);
  ending_.key = enquiry_.keys.at(key_).index;
  if (sent_ != Time()) ending_.times.total = milliseconds_between(sent_, now);
  ending_.completion_tokens = reading.completion_tokens;
  ending_.total_tokens = reading.total_tokens;
  const double speaking = ending_.times.total - ending_.times.first_token;
  if (ending_.times.first_token >= 0 && reading.completion_tokens >= 2 &&
      speaking > 0) {
    ending_.tokens_per_second =
        static_cast<double>(reading.completion_tokens) / (speaking / 1000);
  }
  if (outcome == Outcome::ok) {
    ending_.keys.push_back({ending_.key, outcome, {}});
  }
  return Finished{};
}

Sentence ProbeConversation::told(int status) const {
  if (reader_.is_html()) return {say::told_html, status};
  if (reader_.size() == 0) return {say::told_empty, status};
  std::string said = enquiry_.redactor.excerpt(reader_.reading().error);
  if (said.empty()) said = enquiry_.redactor.excerpt(reader_.beginning());
  if (said.empty()) return {say::told_nothing, status};
  return {say::told, status, said};
}

ListConversation::ListConversation(const Enquiry& enquiry,
                                   std::size_t first_key)
    : enquiry_(enquiry), key_(first_key), memory_(enquiry.list_memory) {}

ListConversation::~ListConversation() {
  memory_->give_back(borrowed_);
}

http::Request ListConversation::request(base::WallTime now) {
  ++ending_.attempts;
  forget_call(ending_);
  status_ = 0;
  body_.clear();
  http::Request request = request_or_login(
      enquiry_, key(), now, login_, [this](const Asking& asking) {
        return enquiry_.endpoint.provider->list_request(asking, cursor_,
                                                        place_);
      });
  // Redirects share the time of one call.
  request.timeout = enquiry_.policy.timeout - spent_;
  request.most_body = most_of_a_list;
  if (url_.empty()) {
    url_ = request.url;
  } else {
    request.url = url_;
  }
  return request;
}

Step ListConversation::begin(const http::Head& head) {
  status_ = head.status;
  ending_.reached = true;
  ending_.http_status = head.status;
  ending_.retry_after = retry_after_of(head.headers);
  if (const auto to = redirection(url_, head.status, head.headers);
      to && redirects_ < most_redirects && !login_) {
    ++redirects_;
    spent_ = time_between(sent_, head.now);
    url_ = to->url;
    return Send{};
  }
  if (is_redirect(head.status)) {
    return finish(Outcome::bad_response, {say::told_redirect, head.status});
  }
  return Wait{};
}

Step ListConversation::next(const http::Event& event,
                            base::json::Document& scratch) {
  if (const auto* sent = std::get_if<http::Sent>(&event)) {
    sent_ = sent->now - spent_;
  } else if (const auto* head = std::get_if<http::Head>(&event)) {
    return begin(*head);
  }
  if (const auto* chunk = std::get_if<http::Chunk>(&event)) {
    return take(chunk->bytes, scratch);
  }
  if (const auto* done = std::get_if<http::Done>(&event)) {
    all_pages_ += time_between(sent_, done->now);
    return login_ ? end_login(scratch) : conclude(scratch);
  } else if (const auto* failed = std::get_if<http::Failed>(&event)) {
    if (status_ >= 400) return conclude(scratch);
    if (asks_once_more(*failed, was_sent_again_)) return Send{};
    return finish(
        outcome_of(failed->kind),
        why_failed(*failed, enquiry_.policy.timeout, enquiry_.redactor));
  }
  return Wait{};
}

Step ListConversation::take(std::string_view bytes,
                            base::json::Document& scratch) {
  if (login_) login_->feed(bytes);
  bytes_ += bytes.size();
  if (bytes_ > most_of_a_list) {
    return finish(Outcome::bad_response, {say::too_large});
  }
  if (!has_room_for(body_.size() + bytes.size())) {
    return finish(Outcome::bad_response, {say::long_lists_at_once});
  }
  body_ += bytes;
  if (!is_success(status_) && body_.size() > enough_of_an_error) {
    return conclude(scratch);
  }
  return Wait{};
}

// Makes room for a body of so many bytes, and never for more than it may have.
bool ListConversation::has_room_for(std::size_t bytes) {
  if (bytes <= body_.capacity()) return true;
  const std::size_t room =
      std::min(std::max(bytes, 2 * body_.capacity()), most_of_a_list);
  if (room > own_of_a_list + borrowed_) {
    const std::size_t more = room - own_of_a_list - borrowed_;
    if (!memory_->borrow(more)) return false;
    borrowed_ += more;
  }
  body_.reserve(room);
  return true;
}

Step ListConversation::tick(Time /*now*/, base::json::Document& /*scratch*/) {
  return Wait{};
}

Step ListConversation::conclude(base::json::Document& scratch) {
  const bool parsed = scratch.parse_of_others(body_);
  if (is_success(status_) && parsed) {
    const Step step = turn_page(scratch);
    if (!std::holds_alternative<Finished>(step) || !ids_.empty()) return step;
  }
  const std::string error = parsed ? error_in(scratch) : std::string();
  const Answer answer{.status = status_,
                      .retry_hint = ending_.retry_after.has_value(),
                      .error = error};
  Outcome outcome = outcome_of(answer, {});
  // No model was asked for, whatever a path says of "models".
  if (outcome == Outcome::model_gone) outcome = Outcome::bad_response;
  if (status_ == 404 && ids_.empty() &&
      place_ + 1 < enquiry_.endpoint.provider->list_places(enquiry_.endpoint)) {
    ++place_;
    return ask_again();
  }
  ending_.not_there = status_ == 404;
  Sentence why{say::told_no_list, status_};
  if (is_about_key(outcome)) return next_key(outcome, std::move(why));
  if (error.empty()) return finish(outcome, std::move(why));
  return finish(outcome,
                {say::told, status_, enquiry_.redactor.excerpt(error)});
}

Step ListConversation::end_login(base::json::Document& scratch) {
  const auto refused =
      login_->end(*enquiry_.endpoint.provider, status_, scratch);
  if (!refused) return ask_again();
  Sentence why{say::login_refused, status_,
               enquiry_.redactor.excerpt(refused->error)};
  if (is_about_key(refused->outcome)) {
    return next_key(refused->outcome, std::move(why));
  }
  return finish(refused->outcome, std::move(why));
}

Step ListConversation::next_key(Outcome outcome, Sentence why) {
  ending_.keys.push_back({enquiry_.keys.at(key_).index, outcome, why});
  enquiry_.passes->drop(key());
  if (key_ + 1 < enquiry_.keys.size()) {
    ++key_;
    return ask_again();
  }
  return finish(outcome, std::move(why));
}

Step ListConversation::ask_again() {
  url_.clear();
  redirects_ = 0;
  spent_ = {};
  return Send{};
}

// Takes the names of a page, and asks for the next if there is one.  A page
// that brings nothing new ends the list: else a careless server could lead us
// round and round.
Step ListConversation::turn_page(const base::json::Document& page) {
  ListPage list =
      enquiry_.endpoint.provider->read_list(page, enquiry_.endpoint);
  ++pages_;
  const std::size_t before = ids_.size();
  for (std::string& id : list.ids) {
    if (seen_.insert(id).second) ids_.push_back(std::move(id));
  }
  if (ids_.size() > before && !list.next.empty() && list.next != cursor_) {
    const base::Milliseconds longest = std::max<base::Milliseconds>(
        longest_list, longest_list_in_pages * enquiry_.policy.timeout);
    if (pages_ < most_pages && all_pages_ < longest) {
      cursor_ = std::move(list.next);
      return ask_again();
    }
    was_cut_ = true;
  }
  return finish(Outcome::ok, {});
}

// What earlier pages brought stands, whatever became of the last one.
Step ListConversation::finish(Outcome outcome, Sentence why) {
  if (outcome != Outcome::ok && !ids_.empty()) {
    was_cut_ = true;
    outcome = Outcome::ok;
    why = {};
  }
  ending_.outcome = outcome;
  ending_.why = std::move(why);
  ending_.key = enquiry_.keys.at(key_).index;
  return Finished{};
}

}  // namespace core
