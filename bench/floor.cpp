#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

// What libcurl itself costs: so many POSTs of one small chat to the sites of
// bench_upstream, with nothing read, judged or written.
//
//   bench_floor BASE_URL SITES MODELS IN_FLIGHT STREAM(0|1) [CA_FILE]
//
// One thread, curl_multi_socket_action on one epoll, connections reused.  Ends
// with 1 where an answer was not 200.

namespace {

struct Work {
  std::string base;
  int sites = 0;
  int models = 0;
  int in_flight = 0;
  bool stream = false;
  std::string ca_file;

  int next = 0;
  int running = 0;
  int failed = 0;
  int epoll = -1;
  std::chrono::steady_clock::time_point timer =
      std::chrono::steady_clock::time_point::max();
  CURLM* multi = nullptr;
  curl_slist* headers = nullptr;
  std::vector<CURL*> idle;
};

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

int on_socket(CURL*, curl_socket_t socket, int what, void* data, void* known) {
  auto& work = *static_cast<Work*>(data);
  epoll_event event = {};
  event.data.fd = socket;
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(work.epoll, EPOLL_CTL_DEL, socket, &event);
    return 0;
  }
  event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) |
                 ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  ::epoll_ctl(work.epoll, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
              socket, &event);
  if (known == nullptr) ::curl_multi_assign(work.multi, socket, &work);
  return 0;
}

int on_timer(CURLM*, long milliseconds, void* data) {
  auto& work = *static_cast<Work*>(data);
  using Clock = std::chrono::steady_clock;
  work.timer = milliseconds < 0
                   ? Clock::time_point::max()
                   : Clock::now() + std::chrono::milliseconds(milliseconds);
  return 0;
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
    const std::string url =
        fmt::format("{}/s{}/v1/chat/completions", work.base, site);
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
    ::curl_multi_add_handle(work.multi, easy);
    ++work.running;
  }
}

void collect(Work& work) {
  int left = 0;
  while (CURLMsg* message = ::curl_multi_info_read(work.multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    long status = 0;
    ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (message->data.result != CURLE_OK || status != 200) ++work.failed;
    ::curl_multi_remove_handle(work.multi, easy);
    work.idle.push_back(easy);
    --work.running;
  }
}

int wait_for(const Work& work) {
  using Clock = std::chrono::steady_clock;
  if (work.timer == Clock::time_point::max()) return 1000;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(work.timer - Clock::now());
  return static_cast<int>(std::clamp<long>(left.count(), 0, 1000));
}

void go(Work& work) {
  using Clock = std::chrono::steady_clock;
  std::array<epoll_event, 512> events;
  int handles = 0;
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
      ::curl_multi_socket_action(work.multi, event.data.fd, what, &handles);
    }
    if (Clock::now() >= work.timer) {
      work.timer = Clock::time_point::max();
      ::curl_multi_socket_action(work.multi, CURL_SOCKET_TIMEOUT, 0, &handles);
    }
    collect(work);
    start(work);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) {
    std::fputs("bench_floor BASE_URL SITES MODELS IN_FLIGHT STREAM [CA_FILE]\n",
               stderr);
    return 2;
  }
  ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const auto number = [&](int at) {
    return static_cast<int>(std::strtol(arguments[at], nullptr, 10));
  };
  Work work{.base = arguments[1],
            .sites = number(2),
            .models = number(3),
            .in_flight = number(4),
            .stream = number(5) != 0,
            .ca_file = count > 6 ? arguments[6] : ""};
  work.epoll = ::epoll_create1(EPOLL_CLOEXEC);
  work.multi = ::curl_multi_init();
  work.headers = ::curl_slist_append(nullptr, "Content-Type: application/json");
  work.headers =
      ::curl_slist_append(work.headers, "Authorization: Bearer sk-x");
  ::curl_multi_setopt(work.multi, CURLMOPT_SOCKETFUNCTION, &on_socket);
  ::curl_multi_setopt(work.multi, CURLMOPT_SOCKETDATA, &work);
  ::curl_multi_setopt(work.multi, CURLMOPT_TIMERFUNCTION, &on_timer);
  ::curl_multi_setopt(work.multi, CURLMOPT_TIMERDATA, &work);
  ::curl_multi_setopt(work.multi, CURLMOPT_MAXCONNECTS,
                      static_cast<long>(work.in_flight) * 2);
  go(work);
  fmt::print("{} {}\n", work.next, work.failed);
  return work.failed == 0 ? 0 : 1;
}
