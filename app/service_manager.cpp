#include "service_manager.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// Of our own process, or whichever where none is named.
base::Milliseconds watchdog_of_process() {
  const auto pid = variable("WATCHDOG_PID");
  if (!pid.empty() && base::whole_number(pid) != ::getpid()) {
    return base::Milliseconds(0);
  }
  const auto limit = base::whole_number(variable("WATCHDOG_USEC")).value_or(0);
  return base::Milliseconds(limit / 1000);
}

struct Descriptor {
  explicit Descriptor(int number_of_it) : number(number_of_it) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

}  // namespace

ServiceManager::ServiceManager(net::Loop& loop)
    : socket_(variable("NOTIFY_SOCKET")),
      watchdog_(watchdog_of_process()),
      timer_(loop) {
  if (!socket_.empty() && watchdog_.count() > 0) feed();
}

void ServiceManager::reloading() const {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      net::Loop::now().time_since_epoch());
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
}

void ServiceManager::status(std::string_view sentence) const {
  tell("STATUS=" + base::printable(sentence));
}

// A path, or "@" for a name without a file.
void ServiceManager::tell(std::string_view state) const {
  sockaddr_un address = {};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const Descriptor descriptor(
      ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (descriptor.number < 0) return;
  ::sendto(descriptor.number, state.data(), state.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), size);
}

void ServiceManager::feed() {
  tell("WATCHDOG=1");
  timer_.set(net::Loop::now() + watchdog_ / 2, [this] { feed(); });
}

// "device:inode" of what systemd connected (systemd.exec(5)).
bool is_read_by_journal() {
  const std::string_view stream = variable("JOURNAL_STREAM");
  struct stat file = {};
  if (stream.empty() || ::fstat(STDERR_FILENO, &file) != 0) return false;
  return stream == fmt::format("{}:{}", file.st_dev, file.st_ino);
}
