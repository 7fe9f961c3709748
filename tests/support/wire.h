#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace support {

// Where and how a wire breaks, counted from when that is said.
struct Break {
  enum class At {
    bytes,             // so many that clients have sent
    commit_unsent,     // a COMMIT does not reach the server
    commit_told,       // it does, and is answered; the answer is lost
    commit_in_silence  // the same, but the connection stays as it is
  };
  At at = At::bytes;
  std::size_t count = 1;    // which byte, or which COMMIT
  bool stays_down = false;  // until it is mended
};

// Leads every connection to a port of this machine on to another one, and can
// break.  All connections break at once.  It has a thread of its own.
class Wire {
 public:
  explicit Wire(int server_port);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  int port() const { return port_; }

  void break_at(const Break& plan);
  bool is_broken() const { return is_broken_; }

  // From now on it is whole; what was left of the connections is closed.
  void mend();

 private:
  struct Line {
    int client = -1;
    int server = -1;
    bool is_silent = false;  // towards the client
  };

  void work();
  void accept_one();
  // Both return whether the line is still whole.
  bool carry_to_server(Line& line);
  bool carry_to_client(Line& line);
  bool is_over(Line& line, std::string_view sent);
  void close_all();

  int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::vector<Line> lines_;
  std::mutex mutex_;  // of what follows, and of `lines_`
  bool has_plan_ = false;
  Break plan_;
  std::size_t counted_ = 0;
  std::atomic<bool> is_broken_ = false;
  std::atomic<bool> is_down_ = false;
  std::atomic<bool> is_over_ = false;
  std::jthread thread_;
};

}  // namespace support
