// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/log.hpp>
#include <drydock/result.hpp>
#include <drydock/scale_set.hpp>
#include <drydock/store_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace drydock::inline v1 {

/// Which time upgrades run on.
enum class clock_kind : std::uint8_t {
  /// The time of day passes.
  real,
  /// Time runs as fast as the work allows; each upgrade has a clock and a thread of
  /// its own. For drivers and probers that answer within the call (with `after`), and
  /// for simulated fleets: later answers are ignored, so that the timeout counts.
  virtual_time,
};

/// How an engine works; fixed once it is made.
struct engine_options {
  /// That decide and call drivers and probers, for all upgrades together; 0: one a
  /// core. They start with the first upgrade.
  std::size_t threads = 0;
  /// Which time all its upgrades run on.
  clock_kind clock = clock_kind::real;
  /// Spreads retries; the same seed gives the same delays.
  std::uint64_t seed = 1;
  /// Hears what is no error of any call: a driver that threw, an answer that was never
  /// given. Empty: nothing is said. Not called once the engine is gone, but for what
  /// handlers of `upgrade::on_finish` throw.
  log_handler log = {};
  /// Where upgrades are written down before they act, so that another engine can go on
  /// with them. It is opened when the first scale set is added. By default nowhere.
  /// Scale sets that are kept cannot replace instances (`max_surge`) yet.
  store_options store = {};
};

/// Upgrades scale sets; the root of everything. Move only. Every member may be called
/// from any thread; create as many as you like.
class upgrade_engine {
public:
  /// Starts nothing yet: threads come with the first upgrade.
  explicit upgrade_engine(engine_options options = {});
  /// What was moved from may be destroyed or assigned to, nothing else.
  upgrade_engine(upgrade_engine&& other) noexcept;
  /// The engine that was here ends as with its destructor.
  upgrade_engine& operator=(upgrade_engine&& other) noexcept;

  /// Ends upgrades that still run: nothing new is begun, actions under way are left to
  /// their drivers, whose answers are ignored; each such upgrade ends Cancelled with
  /// the code `EngineDestroyed`, and whoever waits for it wakes up. Handlers of events
  /// hear nothing more, those of `on_finish` are called. Waits for calls of drivers,
  /// probers and handlers that are under way, so do not destroy an engine from one of
  /// these. For an orderly end cancel the upgrades, and wait for them. An engine may be
  /// a global of the program: what its drivers and handlers use must live as long.
  ///
  /// With a store such an upgrade has no end: its report has the status
  /// `RollingForward` beside that code, and the next engine can resume it. Leases are
  /// given back.
  ~upgrade_engine();

  /// Takes a scale set on. All problems are in one error: `invalid_argument`, or
  /// `already_exists`. Asks the driver for its features, on this thread.
  ///
  /// With a store it takes the lease of the set's name as well, and looks for an
  /// upgrade that was left unfinished (`scale_set::unfinished`): the engine's picture
  /// of a set, its model and who lags, is worth something only as long as nobody else
  /// upgrades it. Then also `store_unavailable`, `store_newer` and `lease_held`; to
  /// take over from another engine as soon as it is gone, try again every few seconds.
  result<scale_set> add(scale_set_options options);

  /// Lets go of a scale set, its driver and its prober, and gives its lease back. Where
  /// nobody else has them, driver and prober are destroyed here, before it returns.
  /// `upgrade_in_progress` while an upgrade runs.
  result<void> remove(std::string_view name);

  /// The scale set of that name; `not_found` where there is none.
  [[nodiscard]] result<scale_set> find(std::string_view name) const;

  /// In the order in which they were added.
  [[nodiscard]] std::vector<scale_set> scale_sets() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::inline v1
