#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

#include "support/certificates.h"

namespace support {

// TLS in front of a server of this machine that speaks without, on a port of
// its own; or what only looks like it.  Each connection has a thread.
class TlsDoor {
 public:
  enum class Manner : std::uint8_t {
    leads_on,  // to the server behind
    silent,    // takes a connection and says nothing, ever
    drips,     // a hello of which a byte comes now and then
    babbles,   // says something that is no TLS
    resets,    // when it is greeted
    cuts_off   // ends an answer in its middle, and with it the connection
  };

  TlsDoor(const Identity& identity, int port_behind,
          Manner manner = Manner::leads_on);
  ~TlsDoor();
  TlsDoor(const TlsDoor&) = delete;
  TlsDoor& operator=(const TlsDoor&) = delete;

  int port() const { return port_; }
  Manner manner() const { return manner_; }
  int connections() const { return connections_; }

  // What clients have said within TLS.
  std::string heard() const;

 private:
  void work();
  void serve(int client);
  void drip(int client) const;
  void carry(SSL& tls, int client);
  // Both return whether the connection goes on.
  bool carry_in(SSL& tls, int server);
  static bool carry_out(SSL& tls, int server);
  bool keep(int socket);

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  Manner manner_;
  int port_behind_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> is_over_ = false;
  mutable std::mutex mutex_;  // of what follows
  std::string heard_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace support
