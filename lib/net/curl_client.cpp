#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/messages_net.h"
#include "base/text.h"
#include "net/http_client.h"
#include "net/loop.h"

namespace net {

namespace {

using base::Time;
namespace http = base::http;
namespace say = base::say;

using Id = HttpClient::Id;

struct EasyDeleter {
  void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { ::curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;

// Past some hundreds of transfers a multi handle gets slow.
constexpr std::size_t most_shards = 8;
constexpr std::size_t enough_for_a_shard = 64;
constexpr std::size_t too_much_for_a_shard = 256;
constexpr std::size_t few_connections = 128;
constexpr std::size_t most_spare = 256;
constexpr long buffer_size = 2048;
constexpr long streams_of_a_connection = 100;
// libcurl itself would ask for a "100 Continue" from here on.
constexpr std::size_t large_body = std::size_t{1} << 20;

[[noreturn]] void fail(std::string_view why) {
  throw base::Error({say::http_client_failed, why});
}

bool is_readable_file(const std::string& path) {
  std::ifstream file(path);
  return file.is_open() && file.peek() != std::ifstream::traits_type::eof();
}

// The certificates to trust; "" for those that libcurl knows by itself.
std::string ca_file_of(const HttpLimits& limits) {
  if (!limits.ca_file.empty()) {
    if (is_readable_file(limits.ca_file)) return limits.ca_file;
    throw base::Error({say::ca_file_unreadable, limits.ca_file});
  }
  const char* named = std::getenv("SSL_CERT_FILE");
  if (named == nullptr || *named == '\0') return {};
  if (is_readable_file(named)) return named;
  throw base::Error({say::ca_file_of_environment, named});
}

// Cuts user names and passwords out of what libcurl says of a URL: whatever
// stands before an "@" in one word.
std::string without_userinfo(std::string_view text) {
  std::string said;
  for (const std::string_view word : base::split(text, ' ')) {
    if (!said.empty()) said += ' ';
    const std::size_t at = word.rfind('@');
    said += at == std::string_view::npos ? word : word.substr(at + 1);
  }
  return said;
}

// Whether `text` may stand in the head of a request.
bool is_one_line(std::string_view text) {
  constexpr std::string_view ends("\r\n\0", 3);
  return text.find_first_of(ends) == std::string_view::npos;
}

// The headers of a request as libcurl wants them, without a copy for each.
class HeaderList {
 public:
  void put(const http::Request& request) {
    text_.clear();
    nodes_.clear();
    for (const auto& [name, value] : request.headers)
      line(name, value);
    if (request.method == "POST" || !request.body.empty()) {
      // libcurl would say that it is a form.
      if (http::value_of(request.headers, "Content-Type").empty()) {
        add("Content-Type:");
      }
      if (request.body.size() >= large_body) add("Expect:");
    }
    link();
  }

  curl_slist* first() { return nodes_.empty() ? nullptr : nodes_.data(); }

 private:
  void line(std::string_view name, std::string_view value) {
    starts_.push_back(text_.size());
    text_ += name;
    // "Name:" would take the header out.
    text_ += value.empty() ? ";" : ": ";
    text_ += value;
    text_ += '\0';
  }

  void add(std::string_view line) {
    starts_.push_back(text_.size());
    text_ += line;
    text_ += '\0';
  }

  void link() {
    for (const std::size_t start : starts_)
      nodes_.push_back({.data = text_.data() + start, .next = nullptr});
    for (std::size_t i = 1; i < nodes_.size(); ++i)
      nodes_[i - 1].next = &nodes_[i];
    starts_.clear();
  }

  std::string text_;
  std::vector<std::size_t> starts_;
  std::vector<curl_slist> nodes_;
};

// The sockets of libcurl, in an epoll of our own that the loop watches as one
// descriptor.
//
// libcurl takes a socket out after each request and puts it back for the next.
// Those that were opened through open() stay in until an event comes that
// nobody wants; close() forgets them.  Others (libcurl's own pipes) leave at
// once, because nobody says when their numbers are used again.
class Sockets {
 public:
  Sockets() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) fail(std::strerror(errno));
  }
  ~Sockets() { ::close(epoll_); }
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  int epoll() const { return epoll_; }

  curl_socket_t open(const curl_sockaddr& address) {
    const int fd = ::socket(address.family,
                            address.socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                            address.protocol);
    if (fd >= 0) at(fd) = {.may_stay = true};
    return fd >= 0 ? fd : CURL_SOCKET_BAD;
  }

  int close(curl_socket_t fd) {
    at(fd) = {};
    return ::close(fd);
  }

  void want(curl_socket_t fd, int what, std::size_t shard) {
    Socket& socket = at(fd);
    socket.shard = static_cast<std::uint8_t>(shard);
    socket.wanted = 0;
    if ((what & CURL_POLL_IN) != 0) socket.wanted |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) socket.wanted |= EPOLLOUT;
    if (what == CURL_POLL_REMOVE) {
      socket.wanted = 0;
      if (!socket.may_stay) watch(fd, socket);
    } else if ((socket.wanted & ~socket.watched) != 0) {
      watch(fd, socket);
    }
  }

  struct Event {
    curl_socket_t fd;
    std::size_t shard;
    int action;  // as libcurl calls it
  };

  // Calls `act` for each event that is there and wanted.
  template <typename Act>
  void read(const Act& act) {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), 0);
    for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
      const int fd = events[i].data.fd;
      Socket& socket = at(fd);
      const std::uint32_t came = events[i].events;
      const std::uint32_t ready = came & socket.wanted;
      const bool broken = (came & (EPOLLERR | EPOLLHUP)) != 0;
      if (socket.wanted == 0 || (ready == 0 && !broken)) {
        watch(fd, socket);
        continue;
      }
      int action = broken ? CURL_CSELECT_ERR : 0;
      if ((ready & EPOLLIN) != 0) action |= CURL_CSELECT_IN;
      if ((ready & EPOLLOUT) != 0) action |= CURL_CSELECT_OUT;
      act(Event{fd, socket.shard, action});
    }
  }

 private:
  struct Socket {
    std::uint32_t wanted = 0;
    std::uint32_t watched = 0;  // what the kernel was told
    std::uint8_t shard = 0;
    bool may_stay = false;
  };

  Socket& at(int fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= sockets_.size()) sockets_.resize(index * 2 + 1);
    return sockets_[index];
  }

  // Tells the kernel what is wanted.
  void watch(int fd, Socket& socket) {
    epoll_event event{.events = socket.wanted, .data = {.fd = fd}};
    const int operation = socket.wanted == 0    ? EPOLL_CTL_DEL
                          : socket.watched == 0 ? EPOLL_CTL_ADD
                                                : EPOLL_CTL_MOD;
    ::epoll_ctl(epoll_, operation, fd, &event);
    socket.watched = socket.wanted;
  }

  int epoll_;
  std::vector<Socket> sockets_;  // by descriptor
};

// Who has something to tell.  Callbacks only note: libcurl must not be called
// from inside libcurl, and no exception may pass through it.
struct Notes {
  std::vector<Id> heard;    // a head, or bytes
  std::vector<Id> reached;  // a socket to their host was opened

  // Memory for what is noted.  What came is told at once, so that few serve
  // thousands of transfers.
  std::vector<std::string> spare_bytes;
  std::vector<http::Headers> spare_lines;
};

// Takes one out of `spare`, if there is one.
template <typename Thing>
Thing taken_from(std::vector<Thing>& spare) {
  if (spare.empty()) return {};
  Thing thing = std::move(spare.back());
  spare.pop_back();
  return thing;
}

// What one request needs while it is under way.  libcurl keeps pointers into
// it, so it stays put; it is used again for others.
class Transfer {
 public:
  Transfer(const HttpLimits& limits, const std::string& ca_file,
           Sockets& sockets, Notes& notes)
      : easy_(::curl_easy_init()),
        sockets_(sockets),
        notes_(notes),
        most_head_(limits.most_head) {
    if (!easy_) fail("curl_easy_init");
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, error_text_.data());
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_CLOSESOCKETFUNCTION, &on_close);
    set(CURLOPT_CLOSESOCKETDATA, &sockets);
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(limits.connect_timeout.count()));
    set(CURLOPT_BUFFERSIZE, buffer_size);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_PATH_AS_IS, 1L);
    // A user name in a URL is no password; see configure(), too.
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NONE));
    set(CURLOPT_PIPEWAIT, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTP09_ALLOWED, 0L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    // A lookup that nobody answers would stall all others until it ends.
    set(CURLOPT_QUICK_EXIT, 1L);
    // With a CAPATH, libcurl reads the bundle again for each connection.
    set(CURLOPT_CAPATH, nullptr);
    set(CURLOPT_PROXY_CAPATH, nullptr);
    if (!ca_file.empty()) {
      set(CURLOPT_CAINFO, ca_file.c_str());
      set(CURLOPT_PROXY_CAINFO, ca_file.c_str());
    }
    if (code_ != CURLE_OK) fail(::curl_easy_strerror(code_));
  }

  CURL* easy() const { return easy_.get(); }
  Id id() const { return id_; }

  // Takes on a request.  Returns why it cannot be begun, or "".
  std::string_view put(Id id, http::Request request) {
    id_ = id;
    request_ = std::move(request);
    status_ = 0;
    line_count_ = head_size_ = body_size_ = 0;
    stage_ = Stage::head;
    has_large_head_ = has_large_body_ = false;
    is_noted_ = false;
    error_text_[0] = '\0';
    return configure();
  }

  // Forgets the request, to be used again.
  void clear() {
    id_ = 0;
    request_ = {};
    bytes_ = {};
    told_ = {};
    lines_ = {};
  }

  bool has_head() const { return stage_ == Stage::head_came; }

  // The head, once.
  http::Event take_head() {
    stage_ = Stage::body;
    lines_.resize(line_count_);
    return http::Head{
        .status = status_, .headers = std::move(lines_), .now = head_came_};
  }
  void forget(http::Event& head) {
    constexpr std::size_t usual = 64;
    auto& lines = std::get<http::Head>(head).headers;
    if (lines.size() <= usual) notes_.spare_lines.push_back(std::move(lines));
  }

  // Everything that came of the body since the last time.  The bytes are good
  // until forget_bytes().
  std::optional<http::Event> take_bytes() {
    is_noted_ = false;
    if (bytes_.empty()) return std::nullopt;
    told_ = std::exchange(bytes_, {});
    return http::Chunk{.bytes = told_, .now = bytes_came_};
  }
  void forget_bytes() {
    constexpr std::size_t usual = 16384;
    told_.clear();
    if (told_.capacity() <= usual) {
      notes_.spare_bytes.push_back(std::move(told_));
    }
    told_ = {};
  }

  http::Event end(CURLcode code) const {
    if (code == CURLE_OK) return http::Done{Loop::now()};
    // libcurl keeps a line of 100 KB at most, and calls a longer one so.
    const bool head = has_large_head_ || code == CURLE_OUT_OF_MEMORY;
    if (head || has_large_body_) {
      return http::Failed{
          .kind = http::Failure::too_large,
          .text = fmt::format("more than {} bytes of {}",
                              head ? most_head_ : request_.most_body,
                              head ? "headers" : "body"),
          .now = Loop::now()};
    }
    std::string text = error_text_[0] != '\0' ? error_text_.data()
                                              : ::curl_easy_strerror(code);
    if (!last_reply_.empty()) text += " (" + last_reply_ + ')';
    return http::Failed{.kind = failure(code),
                        .text = without_userinfo(text),
                        .now = Loop::now()};
  }

  // One that sent a mail is not used again: it has options that no other has.
  bool is_for_mail() const { return request_.mail != nullptr; }

 private:
  enum class Stage : std::uint8_t { head, head_came, body };

  static std::size_t on_header(char* data, std::size_t, std::size_t size,
                               void* self) noexcept {
    return static_cast<Transfer*>(self)->note_line({data, size}) ? size : 0;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size,
                             void* self) noexcept {
    return static_cast<Transfer*>(self)->note_bytes({data, size}) ? size : 0;
  }

  static std::size_t on_read(char* to, std::size_t, std::size_t size,
                             void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::string& body = transfer.request_.body;
    const std::size_t count = body.copy(to, size, transfer.sent_size_);
    transfer.sent_size_ += count;
    return count;
  }

  static curl_socket_t on_open(void* self, curlsocktype,
                               curl_sockaddr* address) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.notes_.reached.push_back(transfer.id_);
    return transfer.sockets_.open(*address);
  }

  static int on_close(void* sockets, curl_socket_t fd) noexcept {
    return static_cast<Sockets*>(sockets)->close(fd);
  }

  // What is wrong is kept in `code_`.
  template <typename Value>
  void set(CURLoption option, Value value) {
    if (code_ == CURLE_OK) {
      code_ = ::curl_easy_setopt(easy_.get(), option, value);
    }
  }

  void note() {
    if (!std::exchange(is_noted_, true)) notes_.heard.push_back(id_);
  }

  bool note_line(std::string_view line) {
    head_size_ += line.size();
    has_large_head_ = head_size_ > most_head_;
    if (has_large_head_) return false;
    if (stage_ != Stage::head) return true;  // trailers
    while (line.ends_with('\r') || line.ends_with('\n'))
      line.remove_suffix(1);
    if (is_for_mail()) {
      last_reply_ = line;
    } else if (line.empty()) {
      note_head();
    } else if (line.starts_with("HTTP/")) {
      note_status(line);
    } else {
      note_field(line);
    }
    return true;
  }

  void note_status(std::string_view line) {
    if (lines_.empty()) lines_ = taken_from(notes_.spare_lines);
    line_count_ = 0;
    status_ = 0;
    line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
    std::from_chars(line.data(), line.data() + line.size(), status_);
  }

  void note_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = base::trimmed(line.substr(colon + 1));
    if (line_count_ == lines_.size()) lines_.emplace_back();
    lines_[line_count_].first = name;
    lines_[line_count_].second = value;
    ++line_count_;
  }

  void note_head() {
    // "100 Continue" and its like; but 101 is the last that HTTP says.
    if (status_ < 200 && status_ != 101) return;
    stage_ = Stage::head_came;
    head_came_ = Loop::now();
    note();
  }

  bool note_bytes(std::string_view piece) {
    body_size_ += piece.size();
    has_large_body_ = body_size_ > request_.most_body;
    if (has_large_body_) return false;
    if (bytes_.empty()) {
      bytes_ = taken_from(notes_.spare_bytes);
      bytes_came_ = Loop::now();
    }
    bytes_ += piece;
    note();
    return true;
  }

  http::Failure failure(CURLcode code) const {
    // Where the body was not refused by us, its decoder refused to write it.
    if (code == CURLE_BAD_CONTENT_ENCODING || code == CURLE_WRITE_ERROR) {
      return http::Failure::undecoded;
    }
    curl_off_t ready = 0;  // set on a connection used again, too
    ::curl_easy_getinfo(easy(), CURLINFO_PRETRANSFER_TIME_T, &ready);
    if (ready == 0) return http::Failure::connect;
    if (code == CURLE_OPERATION_TIMEDOUT) return http::Failure::timeout;
    return was_shared(code) ? http::Failure::shared : http::Failure::broken;
  }

  // Whether what broke was not this call's alone: an HTTP/2 connection, or one
  // that another call had opened.  libcurl knows the version from the head on;
  // before it, only HTTP/2 can be in the middle of a body.
  bool was_shared(CURLcode code) const {
    if (code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM) return true;
    if (stage_ != Stage::head) {
      long version = 0;
      ::curl_easy_getinfo(easy(), CURLINFO_HTTP_VERSION, &version);
      return version == CURL_HTTP_VERSION_2_0;
    }
    if (code == CURLE_PARTIAL_FILE) return true;
    long opened = 1;
    ::curl_easy_getinfo(easy(), CURLINFO_NUM_CONNECTS, &opened);
    return opened == 0;
  }

  std::string_view configure() {
    for (const auto& [name, value] : request_.headers) {
      if (name.empty() || !is_one_line(name) || !is_one_line(value)) {
        return "a header that is no header";
      }
    }
    if (!is_one_line(request_.url) || !is_one_line(request_.method) ||
        !is_one_line(request_.proxy.reveal())) {
      return "a line end in the URL, the method or the proxy";
    }
    if (is_for_mail()) return configure_mail(*request_.mail);
    headers_.put(request_);
    set(CURLOPT_HTTPHEADER, headers_.first());
    // libcurl would make a password of it.
    const bool has_userinfo = request_.url.find('@') != std::string::npos;
    set(CURLOPT_URL, has_userinfo ? http::without_userinfo(request_.url).c_str()
                                  : request_.url.c_str());
    // Only TLS tells whether there is HTTP/2, and who asks without TLS would
    // wait for the first connection to say so.
    const bool http2 = !request_.http1 && http::is_https(request_.url);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS
                                                      : CURL_HTTP_VERSION_1_1));
    set(CURLOPT_TIMEOUT_MS,
        static_cast<long>(
            std::max(request_.timeout, base::Milliseconds(1)).count()));
    configure_method();
    configure_proxy();
    if (code_ == CURLE_OK) return {};
    return ::curl_easy_strerror(std::exchange(code_, CURLE_OK));
  }

  std::string_view configure_mail(const http::Mail& mail) {
    for (const std::string& to : mail.to) {
      if (!is_one_line(to)) return "a line end in an address";
      curl_slist* longer = ::curl_slist_append(recipients_.get(), to.c_str());
      if (longer == nullptr) fail("curl_slist_append");
      if (!recipients_) recipients_.reset(longer);  // else it is the same
    }
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_MAIL_FROM, mail.from.c_str());
    set(CURLOPT_MAIL_RCPT, recipients_.get());
    set(CURLOPT_FORBID_REUSE, 1L);  // the next mail may be hours away
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &on_read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_INFILESIZE_LARGE,
        static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_USE_SSL,
        static_cast<long>(mail.needs_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (!mail.username.empty()) {
      // All that the server offers, unlike HTTP's.
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERNAME, mail.username.c_str());
      set(CURLOPT_PASSWORD, mail.password.reveal().c_str());
    }
    set(CURLOPT_SSL_VERIFYPEER, mail.verifies ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, mail.verifies ? 2L : 0L);
    set(CURLOPT_TIMEOUT_MS,
        static_cast<long>(
            std::max(request_.timeout, base::Milliseconds(1)).count()));
    if (code_ == CURLE_OK) return {};
    return ::curl_easy_strerror(std::exchange(code_, CURLE_OK));
  }

  void configure_method() {
    const bool usual = request_.method == "POST" ||
                       (request_.method == "GET" && request_.body.empty());
    if (request_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (request_.method != "POST" && request_.body.empty()) {
      set(CURLOPT_HTTPGET, 1L);
    } else {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDS, request_.body.data());
      set(CURLOPT_POSTFIELDSIZE_LARGE,
          static_cast<curl_off_t>(request_.body.size()));
    }
    if (usual && !has_own_method_) return;
    has_own_method_ = !usual;
    set(CURLOPT_CUSTOMREQUEST, usual ? nullptr : request_.method.c_str());
  }

  void configure_proxy() {
    const bool proxied = !request_.proxy.empty();
    if (!proxied && !has_own_proxy_) return;
    has_own_proxy_ = proxied;
    set(CURLOPT_PROXY, proxied ? request_.proxy.reveal().c_str() : nullptr);
    // What NO_PROXY exempts is only exempt from the environment's own proxies.
    set(CURLOPT_NOPROXY, proxied ? "" : nullptr);
  }

  Easy easy_;
  CURLcode code_ = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  HeaderList headers_;
  List recipients_;  // of a mail, as the next two
  std::size_t sent_size_ = 0;
  std::string last_reply_;  // what the mail server said
  http::Request request_;
  Sockets& sockets_;
  Notes& notes_;
  std::size_t most_head_;
  Id id_ = 0;
  bool has_own_method_ = false;
  bool has_own_proxy_ = false;

  Stage stage_ = Stage::head;
  bool is_noted_ = false;
  int status_ = 0;
  std::size_t line_count_ = 0;  // of lines_, whose strings are used again
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;
  http::Headers lines_;
  Time head_came_;
  std::string bytes_;  // not told yet
  std::string told_;
  Time bytes_came_;
  bool has_large_head_ = false;
  bool has_large_body_ = false;
};

// How many connections one shard may keep, if all do.
std::size_t share_of_descriptors() {
  constexpr rlim_t others = 128;  // not ours
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t ours = limit.rlim_cur > others ? limit.rlim_cur - others : 1;
  return std::min<rlim_t>(ours, std::size_t{1} << 20) / most_shards;
}

// Some of the hosts, on a multi handle of their own.
struct Shard {
  std::size_t index = 0;
  Sockets* sockets = nullptr;
  Multi multi;
  Time deadline = base::never;  // libcurl's
  std::size_t in_flight = 0;
  std::size_t peak = 0;  // what its connections were made for
};

// Drives libcurl from the loop, and tells the exchanges what comes.
class CurlClient final : public HttpClient {
 public:
  CurlClient(Loop& loop, const HttpLimits& limits)
      : loop_(loop),
        limits_(limits),
        ca_file_(ca_file_of(limits)),
        pace_(limits.pace),
        most_connections_(share_of_descriptors()),
        watch_(loop, sockets_.epoll()),
        timer_(loop) {
    // What libcurl refuses, it refuses here and not in the middle of a round.
    spare_.push_back(make_transfer());
  }

  ~CurlClient() override {
    for (Slot& slot : slots_) {
      if (slot.transfer) detach(slot);
    }
  }

  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  Id send(Lane lane, const std::string& host, Exchange& exchange) override {
    if (free_.empty()) {
      free_.push_back(slots_.size());
      slots_.emplace_back();
    }
    const std::size_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.exchange = &exchange;
    slot.host = &hosts_[host];
    const Id id = (Id{slot.generation} << 32U) | index;
    pace_.add(id, lane, host);
    ++used_;
    wake();
    return id;
  }

  void cancel(Id id) override {
    if (find(id) != nullptr) take(id);
  }

  void hold(Lane lane, Time until) override {
    pace_.hold(lane, until);
    wake();
  }

  void limit(Lane lane, const LaneLimits& limits) override {
    pace_.limit(lane, limits);
    wake();
  }

 private:
  struct Host {
    Shard* home = nullptr;  // where its connections are
  };

  // A request that waits or is under way.  Its id is its index and generation.
  struct Slot {
    std::uint32_t generation = 1;
    Exchange* exchange = nullptr;  // none where nothing is
    Host* host = nullptr;
    std::unique_ptr<Transfer> transfer;  // where it is under way
    Shard* shard = nullptr;
  };

  // One turn of work.  What a throwing handler left undone is for another.
  class Turn {
   public:
    explicit Turn(CurlClient& client) : client_(client) {
      client_.in_turn_ = true;
    }
    ~Turn() {
      client_.in_turn_ = false;
      if (!whole_) client_.untold_ = client_.awake_ = true;
      if (client_.awake_) client_.post_turn();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void end() { whole_ = true; }

   private:
    CurlClient& client_;
    bool whole_ = false;
  };

  // Takes a request out unless it could be begun.
  class Beginning {
   public:
    Beginning(CurlClient& client, Id id) : client_(client), id_(id) {}
    ~Beginning() {
      if (!begun_) client_.cancel(id_);
    }
    Beginning(const Beginning&) = delete;
    Beginning& operator=(const Beginning&) = delete;

    void end() { begun_ = true; }

   private:
    CurlClient& client_;
    Id id_;
    bool begun_ = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* shard,
                       void*) noexcept {
    const auto* self = static_cast<Shard*>(shard);
    self->sockets->want(fd, what, self->index);
    return 0;
  }

  // libcurl calls this twice for each request: only a deadline is stored.
  static int on_timer(CURLM*, long milliseconds, void* shard) noexcept {
    static_cast<Shard*>(shard)->deadline =
        milliseconds < 0 ? base::never
                         : Loop::now() + base::Milliseconds(milliseconds);
    return 0;
  }

  std::unique_ptr<Transfer> make_transfer() {
    return std::make_unique<Transfer>(limits_, ca_file_, sockets_, notes_);
  }

  std::unique_ptr<Transfer> spare_transfer() {
    if (spare_.empty()) return make_transfer();
    auto spare = std::move(spare_.back());
    spare_.pop_back();
    return spare;
  }

  // The work is done from the loop, once for all calls before it.
  void wake() {
    awake_ = true;
    if (!in_turn_) post_turn();
  }

  void post_turn() {
    if (std::exchange(posted_, true)) return;
    loop_.post([this, alive = std::weak_ptr(alive_)] {
      if (alive.expired()) return;
      posted_ = false;
      turn(false);
    });
  }

  // Everything that is due now.
  void turn(bool is_readable) {
    Turn turn(*this);
    if (std::exchange(untold_, false)) tell_all();
    if (is_readable) {
      sockets_.read([this](const Sockets::Event& event) {
        act(*shards_[event.shard], event.fd, event.action);
      });
    }
    expire();
    begin();
    expire();
    watch();
    arm();
    turn.end();
  }

  void act(Shard& shard, curl_socket_t fd, int action) {
    int running = 0;
    ::curl_multi_socket_action(shard.multi.get(), fd, action, &running);
    tell(shard);
  }

  void expire() {
    const Time now = Loop::now();
    for (const auto& shard : shards_) {
      if (shard->deadline > now) continue;
      shard->deadline = base::never;
      act(*shard, CURL_SOCKET_TIMEOUT, 0);
    }
  }

  void begin() {
    awake_ = false;
    start_released();  // what a throwing handler left
    released_ = pace_.release(Loop::now());
    started_ = 0;
    start_released();
  }

  void start_released() {
    while (started_ < released_.size()) {
      start(released_[started_++]);
      // Not all at once: a time that counts from Sent would count the others.
      if (started_ % 16 == 0) expire();
    }
  }

  void start(Id id) {
    Slot* slot = find(id);
    if (slot == nullptr) return;  // cancelled by a handler before it
    Beginning beginning(*this, id);
    http::Request request = slot->exchange->request();
    beginning.end();
    slot = find(id);
    if (slot == nullptr) return;  // cancelled by itself
    Exchange& exchange = *slot->exchange;
    auto transfer = request.mail ? make_transfer() : spare_transfer();
    std::string_view trouble = transfer->put(id, std::move(request));
    if (trouble.empty()) trouble = attach(*slot, transfer);
    if (trouble.empty()) {
      exchange.on(http::Sent{Loop::now()});
    } else {
      take(id);
      exchange.on(http::Failed{.kind = http::Failure::connect,
                               .text = std::string(trouble),
                               .now = Loop::now()});
    }
  }

  // Returns why libcurl does not take the transfer, or "".
  std::string_view attach(Slot& slot, std::unique_ptr<Transfer>& transfer) {
    Shard& shard = shard_of(*slot.host);
    const CURLMcode code =
        ::curl_multi_add_handle(shard.multi.get(), transfer->easy());
    if (code != CURLM_OK) return ::curl_multi_strerror(code);
    slot.transfer = std::move(transfer);
    slot.shard = &shard;
    ++in_flight_;
    if (++shard.in_flight > shard.peak) make_room(shard);
    return {};
  }

  // Lets `shard` keep 2 to 4 times as many connections as it has calls in
  // flight: those of hosts whose turn comes again later, too.
  void make_room(Shard& shard) const {
    shard.peak = shard.in_flight * 2;
    const std::size_t wanted = std::max(2 * shard.peak, few_connections);
    const std::size_t kept =
        std::max(shard.peak, std::min(wanted, most_connections_));
    ::curl_multi_setopt(shard.multi.get(), CURLMOPT_MAXCONNECTS,
                        static_cast<long>(kept));
  }

  void detach(Slot& slot) {
    Shard& shard = *slot.shard;
    ::curl_multi_remove_handle(shard.multi.get(), slot.transfer->easy());
    --shard.in_flight;
    --in_flight_;
  }

  // A host stays at one shard, where its connections are, until that one has
  // too much to do.
  Shard& shard_of(Host& host) {
    if (host.home == nullptr) host.home = &shard_below(enough_for_a_shard);
    if (host.home->in_flight < too_much_for_a_shard) return *host.home;
    return shard_below(too_much_for_a_shard);
  }

  // The first one with fewer calls in flight than `most`.  New ones are made
  // late, because each reads the certificates.
  Shard& shard_below(std::size_t most) {
    const auto in_flight = [](const auto& shard) { return shard->in_flight; };
    const auto found = std::ranges::find_if(
        shards_, [&](const auto& shard) { return shard->in_flight < most; });
    if (found != shards_.end()) return **found;
    if (shards_.size() == most_shards) {
      return **std::ranges::min_element(shards_, {}, in_flight);
    }
    shards_.push_back(make_shard());
    return *shards_.back();
  }

  std::unique_ptr<Shard> make_shard() {
    auto shard = std::make_unique<Shard>();
    shard->index = shards_.size();
    shard->sockets = &sockets_;
    shard->multi.reset(::curl_multi_init());
    CURLM* multi = shard->multi.get();
    if (multi == nullptr) fail("curl_multi_init");
    ::curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &on_socket);
    ::curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, shard.get());
    ::curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &on_timer);
    ::curl_multi_setopt(multi, CURLMOPT_TIMERDATA, shard.get());
    ::curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
                        streams_of_a_connection);
    return shard;
  }

  void watch() {
    if (in_flight_ == 0) {
      if (std::exchange(watching_, false)) watch_.cancel();
    } else if (!std::exchange(watching_, true)) {
      watch_.once([this] {
        watching_ = false;
        turn(true);
      });
    }
  }

  // One timer for all, moved only when something is due before it.
  void arm() {
    Time wanted = awake_ ? base::never : pace_.next();
    for (const auto& shard : shards_)
      wanted = std::min(wanted, shard->deadline);
    if (used_ == 0 || wanted == base::never) {
      if (std::exchange(armed_, base::never) != base::never) timer_.cancel();
    } else if (wanted < armed_) {
      armed_ = wanted;
      timer_.set(wanted, [this] {
        armed_ = base::never;
        turn(false);
      });
    }
  }

  void tell_all() {
    for (const auto& shard : shards_)
      tell(*shard);
  }

  // Hands over what was noted, then what has ended.  Handlers may send, cancel
  // and throw.
  void tell(Shard& shard) {
    while (!notes_.reached.empty()) {
      pace_.reached(notes_.reached.back());
      notes_.reached.pop_back();
      awake_ = true;
    }
    while (!notes_.heard.empty()) {
      tell_heard(notes_.heard.back());
      notes_.heard.pop_back();  // not if it threw: there may be more to tell
    }
    int left = 0;
    while (const CURLMsg* message =
               ::curl_multi_info_read(shard.multi.get(), &left)) {
      char* ended = nullptr;
      ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
      const CURLcode code = message->data.result;
      tell_end(*reinterpret_cast<Transfer*>(ended), code);
    }
    recycle();  // none of their handlers runs any more
  }

  void tell_heard(Id id) {
    Slot* slot = find(id);
    if (slot == nullptr) return;
    Exchange& exchange = *slot->exchange;
    Transfer& transfer = *slot->transfer;
    if (transfer.has_head()) {
      http::Event head = transfer.take_head();
      exchange.on(head);
      transfer.forget(head);
      if (find(id) == nullptr) return;
    }
    if (const auto bytes = transfer.take_bytes()) {
      exchange.on(*bytes);
      transfer.forget_bytes();
    }
  }

  void tell_end(const Transfer& transfer, CURLcode code) {
    const Id id = transfer.id();
    Exchange& exchange = *slot_of(id).exchange;
    const http::Event end = transfer.end(code);
    take(id);
    exchange.on(end);
  }

  // The slot of a request that is there.
  Slot& slot_of(Id id) { return slots_[static_cast<std::uint32_t>(id)]; }

  // The slot of a request, or none if it is not there any more.
  Slot* find(Id id) {
    if (static_cast<std::uint32_t>(id) >= slots_.size()) return nullptr;
    Slot& slot = slot_of(id);
    const bool same = slot.exchange != nullptr && slot.generation == id >> 32U;
    return same ? &slot : nullptr;
  }

  // Ends a request for us; its transfer lives on while a handler may run.
  void take(Id id) {
    Slot& slot = slot_of(id);
    if (slot.transfer) {
      detach(slot);
      ended_.push_back(std::move(slot.transfer));
    }
    slot.exchange = nullptr;
    ++slot.generation;
    free_.push_back(static_cast<std::uint32_t>(id));
    --used_;
    pace_.remove(id);
    wake();
  }

  void recycle() {
    for (auto& transfer : ended_) {
      if (transfer->is_for_mail()) continue;
      transfer->clear();
      if (spare_.size() < most_spare) spare_.push_back(std::move(transfer));
    }
    ended_.clear();
  }

  Loop& loop_;
  HttpLimits limits_;
  std::string ca_file_;
  Pace pace_;
  Sockets sockets_;
  Notes notes_;
  std::size_t most_connections_;  // kept by one shard
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_;  // slots without a request
  std::vector<std::unique_ptr<Transfer>> spare_;
  std::vector<std::unique_ptr<Transfer>> ended_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unordered_map<std::string, Host> hosts_;
  std::vector<Id> released_;
  std::size_t started_ = 0;  // of them
  Watch watch_;
  Timer timer_;
  Time armed_ = base::never;
  std::size_t used_ = 0;       // slots
  std::size_t in_flight_ = 0;  // in a multi handle
  bool watching_ = false;
  bool in_turn_ = false;
  bool awake_ = false;   // there is something to begin
  bool posted_ = false;  // a turn is
  bool untold_ = false;  // a handler threw
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(Loop& loop,
                                             const HttpLimits& limits) {
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) fail(::curl_easy_strerror(ready));
  return std::make_unique<CurlClient>(loop, limits);
}

}  // namespace net
