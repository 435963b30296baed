// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fixture.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drydock::testing {

/// Machines that outlive the engines that upgrade them: their versions, and how often
/// each was acted on.
class machine_world {
public:
  /// Brings the target to its version at once.
  void act(const instance& target, const action& what);
  [[nodiscard]] std::int64_t version(std::string_view id);
  [[nodiscard]] int acted_on(std::string_view id);
  /// How many run the version.
  [[nodiscard]] std::size_t count(std::int64_t version);

private:
  std::mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> versions_;
  std::map<std::string, int, std::less<>> acts_;
};

/// Of a model.
std::int64_t version_in(const value& model);

/// A driver of such machines. From the `holds_from`th action on it acts or not, as
/// `acts_while_held` says, and keeps the answer to itself.
class world_driver : public scripted_driver {
public:
  explicit world_driver(machine_world& world, int holds_from = 1000);

  bool acts_while_held = true;
  /// How many answers it keeps.
  [[nodiscard]] std::size_t held();
  /// What it keeps; without an answer each fails.
  std::vector<completion> take_held();

private:
  void handle(const instance& target, const action& what, completion done);

  machine_world& world_;
  const int holds_from_;
  std::atomic<int> begun_{0};
  std::mutex mutex_;
  std::vector<completion> held_;
};

/// An engine with this store, and the set `web` of ten instances in it, two of which
/// may be away at a time.
struct kept_engine {
  kept_engine(const store_options& store, std::shared_ptr<driver> by,
              clock_kind clock = clock_kind::real, log_handler log = {});
  /// With another set.
  kept_engine(const store_options& store, scale_set_options options,
              clock_kind clock = clock_kind::real);

  std::optional<upgrade_engine> engine;
  std::optional<result<scale_set>> added;
  scale_set& set() { return **added; }
};

/// A set of ten whose driver is waited for for ever.
scale_set_options make_kept_set(std::shared_ptr<driver> by);

/// Leaves an upgrade to version 2 unfinished in `store`: `done` instances are through,
/// two are in hand. Returns its id.
std::string leave_unfinished(const store_options& store, machine_world& world, int done,
                             bool acts_while_held = true);

} // namespace drydock::testing
