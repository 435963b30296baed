// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// A budget that the upgrades of several scale sets share. No type here knows CAF.
namespace drydock::inline v1::protocol {

/// What an upgrade has of the budget, and what it could use.
struct budget_request {
  /// Names it; grows with every request of the upgrade.
  std::uint32_t request = 0;
  /// Instances that are unavailable, or of which nobody knows.
  std::uint32_t unavailable = 0;
  /// What it keeps of its share at most.
  std::uint32_t kept = 0;
  /// The share that it could use.
  std::uint32_t wanted = 0;
};

/// The answer to a request, and whatever changes it later.
struct budget_answer {
  /// The last request that was heard before.
  std::uint32_t request = 0;
  /// The most instances that may be unavailable by the upgrade's own decision.
  std::uint32_t share = 0;
  /// Of the budget.
  std::uint32_t ceiling = 0;
  /// Who holds how much of it; 0: nobody has heard of that one yet.
  std::vector<std::pair<std::string, std::uint32_t>> holders;
};

/// Where one upgrade asks. Every member may be called from any thread, and returns at
/// once.
class budget_port {
public:
  virtual ~budget_port() = default;

  /// Takes answers, from any thread; after the end of the upgrade nothing happens.
  using answer_taker = std::function<void(budget_answer)>;

  /// Tells how the upgrade stands; `to` hears the answer, and whatever changes it until
  /// the next call.
  virtual void ask(const budget_request& request, answer_taker to) = 0;
};

} // namespace drydock::inline v1::protocol
