#include "support/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace support {

namespace {

constexpr int turn = 5;  // ms

sockaddr_in local(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  return address;
}

int new_socket() {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) throw std::runtime_error("no socket");
  return made;
}

void at_once(int connection) {
  const int on = 1;
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent =
        ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool is_ready(int connection, int milliseconds) {
  pollfd watched = {.fd = connection, .events = POLLIN};
  return ::poll(&watched, 1, milliseconds) > 0;
}

}  // namespace

Wire::Wire(int server_port)
    : server_port_(server_port), listener_(new_socket()) {
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, any, &size) != 0) {
    throw std::runtime_error("no port");
  }
  port_ = ::ntohs(address.sin_port);
  thread_ = std::jthread([this] { work(); });
}

Wire::~Wire() {
  is_over_ = true;
  thread_.join();
  close_all();
  ::close(listener_);
}

void Wire::break_at(const Break& plan) {
  const std::lock_guard guard(mutex_);
  plan_ = plan;
  has_plan_ = true;
  counted_ = 0;
  is_broken_ = false;
}

void Wire::mend() {
  const std::lock_guard guard(mutex_);
  has_plan_ = false;
  is_broken_ = false;
  is_down_ = false;
  close_all();
}

void Wire::work() {
  while (!is_over_) {
    std::vector<pollfd> watched = {{.fd = listener_, .events = POLLIN}};
    {
      const std::lock_guard guard(mutex_);
      for (const Line& line : lines_) {
        watched.push_back({.fd = line.client, .events = POLLIN});
        watched.push_back({.fd = line.server, .events = POLLIN});
      }
    }
    ::poll(watched.data(), watched.size(), turn);
    const std::lock_guard guard(mutex_);
    if (is_ready(listener_, 0)) accept_one();
    const auto is_dead = [this](Line& line) {
      const bool whole = carry_to_server(line) && carry_to_client(line);
      if (!whole) {
        ::close(line.client);
        ::close(line.server);
      }
      return !whole;
    };
    std::erase_if(lines_, is_dead);
    if (is_broken_ && plan_.at != Break::At::commit_in_silence && has_plan_) {
      close_all();
      is_down_ = plan_.stays_down;
      has_plan_ = false;
    }
  }
}

void Wire::accept_one() {
  Line line;
  line.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (line.client < 0) return;
  if (is_down_) {
    ::close(line.client);
    return;
  }
  line.server = new_socket();
  const sockaddr_in address = local(server_port_);
  if (::connect(line.server, reinterpret_cast<const sockaddr*>(&address),
                sizeof address) != 0) {
    ::close(line.server);
    ::close(line.client);
    return;
  }
  at_once(line.client);
  at_once(line.server);
  lines_.push_back(line);
}

// Whether what a client has sent ends the line, now that it is on its way.
bool Wire::is_over(Line& line, std::string_view sent) {
  if (!has_plan_ || is_broken_) return false;
  const bool counts_bytes = plan_.at == Break::At::bytes;
  const bool is_commit = sent.find("COMMIT") != sent.npos;
  if (!counts_bytes && !is_commit) return false;
  const std::size_t before = counted_;
  counted_ += counts_bytes ? sent.size() : 1;
  if (counted_ < plan_.count) return false;
  is_broken_ = true;
  std::string_view comes_through = sent;
  if (counts_bytes) comes_through = sent.substr(0, plan_.count - before);
  if (plan_.at != Break::At::commit_unsent) {
    send_all(line.server, comes_through);
  }
  constexpr int patience = 5000;  // ms
  if (plan_.at == Break::At::commit_told) is_ready(line.server, patience);
  line.is_silent = plan_.at == Break::At::commit_in_silence;
  return true;
}

bool Wire::carry_to_server(Line& line) {
  std::array<char, 65536> part{};
  while (is_ready(line.client, 0)) {
    const auto size = ::recv(line.client, part.data(), part.size(), 0);
    if (size <= 0) return false;
    const std::string_view sent(part.data(), static_cast<std::size_t>(size));
    if (is_over(line, sent)) return line.is_silent;
    if (!send_all(line.server, sent)) return false;
  }
  return true;
}

bool Wire::carry_to_client(Line& line) {
  std::array<char, 65536> part{};
  while (is_ready(line.server, 0)) {
    const auto size = ::recv(line.server, part.data(), part.size(), 0);
    if (size <= 0) return false;
    const std::string_view said(part.data(), static_cast<std::size_t>(size));
    if (!line.is_silent && !send_all(line.client, said)) return false;
  }
  return true;
}

void Wire::close_all() {
  for (const Line& line : lines_) {
    ::close(line.client);
    ::close(line.server);
  }
  lines_.clear();
}

}  // namespace support
