#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "net/curl_failure.h"

namespace net {

// The sockets of libcurl, in an epoll of our own that the loop watches as one
// descriptor.
//
// libcurl takes a socket out after each request and puts it back for the next.
// Those that were opened through open() stay in until an event comes that
// nobody wants; close() forgets them.  Others (libcurl's own pipes) leave at
// once, because nobody says when their numbers are used again.
class Sockets {
 public:
  Sockets() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail_curl(std::strerror(errno));
  }
  ~Sockets() { ::close(epoll_); }
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  int epoll() const { return epoll_; }

  // As ::socket() and ::close().
  int open(int family, int type, int protocol) {
    const int fd =
        ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd >= 0) at(fd) = {.may_stay = true};
    return fd;
  }
  int close(int fd) {
    at(fd) = {};
    return ::close(fd);
  }

  // `events` as epoll calls them; 0 where libcurl takes the socket out.
  void want(int fd, std::uint32_t events, std::size_t shard) {
    Socket& socket = at(fd);
    socket.shard = static_cast<std::uint8_t>(shard);
    socket.wanted = events;
    const bool leaves = events == 0 && !socket.may_stay;
    if (leaves || (events & ~socket.watched) != 0) watch(fd, socket);
  }

  struct Event {
    int fd;
    std::size_t shard;
    bool is_readable, is_writable, is_broken;
  };

  // Calls `act` for each event that is there and wanted.
  template <typename Act>
  void read(const Act& act) {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), 0);
    for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
      const int fd = events[i].data.fd;
      Socket& socket = at(fd);
      const std::uint32_t came = events[i].events;
      const std::uint32_t ready = came & socket.wanted;
      const bool broken = (came & (EPOLLERR | EPOLLHUP)) != 0;
      if (socket.wanted == 0 || (ready == 0 && !broken)) {
        watch(fd, socket);
        continue;
      }
      act(Event{.fd = fd,
                .shard = socket.shard,
                .is_readable = (ready & EPOLLIN) != 0,
                .is_writable = (ready & EPOLLOUT) != 0,
                .is_broken = broken});
    }
  }

 private:
  struct Socket {
    std::uint32_t wanted = 0;
    std::uint32_t watched = 0;  // what the kernel was told
    std::uint8_t shard = 0;
    bool may_stay = false;
  };

  Socket& at(int fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= sockets_.size()) sockets_.resize(index * 2 + 1);
    return sockets_[index];
  }

  // Tells the kernel what is wanted.
  void watch(int fd, Socket& socket) {
    epoll_event event{.events = socket.wanted, .data = {.fd = fd}};
    const int operation = socket.wanted == 0    ? EPOLL_CTL_DEL
                          : socket.watched == 0 ? EPOLL_CTL_ADD
                                                : EPOLL_CTL_MOD;
    ::epoll_ctl(epoll_, operation, fd, &event);
    socket.watched = socket.wanted;
  }

  int epoll_;
  std::vector<Socket> sockets_;  // by descriptor
};

}  // namespace net
