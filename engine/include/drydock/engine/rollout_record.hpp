// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/health.hpp"
#include "drydock/engine/recovery.hpp"
#include "drydock/engine/step.hpp"

#include <cstddef>
#include <cstdint>

/// What a rollout machine keeps of each instance; its own affair.
namespace drydock::inline v1::engine::rollout_parts {

/// Where a rollout stands.
enum class rollout_stage : std::uint8_t {
  created,
  settling,     // the first check waits for health
  deciding,     // between batches, about to look
  waiting,      // nobody may go
  working,      // a batch is under way
  pausing,      // between two batches
  holding,      // at a checkpoint
  hooking,      // a hook around the upgrade or a batch runs
  paused,       // such a hook has failed
  cancelling,   // a batch runs out
  rolling_back, // after a breach
  finished,
  keeping, // upgrades nobody
  ending,  // repairs run out
};
/// What it does with an instance.
enum class rollout_standing : std::uint8_t {
  pending,
  up_to_date,
  working,
  succeeded,
  failed,
  skipped,
  deleted,
  // In no count, as are deleted ones. Positions of replacements:
  spare,      // nobody is there
  arriving,   // a replacement is being made
  discarding, // it did not do, and is being deleted
  // A member that is being deleted as its replacement serves.
  leaving,
};
constexpr std::size_t rollout_standings = 11;
/// What it knows of one.
struct rollout_record {
  rollout_standing state = rollout_standing::pending;
  health_state health = health_state::initializing;
  failure_reason reason = failure_reason::none;
  // Of the work on it; for whoever may have to take that up.
  known_progress known = known_progress::nothing;
  std::uint8_t attempt = 1;
  bool action_failed : 1 = false;
  bool attempted : 1 = false; // of one in no count: see rollout_surge.cpp
  bool action_begun : 1 = false;
  bool rolling_back : 1 = false;
  bool skip_metric : 1 = false;
  bool stale : 1 = false; // its health was not seen since the upgrade was resumed
  // Working, but nothing is done to it itself: it waits for its replacement, or it is
  // the replacement, and waits for the deletion of whom it replaced.
  bool surge : 1 = false;
  bool alone : 1 = false; // in no count, and whoever counts for it was deleted
  // It is repaired; or made or deleted, or waits for that, for a repair.
  bool repairing : 1 = false;
  bool listed : 1 = false; // in `repair_state::ill`
};
/// How many there are of each kind.
struct rollout_tally {
  std::uint32_t total = 0, unhealthy = 0, initializing = 0, unavailable = 0;
  std::uint32_t attempted = 0, failing = 0, in_hand = 0, ill_in_hand = 0, repairs = 0;
  // unsettled: initializing or stale; unseen: stale, and else available
  std::uint32_t unsettled = 0, stale = 0, unseen = 0;
  std::uint32_t by_state[rollout_standings] = {};
};

} // namespace drydock::inline v1::engine::rollout_parts
