// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/engine/driver_spec.hpp"
#include "drydock/rehearsal/report.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace drydock::inline v1::rehearsal {

/// The upgrade that is rehearsed, and the world it is rehearsed in.
struct scenario {
  std::shared_ptr<const engine::fleet> instances;
  engine::rollout_options rollout;
  /// Seeds of jitter and hooks are the rehearsal's own affair.
  engine::lifecycle_options lifecycle;
  engine::health_source health;
  /// Its seed is that of the rehearsal's runs.
  engine::rehearsal_spec spec;
};

struct options {
  /// ≥ 1.
  std::uint32_t runs = 200;
  std::uint64_t seed = 1;
  /// Threads; 0: one a core.
  unsigned jobs = 0;
  /// Ends before `runs` as soon as the 95 % interval of every fate's odds is at
  /// most this much to either side; 0: never before.
  double until_precision = 0.0;
  /// Called now and then, with the runs done, on any thread.
  std::function<void(std::uint32_t)> on_progress;
  /// Ends the rehearsal early when it turns true; the runs done so far count.
  const std::atomic<bool>* stop = nullptr;
};

/// The seed of the `run`-th run (from 1) of a rehearsal with `seed`: the first
/// run has `seed` itself. Below 2⁵³, so that JSON readers keep it.
[[nodiscard]] std::uint64_t seed_of(std::uint64_t seed, std::uint32_t run);

/// One run with `seed` in virtual time; `listener` hears its events.
engine::upgrade_report replay(const scenario& what, std::uint64_t seed,
                              actors::upgrade_listener& listener);

/// Runs the upgrade many times in virtual time, with the very actors and machines
/// of a real run, each time from a seed of its own. The same scenario, runs and
/// seed give the same report, whatever `jobs`. Blocks.
[[nodiscard]] report rehearse(const scenario& what, const options& how);

} // namespace drydock::inline v1::rehearsal
