#include "notify/outbox.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/messages_notify.h"

namespace notify {

namespace {

using base::WallTime;
using state::Letter;
using std::chrono::seconds;
namespace say = base::say;

constexpr std::array<seconds, 6> pauses = {seconds(2),   seconds(10),
                                           seconds(60),  seconds(300),
                                           seconds(900), seconds(3600)};
constexpr std::chrono::hours keep_trying{24};
constexpr std::size_t most_waiting = 100;  // for one service

// While a call is under way nobody else takes up its letter.
constexpr seconds longest_call =
    std::chrono::ceil<seconds>(time_limit) + seconds(5);
constexpr seconds after_error{30};

// The pause after the try that makes `tries` of them.
seconds pause_after(int tries, int soon) {
  if (tries <= soon) return pauses.front();
  const auto index = static_cast<std::size_t>(std::max(0, tries - soon - 1));
  return pauses.at(std::min(index, pauses.size() - 1));
}

// A next try that is further away was set by a clock that has been set back.
constexpr seconds longest_pause = pauses.back() + seconds(60);

// Whether there is no more trying.  A letter of a time that is yet to come,
// written by a clock that has been set back since, is as old as its tries.
bool is_too_old(const Letter& letter, int soon, WallTime now) {
  if (letter.written <= now) return now - letter.written > keep_trying;
  seconds age{0};
  for (int tries = 1; tries <= letter.tries && age <= keep_trying; ++tries)
    age += pause_after(tries, soon);
  return age > keep_trying;
}

}  // namespace

Outbox::Outbox(std::vector<Service> services, const std::string& ca_file,
               std::string gateway, const Tools& tools)
    : services_(std::move(services)),
      gateway_(std::move(gateway)),
      tools_(tools),
      sender_(std::make_unique<Sender>(tools.loop, ca_file)),
      timer_(tools.loop),
      drain_timer_(tools.loop) {}

void Outbox::change(std::vector<Service> services, const std::string& ca_file) {
  sender_ = std::make_unique<Sender>(tools_.loop, ca_file);
  services_ = std::move(services);
  traffic_.clear();
  wake();
}

void Outbox::wake() {
  try {
    look();
  } catch (const base::Error& error) {
    tools_.log.warning({say::notify_queue_lost, error.sentence()});
    timer_.set(net::Loop::now() + after_error, [this] { wake(); });
    if (drained_) end_drain(0);
  }
}

void Outbox::look() {
  std::vector<Letter> letters = waiting();
  for (const Service& service : services_)
    start(service, letters);
  set_timer(letters);
  look_at_drain(letters);
}

std::vector<Letter> Outbox::letters() {
  return tools_.state.letters(tools_.state.gateway(gateway_));
}

std::vector<Letter> Outbox::waiting() {
  std::vector<Letter> waiting = letters();
  give_up_old(waiting);
  return waiting;
}

void Outbox::give_up_old(std::vector<Letter>& letters) {
  const WallTime now = net::Loop::wall_now();
  std::map<std::string, std::size_t> counts;
  for (const Letter& letter : letters)
    ++counts[letter.service];
  std::erase_if(letters, [&](const Letter& letter) {
    std::size_t& count = counts[letter.service];
    const bool is_old = is_too_old(letter, soon_of(letter.service), now);
    if (!is_old && count <= most_waiting) return false;
    if (traffic_[letter.service].is_busy) return false;
    --count;
    tools_.state.remove_letter(letter.id);
    tools_.log.error(
        is_old ? base::Sentence{say::notify_given_up, letter.service,
                                base::rfc3339(letter.written)}
               : base::Sentence{say::notify_too_many, letter.service});
    return true;
  });
}

int Outbox::soon_of(const std::string& service) const {
  const auto found =
      std::find_if(services_.begin(), services_.end(),
                   [&](const Service& one) { return one.name == service; });
  return found == services_.end() ? 0 : found->soon;
}

bool Outbox::is_known(const std::string& service) const {
  return std::any_of(services_.begin(), services_.end(),
                     [&](const Service& one) { return one.name == service; });
}

WallTime Outbox::next_of(const Letter& letter) {
  const WallTime next = std::max(letter.next, traffic_[letter.service].hold);
  const WallTime now = net::Loop::wall_now();
  return next > now + longest_pause ? now : next;
}

// Of what is due, that which was tried least: one that a service will not take
// must not stand before the others.
void Outbox::start(const Service& service, const std::vector<Letter>& letters) {
  if (traffic_[service.name].is_busy) return;
  const WallTime now = net::Loop::wall_now();
  const Letter* chosen = nullptr;
  for (const Letter& letter : letters) {
    if (letter.service != service.name || next_of(letter) > now) continue;
    if (chosen == nullptr || letter.tries < chosen->tries) chosen = &letter;
  }
  if (chosen != nullptr) send(service, *chosen);
}

void Outbox::send(const Service& service, const Letter& letter) {
  if (!tools_.state.claim(letter, net::Loop::wall_now() + longest_call)) return;
  const auto message = core::message_in(letter.content);
  if (!message) return tools_.state.remove_letter(letter.id);
  sender_->send(service, *message,
                [this, letter, soon = service.soon](const Answer& answer) {
                  ended(letter, soon, answer);
                });
  traffic_[service.name].is_busy = true;  // its answer comes from the loop
}

void Outbox::ended(const Letter& letter, int soon, const Answer& answer) {
  traffic_[letter.service].is_busy = false;
  const bool was_sent = std::holds_alternative<Sent>(answer);
  if (tools_.on_try) tools_.on_try(letter.service, was_sent);
  try {
    if (const auto* later = std::get_if<Later>(&answer)) {
      put_off(letter, soon, *later);
    } else {
      tools_.state.remove_letter(letter.id);
    }
  } catch (const base::Error& error) {
    tools_.log.warning({say::notify_queue_lost, error.sentence()});
  }
  if (const auto* refused = std::get_if<Refused>(&answer)) {
    tools_.log.error({say::notify_refused, letter.service, refused->why});
  } else if (was_sent) {
    tools_.log.info({say::notify_was_sent, letter.service});
  }
  wake();
}

void Outbox::put_off(const Letter& letter, int soon, const Later& later) {
  const int tries = letter.tries + 1;
  const seconds pause =
      std::max(pause_after(tries, soon), later.after.value_or(seconds(0)));
  const WallTime next = net::Loop::wall_now() + pause;
  traffic_[letter.service].hold = next;
  // The first try is worth a warning, the others are in the log for who asks.
  const base::Sentence what{say::notify_later, letter.service, later.why,
                            pause.count()};
  tries == 1 ? tools_.log.warning(what) : tools_.log.debug(what);
  tools_.state.put_off(letter.id, next);
}

void Outbox::set_timer(const std::vector<Letter>& letters) {
  std::optional<WallTime> next;
  for (const Letter& letter : letters) {
    if (!is_known(letter.service) || traffic_[letter.service].is_busy) continue;
    const WallTime at = next_of(letter);
    if (!next || at < *next) next = at;
  }
  if (!next) return timer_.cancel();
  // A second at least: whoever lost a race for a letter looks again then.
  const auto rest = std::max(*next - net::Loop::wall_now(), seconds(1));
  timer_.set(net::Loop::now() + rest, [this] { wake(); });
}

void Outbox::drain(base::Milliseconds limit, net::Loop::Task done) {
  drained_ = std::move(done);
  drain_end_ = net::Loop::wall_now() + std::chrono::floor<seconds>(limit);
  drain_timer_.set(net::Loop::now() + limit, [this] {
    try {
      end_drain(letters().size());
    } catch (const base::Error&) {
      end_drain(0);
    }
  });
  wake();
}

void Outbox::look_at_drain(const std::vector<Letter>& letters) {
  if (!drained_) return;
  const bool is_over =
      std::none_of(letters.begin(), letters.end(), [this](const auto& letter) {
        return is_known(letter.service) && (traffic_[letter.service].is_busy ||
                                            next_of(letter) < drain_end_);
      });
  // What was just sent is still among the letters.
  if (is_over) end_drain(letters.size());
}

void Outbox::end_drain(std::size_t left) {
  drain_timer_.cancel();
  timer_.cancel();
  if (left > 0) tools_.log.warning({say::notify_left, left});
  if (drained_) tools_.loop.post(std::exchange(drained_, nullptr));
}

}  // namespace notify
