#include "private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/messages_init.h"

namespace {

namespace say = base::say;
using base::Sentence;

// Empty where all of `text` is in the file.
Sentence fill(int file, const std::string& name, const std::string& text) {
  std::size_t written = 0;
  while (file >= 0 && written < text.size()) {
    const auto count =
        ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  const bool is_good =
      file >= 0 && written == text.size() && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (is_good) return {};
  return {say::init_cannot_write, name, std::generic_category().message(error)};
}

// As that of the file which it replaces: a service has to read it, too; but
// never for everybody.
void keep_owner(int file, const std::string& name) {
  constexpr mode_t most = 0640;
  struct stat before = {};
  if (file < 0 || ::stat(name.c_str(), &before) != 0) return;
  if (::fchown(file, before.st_uid, before.st_gid) == 0) {
    ::fchmod(file, before.st_mode & most);
  }
}

}  // namespace

Sentence write_new(const std::string& name, const std::string& text) {
  const int file =
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) return {say::init_is_there, name};
  const bool is_made = file >= 0;
  Sentence why = fill(file, name, text);
  if (!why.empty() && is_made) ::unlink(name.c_str());
  return why;
}

Sentence write_over(const std::string& name, const std::string& text) {
  std::string beside = name + ".XXXXXX";
  const int file = ::mkostemp(beside.data(), O_CLOEXEC);
  const bool is_made = file >= 0;
  keep_owner(file, name);
  Sentence why = fill(file, name, text);
  if (why.empty() && ::rename(beside.c_str(), name.c_str()) != 0) {
    why = {say::init_cannot_write, name,
           std::generic_category().message(errno)};
  }
  if (!why.empty() && is_made) ::unlink(beside.c_str());
  return why;
}
