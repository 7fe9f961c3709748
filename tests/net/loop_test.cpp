#include "net/loop.h"

#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.h"

using namespace std::chrono_literals;
using net::Loop;

TEST_CASE("a posted task is called from run, not from post") {
  Loop loop;
  bool called = false;
  loop.post([&] { called = true; });
  CHECK_FALSE(called);
  loop.run();
  CHECK(called);
}

TEST_CASE("a loop runs again after it was stopped") {
  Loop loop;
  int calls = 0;
  loop.post([&] {
    ++calls;
    loop.stop();
  });
  loop.post([&] { ++calls; });
  loop.run();
  CHECK(calls == 1);
  loop.run();
  CHECK(calls == 2);
}

TEST_CASE("a throwing handler throws through run, and the loop goes on") {
  Loop loop;
  int calls = 0;
  loop.post([] { throw std::runtime_error("no"); });
  loop.post([&] { ++calls; });
  CHECK_THROWS_AS(loop.run(), std::runtime_error);
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("another thread may post and stop") {
  Loop loop;
  net::Timer far(loop);
  far.set(Loop::now() + 1h, [] {});
  bool called = false;
  std::jthread other([&] {
    loop.post([&] {
      called = true;
      loop.stop();
    });
  });
  loop.run();
  CHECK(called);
}

TEST_CASE("timers go off in the order of their moments") {
  Loop loop;
  net::Timer a(loop);
  net::Timer b(loop);
  net::Timer c(loop);
  std::string order;
  a.set(Loop::now() + 20ms, [&] { order += 'a'; });
  b.set(Loop::now() + 5ms, [&] { order += 'b'; });
  c.set(Loop::now() - 1h, [&] { order += 'c'; });
  loop.run();
  CHECK(order == "cba");
}

TEST_CASE("setting a timer again forgets what was set before") {
  Loop loop;
  net::Timer timer(loop);
  std::string order;
  timer.set(Loop::now(), [&] { order += 'a'; });
  timer.set(Loop::now(), [&] { order += 'b'; });
  loop.run();
  CHECK(order == "b");
}

TEST_CASE("a timer whose moment has come may still be cancelled") {
  Loop loop;
  net::Timer first(loop);
  auto second = std::make_unique<net::Timer>(loop);
  net::Timer third(loop);
  const base::Time at = Loop::now() + 2ms;
  int calls = 0;
  first.set(at, [&] {
    second.reset();
    third.cancel();
  });
  second->set(at, [&] { ++calls; });
  third.set(at, [&] { ++calls; });
  std::this_thread::sleep_for(5ms);
  loop.run();
  CHECK(calls == 0);
}

TEST_CASE("a timer may be set and destroyed by its own task") {
  Loop loop;
  auto timer = std::make_unique<net::Timer>(loop);
  int calls = 0;
  timer->set(Loop::now(), [&] {
    const std::string kept(100, 'x');
    timer->set(Loop::now(), [&, kept] {
      timer.reset();
      calls += static_cast<int>(kept.size());
    });
    ++calls;
  });
  loop.run();
  CHECK(calls == 101);
}

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends.data()) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void write() const { REQUIRE(::write(ends[1], "x", 1) == 1); }

  std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("a watch calls once when there is something to read") {
  Loop loop;
  const Pipe pipe;
  net::Watch watch(loop, pipe.ends[0]);
  net::Timer timer(loop);
  int calls = 0;
  watch.once([&] { ++calls; });
  timer.set(Loop::now() + 5ms, [&] {
    CHECK(calls == 0);
    pipe.write();
  });
  loop.run();
  CHECK(calls == 1);
  watch.once([&] { ++calls; });  // it was not read: still there
  loop.run();
  CHECK(calls == 2);
}

TEST_CASE("a watch that is cancelled or destroyed does not call") {
  Loop loop;
  const Pipe pipe;
  pipe.write();
  std::optional<net::Watch> watch(std::in_place, loop, pipe.ends[0]);
  int calls = 0;
  watch->once([&] { ++calls; });
  SECTION("cancelled") {
    watch->cancel();
  }
  SECTION("destroyed") {
    watch.reset();
  }
  loop.run();
  CHECK(calls == 0);
}

TEST_CASE("a watch may be destroyed by its own task") {
  Loop loop;
  const Pipe pipe;
  pipe.write();
  auto watch = std::make_unique<net::Watch>(loop, pipe.ends[0]);
  watch->once([&] { watch.reset(); });
  loop.run();
  CHECK(watch == nullptr);
}
