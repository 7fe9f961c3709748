#include "config/find.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/messages_config.h"
#include "base/text.h"

namespace config {
namespace {

using base::Sentence;
namespace say = base::say;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

Sentence fault_of(int error, const std::string& name) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return {say::config_file_missing, name};
    case EACCES:
    case EPERM: return {say::config_file_no_right, name};
    case EISDIR: return {say::config_file_is_folder, name};
    default:
      return {say::config_file_unreadable, name,
              std::generic_category().message(error)};
  }
}

bool is_pipe(int file) {
  struct stat found = {};
  return ::fstat(file, &found) == 0 && S_ISFIFO(found.st_mode);
}

// Milliseconds.
constexpr int forever = -1;
constexpr int until_he_begins = 2000;

// Whoever holds the other end of a pipe may take his time: a person may have to
// unlock something.
void wait_for(int file, int limit) {
  pollfd ready{.fd = file, .events = POLLIN, .revents = 0};
  ::poll(&ready, 1, limit);
}

ssize_t read_on(int file, char* bytes, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(file, bytes, size);
    if (got >= 0 || (errno != EINTR && errno != EAGAIN)) return got;
    if (errno == EAGAIN) wait_for(file, forever);
  }
}

}  // namespace

std::optional<std::filesystem::path> find(const std::filesystem::path& folder) {
  for (const char* name : {"config.yaml", "config.yml", "config.json"}) {
    std::error_code ignored;
    const std::filesystem::path path = folder / name;
    // A link to nothing counts: to pass it over would hide a mistake.
    if (std::filesystem::exists(
            std::filesystem::symlink_status(path, ignored))) {
      return path;
    }
  }
  return std::nullopt;
}

std::variant<std::string, Sentence> read(const std::filesystem::path& path) {
  const std::string name = base::printable(path.string());
  // To open a pipe that nobody writes to would otherwise never end.
  const Descriptor file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return fault_of(errno, name);
  std::string text;
  std::array<char, 65536> buffer{};
  const auto read_some = [&] {
    const ssize_t got = read_on(file.number(), buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    return got;
  };
  ssize_t got = read_some();
  if (got == 0 && is_pipe(file.number())) {
    wait_for(file.number(), until_he_begins);
    got = read_some();
    if (got == 0) return Sentence(say::config_file_pipe_empty, name);
  }
  while (got > 0 && text.size() <= most_bytes)
    got = read_some();
  if (got < 0) return fault_of(errno, name);
  if (text.size() <= most_bytes) return text;
  return Sentence(say::config_file_too_large, name, most_bytes >> 20);
}

Format format_of(const std::filesystem::path& path, std::string_view text) {
  const std::string extension = base::lower(path.extension().string());
  if (extension == ".json" || extension == ".jsonc") return Format::json;
  if (extension == ".yaml" || extension == ".yml") return Format::yaml;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = base::trimmed(text);
  const bool json =
      text.starts_with('{') || text.starts_with("//") || text.starts_with("/*");
  return json ? Format::json : Format::yaml;
}

}  // namespace config
