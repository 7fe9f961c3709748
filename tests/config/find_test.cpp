#include "config/find.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "catch.h"

namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder()
      : path_(fs::temp_directory_path() /
              ("channel-monitor-find-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string fault(const fs::path& path) {
  const auto result = config::read(path);
  const auto* why = std::get_if<base::Sentence>(&result);
  return why == nullptr ? "" : why->in(base::Language::en);
}

}  // namespace

TEST_CASE("YAML is looked for before JSON") {
  const Folder folder;
  CHECK_FALSE(config::find(folder.path()));
  folder.write("config.json", "{}");
  CHECK(config::find(folder.path())->filename() == "config.json");
  folder.write("config.yml", "");
  CHECK(config::find(folder.path())->filename() == "config.yml");
  folder.write("config.yaml", "");
  CHECK(config::find(folder.path())->filename() == "config.yaml");
}

TEST_CASE("a file that cannot be read is told in a sentence") {
  const Folder folder;
  const std::string name = folder.path().string();
  CHECK(fault(name + "/none") == name + "/none: there is no such file");
  CHECK(fault(name) == name + " is a folder, not a file");
  const fs::path large =
      folder.write("large", std::string(config::most_bytes + 1, ' '));
  CHECK(fault(large) == large.string() + " is larger than 4 MiB");
  CHECK(fault("/dev/zero") == "/dev/zero is larger than 4 MiB");
  if (::geteuid() != 0) {
    const fs::path closed = folder.write("closed", "x");
    fs::permissions(closed, fs::perms::none);
    CHECK(fault(closed) == closed.string() + ": no right to read it");
  }
}

TEST_CASE("a file is read whole") {
  const Folder folder;
  const std::string text(config::most_bytes, 'x');
  CHECK(std::get<std::string>(config::read(folder.write("a", text))) == text);
  CHECK(std::get<std::string>(config::read("/dev/null")).empty());
}

TEST_CASE("a pipe is read to its end, but not waited for for ever") {
  const Folder folder;
  const std::string pipe = (folder.path() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::ofstream stream(pipe);
    for (const char* const part : {"a", "b"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      stream << part << std::flush;
    }
  });
  const auto result = config::read(pipe);
  writer.join();
  CHECK(std::get<std::string>(result) == "ab");
  CHECK(fault(pipe) == pipe + " is a pipe that nobody writes to");
}

TEST_CASE("a link to nothing is found, and then complained of") {
  const Folder folder;
  folder.write("config.json", "{}");
  fs::create_symlink("nowhere", folder.path() / "config.yaml");
  const auto found = config::find(folder.path());
  REQUIRE(found);
  CHECK(found->filename() == "config.yaml");
  CHECK_FALSE(fault(*found).empty());
}

TEST_CASE("the format is told by the name, else by the text") {
  using config::Format;
  CHECK(config::format_of("a.json", "x: 1") == Format::json);
  CHECK(config::format_of("a.YML", "{}") == Format::yaml);
  CHECK(config::format_of("a.yaml", "{}") == Format::yaml);
  CHECK(config::format_of("/dev/fd/63", " \n{}") == Format::json);
  CHECK(config::format_of("config", "// x\n{}") == Format::json);
  CHECK(config::format_of("config", "\xEF\xBB\xBF/* x */ {}") == Format::json);
  CHECK(config::format_of("config", "a: 1") == Format::yaml);
}
