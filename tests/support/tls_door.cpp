#include "support/tls_door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string_view>

namespace support {

namespace {

using Tls = std::unique_ptr<SSL, decltype(&SSL_free)>;

sockaddr_in local(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  return address;
}

int connected_to(int port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = local(port);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(made, any, sizeof address) == 0) return made;
  ::close(made);
  return -1;
}

// A client that is gone is no end of the test.
void hear_no_broken_pipe() {
  sigset_t deaf;
  ::sigemptyset(&deaf);
  ::sigaddset(&deaf, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &deaf, nullptr);
}

void say(int client, std::string_view what) {
  ::send(client, what.data(), what.size(), MSG_NOSIGNAL);
}

// Returns when the client goes, or the door does.
void wait_for_end(int client) {
  std::array<char, 1024> bytes{};
  while (::recv(client, bytes.data(), bytes.size(), 0) > 0) {
  }
}

}  // namespace

TlsDoor::TlsDoor(const Identity& identity, int port_behind, Manner manner)
    : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free),
      manner_(manner),
      port_behind_(port_behind),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (SSL_CTX_use_certificate(context_.get(), identity.certificate.get()) !=
          1 ||
      SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) != 1 ||
      ::bind(listener_, any, size) != 0 || ::listen(listener_, 256) != 0 ||
      ::getsockname(listener_, any, &size) != 0) {
    throw std::runtime_error("no TLS");
  }
  port_ = ::ntohs(address.sin_port);
  acceptor_ = std::thread([this] { work(); });
}

TlsDoor::~TlsDoor() {
  is_over_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard guard(mutex_);
    for (const int socket : sockets_)
      ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_)
    thread.join();
  for (const int socket : sockets_)
    ::close(socket);
  ::close(listener_);
}

std::string TlsDoor::heard() const {
  const std::lock_guard guard(mutex_);
  return heard_;
}

// Sockets are closed at the very end, so that no number is used again.
bool TlsDoor::keep(int socket) {
  const std::lock_guard guard(mutex_);
  sockets_.push_back(socket);
  return !is_over_;
}

void TlsDoor::work() {
  hear_no_broken_pipe();
  while (!is_over_) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++connections_;
    if (!keep(client)) return;
    threads_.emplace_back([this, client] {
      hear_no_broken_pipe();
      serve(client);
      ::shutdown(client, SHUT_RDWR);
    });
  }
}

void TlsDoor::serve(int client) {
  switch (manner_) {
    case Manner::silent: return wait_for_end(client);
    case Manner::drips: return drip(client);
    case Manner::babbles:
      say(client, "SSH-2.0-OpenSSH_9.2p1\r\n");
      return wait_for_end(client);
    case Manner::resets: {
      std::array<char, 1> byte{};
      ::recv(client, byte.data(), 1, 0);
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      // What is disconnected so is reset.
      const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
      ::connect(client, &nobody, sizeof nobody);
      return;
    }
    case Manner::leads_on:
    case Manner::cuts_off: break;
  }
  const Tls tls(SSL_new(context_.get()), &SSL_free);
  SSL_set_fd(tls.get(), client);
  if (SSL_accept(tls.get()) == 1) carry(*tls, client);
}

// The head of a record, and then the hello in it.
void TlsDoor::drip(int client) const {
  say(client, std::string_view("\x16\x03\x03\x20\x00\x02\x00\x1f\xfc", 9));
  while (!is_over_) {
    pollfd watched = {.fd = client, .events = POLLRDHUP};
    if (::poll(&watched, 1, 200) > 0) return;
    say(client, "\x03");
  }
}

void TlsDoor::carry(SSL& tls, int client) {
  const int server = connected_to(port_behind_);
  if (server < 0 || !keep(server)) return;
  bool goes_on = true;
  while (goes_on) {
    std::array<pollfd, 2> watched = {
        {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}}};
    if (SSL_pending(&tls) == 0) ::poll(watched.data(), 2, -1);
    if (SSL_pending(&tls) > 0 || watched[0].revents != 0) {
      goes_on = carry_in(tls, server);
    }
    if (goes_on && watched[1].revents != 0) goes_on = carry_out(tls, server);
  }
  ::shutdown(server, SHUT_RDWR);
}

bool TlsDoor::carry_in(SSL& tls, int server) {
  std::array<char, 16384> bytes{};
  const int count = SSL_read(&tls, bytes.data(), bytes.size());
  if (count <= 0) return false;
  const std::string_view said(bytes.data(), static_cast<std::size_t>(count));
  {
    const std::lock_guard guard(mutex_);
    heard_ += said;
  }
  if (manner_ == Manner::cuts_off) {
    constexpr std::string_view half =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "\r\n{\"data\":[{\"id\":\"x\"}],\"choices\":[{\"mess";
    SSL_write(&tls, half.data(), half.size());
    return false;  // without the farewell that TLS has
  }
  say(server, said);
  return true;
}

bool TlsDoor::carry_out(SSL& tls, int server) {
  std::array<char, 16384> bytes{};
  const auto count = ::recv(server, bytes.data(), bytes.size(), 0);
  return count > 0 &&
         SSL_write(&tls, bytes.data(), static_cast<int>(count)) > 0;
}

}  // namespace support
