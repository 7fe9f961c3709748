#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/time.h"
#include "net/http_client.h"
#include "net/sockets.h"
#include "net/trust.h"

struct curl_slist;

namespace net {

// Who has something to tell.  Callbacks only note: libcurl must not be called
// from inside libcurl, and no exception may pass through it.
struct Notes {
  std::vector<HttpClient::Id> heard;    // a head, or bytes
  std::vector<HttpClient::Id> reached;  // a socket to their host was opened

  // Memory for what is noted.  What came is told at once, so that few serve
  // thousands of transfers.
  std::vector<std::string> spare_bytes;
  std::vector<base::http::Headers> spare_lines;
};

// What all transfers of a client share.  It outlives them.
struct Surroundings {
  const HttpLimits& limits;
  Sockets& sockets;
  Trust& trust;
  Notes& notes;
};

// The headers of a request as libcurl wants them, without a copy for each.
class HeaderList {
 public:
  HeaderList();
  ~HeaderList();
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void put(const base::http::Request& request);

  curl_slist* first();

 private:
  void line(std::string_view name, std::string_view value);
  void add(std::string_view line);
  void link();

  std::string text_;
  std::vector<std::size_t> starts_;
  std::vector<curl_slist> nodes_;
};

// What one request needs while it is under way.  libcurl keeps pointers into
// it, so it stays put; it is used again for others.
class Transfer {
 public:
  using Id = HttpClient::Id;

  explicit Transfer(const Surroundings& around);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // The handle of libcurl, a CURL*.
  void* easy() const { return easy_.get(); }
  Id id() const { return id_; }

  // Takes on a request.  Returns why it cannot be begun, or "".
  std::string_view put(Id id, base::http::Request request);

  // Forgets the request, to be used again.
  void clear();

  bool has_head() const { return stage_ == Stage::head_came; }

  // The head, once.
  base::http::Event take_head();
  void forget(base::http::Event& head);

  // Everything that came of the body since the last time.  The bytes are good
  // until forget_bytes().
  std::optional<base::http::Event> take_bytes();
  void forget_bytes();

  // `code` is libcurl's, here and below.
  base::http::Event end(int code) const;

  // Whether the answer came over HTTP/2.
  bool was_multiplexed() const;

  // One that sent a mail is not used again: it has options that no other has.
  bool is_for_mail() const { return request_.mail != nullptr; }

 private:
  enum class Stage : std::uint8_t { head, head_came, body };

  struct Callbacks;  // what libcurl calls
  struct EasyDeleter {
    void operator()(void* easy) const;
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const;
  };

  // What is wrong is kept in `code_`.
  template <typename Value>
  void set(int option, Value value);

  // What was wrong, or "".
  std::string_view trouble();

  void note();
  bool note_line(std::string_view line);
  void note_status(std::string_view line);
  void note_field(std::string_view line);
  void note_head();
  bool note_bytes(std::string_view piece);

  base::http::Failure failure(int code) const;
  bool was_shared(int code) const;

  std::string_view configure();
  std::string_view configure_mail(const base::http::Mail& mail);
  void configure_method();
  void configure_proxy();
  void configure_timeout();

  std::unique_ptr<void, EasyDeleter> easy_;
  int code_ = 0;
  std::array<char, 256> error_text_{};
  HeaderList headers_;
  std::unique_ptr<curl_slist, ListDeleter>
      recipients_;  // of a mail, as the next two
  std::size_t sent_size_ = 0;
  std::string last_reply_;  // what the mail server said
  base::http::Request request_;
  Surroundings around_;
  Id id_ = 0;
  bool has_own_method_ = false;
  bool has_own_proxy_ = false;

  Stage stage_ = Stage::head;
  bool is_noted_ = false;
  int status_ = 0;
  std::size_t line_count_ = 0;  // of lines_, whose strings are used again
  std::size_t head_size_ = 0;
  std::size_t body_size_ = 0;
  base::http::Headers lines_;
  base::Time head_came_;
  std::string bytes_;  // not told yet
  std::string told_;
  base::Time bytes_came_;
  bool has_large_head_ = false;
  bool has_large_body_ = false;
  bool is_crowded_ = false;  // there was no socket for it
};

}  // namespace net
