#include "net/loop.h"

#include <cstdint>
#include <utility>  // Asio 1.74 forgets it

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace net {

using boost::asio::io_context;
using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

namespace {

// The task of a timer or a watch.  Asio may have queued a handler already when
// it is cancelled: each handler knows which task it was for.
struct Slot {
  Loop::Task task;
  std::uint64_t number = 0;

  std::uint64_t put(Loop::Task new_task) {
    task = std::move(new_task);
    return ++number;
  }

  void clear() { put(nullptr); }

  // The task may throw, put another one, and destroy its slot.
  void call(std::uint64_t number_then) {
    if (number_then != number || !task) return;
    std::exchange(task, nullptr)();
  }
};

}  // namespace

Loop::Loop() : context_(std::make_unique<io_context>(1)) {}
Loop::~Loop() = default;

void Loop::post(Task task) {
  boost::asio::post(*context_, std::move(task));
}

void Loop::run() {
  context_->restart();
  context_->run();
}

void Loop::stop() {
  context_->stop();
}

io_context& Loop::context() {
  return *context_;
}

struct Timer::State {
  explicit State(io_context& context) : timer(context) {}

  boost::asio::steady_timer timer;
  Slot slot;
};

Timer::Timer(Loop& loop) : state_(std::make_shared<State>(loop.context())) {}

Timer::~Timer() {
  cancel();
}

void Timer::set(base::Time at, Loop::Task task) {
  const std::uint64_t number = state_->slot.put(std::move(task));
  state_->timer.expires_at(at);
  state_->timer.async_wait([state = state_, number](error_code error) {
    if (!error) state->slot.call(number);
  });
}

void Timer::cancel() {
  state_->slot.clear();
  error_code ignored;
  state_->timer.cancel(ignored);
}

struct Watch::State {
  State(io_context& context, int fd) : descriptor(context, fd) {}

  stream_descriptor descriptor;
  Slot slot;
};

Watch::Watch(Loop& loop, int descriptor)
    : state_(std::make_shared<State>(loop.context(), descriptor)) {}

Watch::~Watch() {
  state_->slot.clear();
  state_->descriptor.release();
}

void Watch::once(Loop::Task task) {
  const std::uint64_t number = state_->slot.put(std::move(task));
  state_->descriptor.async_wait(stream_descriptor::wait_read,
                                [state = state_, number](error_code error) {
                                  if (!error) state->slot.call(number);
                                });
}

void Watch::cancel() {
  state_->slot.clear();
  error_code ignored;
  state_->descriptor.cancel(ignored);
}

}  // namespace net
