#include "support/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include <fmt/format.h>

namespace support {

namespace {

sockaddr_in address_of(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(static_cast<std::uint16_t>(port));
  return address;
}

}  // namespace

std::string fetch(int port, const std::string& path,
                  const std::string& headers) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience = {2, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in address = address_of(port);
  std::string all;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address),
                sizeof address) == 0) {
    const std::string request = fmt::format(
        "GET {} HTTP/1.0\r\nHost: here\r\nConnection: close\r\n{}\r\n", path,
        headers);
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    std::array<char, 65536> some{};
    for (ssize_t size = 0;
         (size = ::recv(socket, some.data(), some.size(), 0)) > 0;) {
      all.append(some.data(), static_cast<std::size_t>(size));
    }
  }
  ::close(socket);
  return all;
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = address_of(0);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  ::bind(socket, plain, size);
  ::getsockname(socket, plain, &size);
  ::close(socket);
  return ::ntohs(address.sin_port);
}

}  // namespace support
