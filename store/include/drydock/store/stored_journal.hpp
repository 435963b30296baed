// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/journal/record.hpp"
#include "drydock/protocol/journal.hpp"
#include "drydock/store/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drydock::inline v1::store {

/// The journal of one upgrade, kept in a store. One user at a time.
class stored_journal : public protocol::upgrade_journal {
public:
  /// Microseconds since 1970 UTC.
  using wall_clock = std::function<std::int64_t()>;

  /// Writes as the holder of the lease with that epoch; `store` must outlive the
  /// journal. Without a clock time is virtual: a turn's own instant is its time.
  stored_journal(upgrade_store& store, std::string upgrade_id, std::uint64_t epoch,
                 wall_clock clock);

  /// Reads what has been written, for `next`; every record is checked. Before the
  /// first call of `next`, `begin` or `written`.
  [[nodiscard]] failure load();

  /// Turns written so far, those that were loaded among them.
  [[nodiscard]] std::uint64_t written() const { return number_; }

  bool next(protocol::recorded_turn& turn) override;
  [[nodiscard]] engine::duration since_last_turn() const override;
  void begin(engine::instant at,
             std::span<const engine::rollout_input> inputs) override;
  void told(const engine::upgrade_event& event) override { writer_.told(event); }
  [[nodiscard]] std::optional<std::string>
  commit(std::span<const engine::rollout_command> effects) override;

private:
  upgrade_store& store_;
  std::string id_;
  std::uint64_t epoch_;
  wall_clock clock_;
  journal::turn_writer writer_;
  std::uint64_t number_ = 0;
  /// What was loaded and not asked for yet, from `position_` on.
  std::vector<std::string> records_;
  std::size_t position_ = 0;
  std::int64_t last_wall_us_ = 0;
};

/// Whether a turn with these effects must survive a loss of power: it touches the
/// fleet, or ends the upgrade.
[[nodiscard]] durability
durability_of(std::span<const engine::rollout_command> effects);

} // namespace drydock::inline v1::store
