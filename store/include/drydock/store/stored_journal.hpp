// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/journal/record.hpp"
#include "drydock/protocol/journal.hpp"
#include "drydock/store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace drydock::inline v1::store {

/// The journal of one upgrade, kept in a store; a record of the store holds one or more
/// turns. One user at a time.
///
/// A turn that touches the fleet or ends the upgrade is written before it is performed,
/// and with it all before it. Others only say what was seen: while they come one after
/// the other they are written together, `group_delay` after they were handed over at
/// the latest. What a killed process loses of those, the next one finds out again.
class stored_journal : public protocol::upgrade_journal {
public:
  /// Microseconds since 1970 UTC; from any thread.
  using wall_clock = std::function<std::int64_t()>;

  static constexpr auto group_delay = std::chrono::milliseconds(2);
  /// A group is written when it is that large.
  static constexpr std::size_t group_bytes_max = 256 * 1024;

  /// Writes as the holder of the lease with that epoch; `store` must outlive the
  /// journal. Without a clock time is virtual: a turn's own instant is its time, and
  /// each is written at once.
  stored_journal(upgrade_store& store, std::string upgrade_id, std::uint64_t epoch,
                 wall_clock clock);
  /// Writes what is left.
  ~stored_journal() override;

  stored_journal(const stored_journal&) = delete;
  stored_journal& operator=(const stored_journal&) = delete;

  /// Reads what has been written, for `next`; every record is checked. Before the
  /// first call of `next`, `begin` or `written`.
  [[nodiscard]] failure load();

  /// Records written so far, those that were loaded among them.
  [[nodiscard]] std::uint64_t written();

  bool next(protocol::recorded_turn& turn) override;
  [[nodiscard]] engine::duration since_last_turn() const override;
  void begin(engine::instant at,
             std::span<const engine::rollout_input> inputs) override;
  void told(const engine::upgrade_event& event) override { writer_.told(event); }
  [[nodiscard]] std::optional<std::string>
  commit(std::span<const engine::rollout_command> effects) override;

private:
  using steady = std::chrono::steady_clock;

  void write(durability how); // with `mutex_` held
  void write_late();

  upgrade_store& store_;
  std::string id_;
  std::uint64_t epoch_;
  wall_clock clock_;
  journal::turn_writer writer_;
  /// What was loaded and not asked for yet, from `position_` on.
  std::vector<std::string> turns_;
  std::size_t position_ = 0;
  std::int64_t last_wall_us_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t number_ = 0;
  std::string group_;
  steady::time_point last_write_{};
  std::optional<std::string> problem_;
  bool over_ = false;
  std::thread late_; // writes what nothing follows soon
};

/// Whether a turn with these effects must survive a loss of power: it touches the
/// fleet, or ends the upgrade.
[[nodiscard]] durability
durability_of(std::span<const engine::rollout_command> effects);

/// Hands on the turns of an upgrade in order, until `take` says false. `damaged` where
/// one cannot be read.
[[nodiscard]] failure read_turns(upgrade_store& from, std::string_view id,
                                 const std::function<bool(journal::turn&&)>& take);

} // namespace drydock::inline v1::store
