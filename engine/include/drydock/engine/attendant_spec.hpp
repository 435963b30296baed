// SPDX-License-Identifier: Apache-2.0
// What a fleet file says of the things around a whole upgrade: hooks, approvals,
// guards.
#pragma once

#include "drydock/engine/guard.hpp"
#include "drydock/engine/hooks.hpp"
#include "drydock/engine/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace drydock::inline v1::engine {

/// How a guard is looked at: by a command, or by a query of Prometheus.
struct guard_spec {
  /// Its name, and what follows when it does not hold.
  guard_rule rule = {};
  /// argv; exit status 0: it holds. Empty: it is Prometheus that is asked.
  std::vector<std::string> command = {};
  /// Where Prometheus answers: `http://localhost:9090`.
  std::string prometheus = {};
  /// PromQL. The guard holds when the result has at least one sample and no sample is
  /// 0.
  std::string query = {};
  /// From one look to the next; > 0.
  duration interval = std::chrono::seconds(30);
  /// Of one look; > 0.
  duration timeout = std::chrono::seconds(10);
  /// Looks in a row that must fail before the guard does not hold; ≥ 1.
  std::uint32_t number_of_failures = 3;
};

/// The commands around a whole upgrade; argv each, empty: there is none.
struct upgrade_commands {
  /// Decides on a checkpoint: exit status 0 approves, 1 rejects, 75 is not decided yet.
  std::vector<std::string> approve = {};
  /// Until it is asked again, where it has not decided; > 0.
  duration approve_interval = std::chrono::seconds(30);
  /// Indexed by `upgrade_hook`.
  std::array<std::vector<std::string>, 4> hooks = {};
};

/// Which of them there are.
[[nodiscard]] upgrade_hooks hooks_of(const upgrade_commands& x);

/// How a guard of a simulated fleet behaves; one that is not named always holds.
struct simulated_guard {
  /// Of one of the guards.
  std::string name = {};
  /// From the start of the upgrade; nothing: it never fails.
  std::optional<duration> fails_after = {};
  /// From its failure; nothing: it stays failed.
  std::optional<duration> recovers_after = {};
};

/// A hook that fails for good.
struct simulated_hook_fault {
  /// Which one.
  upgrade_hook hook = upgrade_hook::before_batch;
  /// Of this batch only; 0: of any, or of none.
  std::uint32_t batch = 0;
  /// So many of its runs fail, the later ones succeed; ≥ 1.
  std::uint32_t attempts = 1;
};

} // namespace drydock::inline v1::engine
