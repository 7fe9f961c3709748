#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

#include "catch.h"

namespace support {

// A port of this computer where nobody answers, or all get the same bytes.
class Port {
 public:
  explicit Port(std::string answer = "") : answer_(std::move(answer)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, plain, size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, plain, &size) == 0);
    number_ = ::ntohs(address.sin_port);
    // Whoever connects is accepted by the kernel, and hears nothing.
    if (!answer_.empty()) thread_ = std::thread([this] { serve(); });
  }
  ~Port() {
    ::shutdown(socket_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  int number() const { return number_; }

 private:
  void serve() const {
    while (true) {
      const int peer = ::accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      ::send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      char bytes[64] = {};
      while (::recv(peer, bytes, sizeof bytes, 0) > 0) {
      }
      ::close(peer);
    }
  }

  std::string answer_;
  int socket_ = -1;
  int number_ = 0;
  std::thread thread_;
};

}  // namespace support
