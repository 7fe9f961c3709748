#pragma once

#include <functional>
#include <memory>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace net {

// One thread's event loop, Asio's.  Handlers run one at a time on the thread
// that is in run(), and may throw through it.
//
// Only post() and stop() may be called from other threads.
class Loop {
 public:
  using Task = std::function<void()>;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // The only clock of the house.
  static base::Time now() { return base::Clock::now(); }
  static base::WallTime wall_now() {
    return std::chrono::floor<std::chrono::seconds>(
        std::chrono::system_clock::now());
  }

  // Calls `task` from run(), never from inside post().
  void post(Task task);

  // Runs until stop(), or until nothing is left to wait for.  May be called
  // again.
  void run();
  void stop();

  // For a shell that brings its own sockets.
  boost::asio::io_context& context();

 private:
  std::unique_ptr<boost::asio::io_context> context_;
};

// Calls a task at a moment.  Setting it again forgets what was set before; so
// does destroying it.  The task may do either.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // A moment that has passed is now; base::never is fine.
  void set(base::Time at, Loop::Task task);
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Watches a descriptor, which stays its owner's and must outlive it.
class Watch {
 public:
  Watch(Loop& loop, int descriptor);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Calls `task` once, when there is something to read.  Asking again forgets
  // the task before; so does destroying it.  The task may do either.
  void once(Loop::Task task);
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace net
