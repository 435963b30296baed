// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/rehearsal/report.hpp>
#include <drydock/result.hpp>
#include <drydock/scale_set.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace drydock::inline v1 {

/// How an upgrade is rehearsed.
struct rehearsal_options {
  /// What the fleet is taken to be; nothing: what the set's `simulated_spec` says.
  std::optional<simulated_spec> world = {};
  /// Runs; ≥ 1.
  std::uint32_t runs = 200;
  /// The same upgrade, runs and seed give the same report.
  std::uint64_t seed = 1;
  /// Threads; 0: one a core.
  unsigned jobs = 0;
  /// Ends before `runs` as soon as the 95 % interval of every fate's odds is at most
  /// this much to either side; ≥ 0, 0: never before.
  double until_precision = 0.0;
  /// A run that takes longer is cancelled; 0: after seven days. At most 365 days.
  duration time_limit{0};
  /// Called now and then with the runs done, on any thread, several at the same time;
  /// must not throw.
  std::function<void(std::uint32_t)> on_progress = {};
  /// Ends the rehearsal early when it turns true; must live as long as the call. Null:
  /// nothing does.
  const std::atomic<bool>* stop = nullptr;
};

/// Runs the upgrade that `what` would begin many times in virtual time, with the
/// actors and machines of a real run, and adds the runs up. Touches nothing, calls no
/// driver and no prober; blocks; from any thread. Errors as those of
/// `scale_set::plan`, and `invalid_argument` where nothing says how long anything
/// takes, or an option is out of its range.
[[nodiscard]] result<rehearsal::report>
rehearse(const scale_set& set, const change& what, const rehearsal_options& how = {});

} // namespace drydock::inline v1
