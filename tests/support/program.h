#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace support {

// How a program is started.
struct Command {
  std::string file;
  std::vector<std::string> arguments;
  std::string folder;  // its working directory
  // "NAME=value"; nothing else is inherited but PATH.
  std::vector<std::string> environment;
  bool on_terminal = false;  // a terminal of its own
  unsigned short columns = 100;
};

// How it ended.
struct Ended {
  int code = -1;           // -1 where a signal ended it
  int signal = 0;          // 0 where none did
  bool timed_out = false;  // it was killed at the time limit
  double seconds = 0;
  std::string out;  // with a terminal, all that it showed
  std::string err;
};

// A program that runs in a process group of its own.  Killed with its owner.
class Program {
 public:
  // Throws std::runtime_error where it cannot be started.
  explicit Program(const Command& command);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t id() const { return id_; }
  void send(int signal) const;

  // As if somebody typed it on the terminal.
  void type(const std::string& text) const;

  // What it has said so far.
  std::string out();
  std::string err() const;

  bool is_running();

  // Kills it where it takes longer.
  Ended wait(std::chrono::milliseconds limit = std::chrono::seconds(20));

 private:
  void start(const Command& command);
  void read_terminal();

  pid_t id_ = -1;
  int out_ = -1;  // files in memory
  int err_ = -1;
  int terminal_ = -1;
  std::string shown_;
  std::chrono::steady_clock::time_point started_;
  int status_ = 0;
  bool is_over_ = false;
};

Ended run(const Command& command,
          std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace support
