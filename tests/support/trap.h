#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace support {

// A port where nobody may come: who does is heard, not answered, and counted.
class Trap {
 public:
  // Of every address of this machine, at a port that is free.
  Trap() : Trap(SOCK_STREAM, INADDR_ANY, 0) {}

  // `type` and `address` as the system calls them.
  Trap(int type, in_addr_t address, int port)
      : socket_(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_port = ::htons(static_cast<std::uint16_t>(port));
    name.sin_addr.s_addr = ::htonl(address);
    socklen_t size = sizeof name;
    auto* const any = reinterpret_cast<sockaddr*>(&name);
    is_set_ = ::bind(socket_, any, size) == 0 &&
              (type != SOCK_STREAM || ::listen(socket_, 256) == 0) &&
              ::getsockname(socket_, any, &size) == 0;
    port_ = ::ntohs(name.sin_port);
  }
  ~Trap() { ::close(socket_); }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  bool is_set() const { return is_set_; }
  int port() const { return port_; }

  int visitors() const {
    int count = 0;
    for (int visitor = 0; visitor >= 0; ++count) {
      visitor = ::accept(socket_, nullptr, nullptr);
      if (visitor >= 0) ::close(visitor);
    }
    return count - 1;
  }

  int datagrams() const {
    int count = 0;
    char byte = 0;
    while (::recv(socket_, &byte, 1, 0) >= 0)
      ++count;
    return count;
  }

 private:
  int socket_;
  int port_ = 0;
  bool is_set_ = false;
};

}  // namespace support
