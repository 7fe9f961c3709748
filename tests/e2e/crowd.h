#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attacks.h"
#include "expected.h"
#include "support/certificates.h"
#include "support/tls_door.h"
#include "world.h"

namespace e2e {

// A channel for each of many upstreams, good ones and hostile ones, with a key
// of its own, and what a round has to make of it.
class Crowd {
 public:
  explicit Crowd(World& world);

  // On several ports, one of them with TLS: of five models one is gone, another
  // is new.
  void add_healthy(int count);

  // One channel whose list is attacked so, one whose models are.
  void add_attacks(const std::vector<Attack>& attacks);

  // Lists that offer x, y and one of these names, as JSON writes it.
  void add_names(const std::vector<std::string>& names);

  // Nothing answers there at all, or nothing comes through that proxy.
  void add_dead(const std::string& base_url, const std::string& proxy = "");

  // What answers there is cut off in its middle.
  void add_cut_off(const std::string& base_url);

  // Behind it is the hostile upstream.
  support::TlsDoor& add_door(
      const support::Identity& identity,
      support::TlsDoor::Manner manner = support::TlsDoor::Manner::leads_on);

  static std::string key_of(std::int64_t id);

  World& world() { return world_; }
  const support::Authority& authority() const { return authority_; }
  const std::vector<Expected>& edits() const { return edits_; }
  const support::TlsDoor& good_door() const { return door_; }
  const std::vector<std::unique_ptr<support::TlsDoor>>& doors() const {
    return doors_;
  }

  // As Report::lines() says them.
  const std::vector<std::string>& lines() const { return lines_; }

  // Everything that any upstream was asked.
  std::vector<demo::Seen> log();

 private:
  std::int64_t next_id() { return ++last_id_; }
  void expect(std::int64_t id, const std::string& what);
  void add(Row row);
  void add_at(std::int64_t id, const std::string& site,
              const std::string& expected);

  World& world_;
  support::Authority authority_;
  std::array<support::UpstreamThread, 4> farm_;
  support::Identity identity_ = authority_.sign({});
  support::TlsDoor door_{identity_, farm_.front().port()};
  std::vector<std::unique_ptr<support::TlsDoor>> doors_;
  std::vector<Expected> edits_;
  std::vector<std::string> lines_;
  std::int64_t last_id_ = 0;
};

}  // namespace e2e
