#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/http.h"
#include "base/json.h"
#include "base/messages.h"
#include "base/time.h"
#include "core/outcome.h"
#include "core/provider.h"

namespace core {

// The passes that logins brought, by the key they were got with, until they are
// over.  Kept in memory alone, from round to round.
class Passes {
 public:
  // Returns nullptr where there is none that is still good for a while.  Lives
  // until the next put().  One that was got at a time that is yet to come, by a
  // clock that has been set back since, is over.
  const base::Secret* find(const base::Secret& key, base::WallTime now) const;
  void put(const base::Secret& key, Pass pass, base::WallTime now);
  void drop(const base::Secret& key);

 private:
  struct Kept {
    Pass pass;
    base::WallTime since{};
  };
  std::map<std::string, Kept, std::less<>> passes_;
};

// One login with `key`: its answer, as it comes.  `passes` outlives it.
class Login {
 public:
  Login(Passes& passes, base::Secret key, base::WallTime now)
      : passes_(passes), key_(std::move(key)), now_(now) {}

  void feed(std::string_view bytes);

  // What went wrong, or nothing: then the pass has been put.
  struct Refused {
    Outcome outcome{};
    std::string error;  // not redacted
  };
  std::optional<Refused> end(const Provider& provider, int status,
                             base::json::Document& scratch);

 private:
  Passes& passes_;
  base::Secret key_;
  base::WallTime now_;
  std::string body_;
};

}  // namespace core
