#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

// What libcurl itself costs: so many POSTs of one small chat to the sites of
// bench_upstream, with nothing read, judged or written.
//
//   bench_floor BASE_URL PORTS SITES MODELS IN_FLIGHT STREAM(0|1) [CA_FILE]
//
// PORTS is a comma list; a site is asked at one of them.  One thread, one
// epoll, curl_multi_socket_action on as many multi handles as does best, with
// the sites spread over them, and connections reused.  Ends with 1 where an
// answer was not 200.

namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_multis = 8;
constexpr int enough_for_a_multi = 64;

struct Multi {
  CURLM* handle = nullptr;
  int epoll = -1;
  std::uint32_t number = 0;
  Clock::time_point timer = Clock::time_point::max();
};

struct Work {
  std::string base;
  std::vector<std::string> ports;
  int sites = 0;
  int models = 0;
  int in_flight = 0;
  bool stream = false;
  std::string ca_file;

  int next = 0;
  int running = 0;
  int failed = 0;
  int epoll = -1;
  std::vector<Multi> multis;
  curl_slist* headers = nullptr;
  std::vector<CURL*> idle;
};

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

int on_socket(CURL*, curl_socket_t socket, int what, void* data, void* known) {
  auto& multi = *static_cast<Multi*>(data);
  epoll_event event = {};
  event.data.u64 =
      (std::uint64_t{multi.number} << 32U) | static_cast<std::uint32_t>(socket);
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(multi.epoll, EPOLL_CTL_DEL, socket, &event);
    return 0;
  }
  event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) |
                 ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  ::epoll_ctl(multi.epoll, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
              socket, &event);
  if (known == nullptr) ::curl_multi_assign(multi.handle, socket, &multi);
  return 0;
}

int on_timer(CURLM*, long milliseconds, void* data) {
  auto& multi = *static_cast<Multi*>(data);
  multi.timer = milliseconds < 0
                    ? Clock::time_point::max()
                    : Clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
}

void open(Work& work) {
  work.epoll = ::epoll_create1(EPOLL_CLOEXEC);
  work.multis.resize(static_cast<std::size_t>(
      std::clamp(work.in_flight / enough_for_a_multi, 1, most_multis)));
  const auto count = static_cast<long>(work.multis.size());
  for (std::size_t i = 0; i < work.multis.size(); ++i) {
    Multi& multi = work.multis[i];
    multi.handle = ::curl_multi_init();
    multi.epoll = work.epoll;
    multi.number = static_cast<std::uint32_t>(i);
    ::curl_multi_setopt(multi.handle, CURLMOPT_SOCKETFUNCTION, &on_socket);
    ::curl_multi_setopt(multi.handle, CURLMOPT_SOCKETDATA, &multi);
    ::curl_multi_setopt(multi.handle, CURLMOPT_TIMERFUNCTION, &on_timer);
    ::curl_multi_setopt(multi.handle, CURLMOPT_TIMERDATA, &multi);
    ::curl_multi_setopt(multi.handle, CURLMOPT_MAXCONNECTS,
                        work.in_flight * 2L / count);
  }
}

CURL* easy_for(Work& work) {
  if (!work.idle.empty()) {
    CURL* easy = work.idle.back();
    work.idle.pop_back();
    return easy;
  }
  CURL* easy = ::curl_easy_init();
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &swallow);
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, work.headers);
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 2048L);
  ::curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  ::curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  if (!work.ca_file.empty()) {
    ::curl_easy_setopt(easy, CURLOPT_CAINFO, work.ca_file.c_str());
  }
  return easy;
}

void start(Work& work) {
  const int total = work.sites * work.models;
  while (work.running < work.in_flight && work.next < total) {
    const int site = work.next % work.sites;
    const int model = work.next / work.sites;
    ++work.next;
    CURL* easy = easy_for(work);
    const std::size_t at = static_cast<std::size_t>(site) % work.ports.size();
    const std::string url = fmt::format("{}:{}/s{}/v1/chat/completions",
                                        work.base, work.ports[at], site);
    const std::string body = fmt::format(
        R"({{"model":"m{}","messages":[{{"role":"user","content":"hi"}}],"max_tokens":16{}}})",
        model,
        work.stream
            ? R"(,"stream":true,"stream_options":{"include_usage":true})"
            : "");
    ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE,
                       static_cast<long>(body.size()));
    ::curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.c_str());
    ::curl_multi_add_handle(work.multis[at % work.multis.size()].handle, easy);
    ++work.running;
  }
}

void collect(Work& work, Multi& multi) {
  int left = 0;
  while (CURLMsg* message = ::curl_multi_info_read(multi.handle, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    long status = 0;
    ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (message->data.result != CURLE_OK || status != 200) ++work.failed;
    ::curl_multi_remove_handle(multi.handle, easy);
    work.idle.push_back(easy);
    --work.running;
  }
}

int wait_for(const Work& work) {
  auto next = Clock::now() + std::chrono::seconds(1);
  for (const Multi& multi : work.multis)
    next = std::min(next, multi.timer);
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
  return static_cast<int>(std::max<long>(left.count(), 0));
}

void act(Work& work, Multi& multi, curl_socket_t socket, int what) {
  int handles = 0;
  ::curl_multi_socket_action(multi.handle, socket, what, &handles);
  collect(work, multi);
}

void go(Work& work) {
  std::array<epoll_event, 512> events;
  start(work);
  while (work.running > 0) {
    const int count =
        ::epoll_wait(work.epoll, events.data(), static_cast<int>(events.size()),
                     wait_for(work));
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      const int what =
          ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
          ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
          ((event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      act(work, work.multis.at(event.data.u64 >> 32U),
          static_cast<curl_socket_t>(event.data.u64 & 0xffffffffU), what);
    }
    for (Multi& multi : work.multis) {
      if (Clock::now() < multi.timer) continue;
      multi.timer = Clock::time_point::max();
      act(work, multi, CURL_SOCKET_TIMEOUT, 0);
    }
    start(work);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 7) {
    std::fputs(
        "bench_floor BASE_URL PORTS SITES MODELS IN_FLIGHT STREAM [CA_FILE]\n",
        stderr);
    return 2;
  }
  ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const auto number = [&](int at) {
    return static_cast<int>(std::strtol(arguments[at], nullptr, 10));
  };
  Work work{.base = arguments[1],
            .sites = number(3),
            .models = number(4),
            .in_flight = number(5),
            .stream = number(6) != 0,
            .ca_file = count > 7 ? arguments[7] : ""};
  std::istringstream ports(arguments[2]);
  for (std::string port; std::getline(ports, port, ',');)
    work.ports.push_back(port);
  work.headers = ::curl_slist_append(nullptr, "Content-Type: application/json");
  work.headers =
      ::curl_slist_append(work.headers, "Authorization: Bearer sk-x");
  open(work);
  go(work);
  fmt::print("{} {}\n", work.next, work.failed);
  return work.failed == 0 ? 0 : 1;
}
