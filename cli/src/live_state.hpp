// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "views.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drydock::cli {

/// How an instance is shown; in order: where one cell stands for several
/// instances, the last of their states wins.
enum class cell : std::uint8_t {
  gone,
  up_to_date,
  succeeded,
  skipped,
  pending,
  /// Waits for health after its action.
  settling,
  working,
  rolling_back,
  unhealthy,
  failed,
};
inline constexpr std::size_t cell_kinds = 10;

/// What a live view knows of an upgrade, from its events alone. Taking an event
/// of one instance costs a few nanoseconds; copies share what never changes.
/// Not thread safe.
class live_state {
public:
  /// The instances of one zone; one row without a name where there are none.
  struct row {
    std::string zone;
    std::vector<engine::instance_index> members;
  };
  struct batch {
    std::uint32_t number = 0; // 0: none yet
    std::string place;
    std::uint32_t size = 0;
    std::uint32_t left = 0;
    std::uint32_t succeeded = 0;
    std::uint32_t failed = 0;
    bool finished = false;
  };
  struct wait {
    std::string text;
    /// Counted from the start of the upgrade.
    std::optional<engine::duration> until;
    /// Another process goes on with it, without a word.
    bool outlives_process = false;
  };
  static constexpr std::size_t failures_max = 3;

  explicit live_state(const view_context& context);

  void take(const engine::upgrade_event& event, engine::duration since_start);

  [[nodiscard]] cell shown(engine::instance_index i) const {
    return shown_of(marks_[i]);
  }
  /// How many instances are shown as `x`.
  [[nodiscard]] std::uint32_t count(cell x) const { return shown_[slot(x)]; }
  /// How many are in that state, well or not.
  [[nodiscard]] std::uint32_t standing(cell x) const { return standing_[slot(x)]; }
  /// Whether any instance was ever shown as `x`.
  [[nodiscard]] bool seen(cell x) const { return seen_[slot(x)]; }

  /// Instances that have settled, of those that take part, and when the last did.
  [[nodiscard]] std::uint32_t settled() const { return settled_; }
  [[nodiscard]] std::uint32_t taking_part() const { return taking_part_; }
  [[nodiscard]] engine::duration last_settled() const { return last_settled_; }

  [[nodiscard]] const std::string& scale_set() const { return scale_set_; }
  [[nodiscard]] const std::vector<row>& rows() const { return *rows_; }
  [[nodiscard]] std::size_t size() const { return marks_.size(); }
  /// `rolling, reimage`; empty before the start.
  [[nodiscard]] const std::string& kind() const { return kind_; }
  [[nodiscard]] const batch& current() const { return batch_; }
  [[nodiscard]] const std::optional<wait>& waiting() const { return wait_; }
  /// Those that were told of their deletion, and until when it begins at the latest,
  /// since the start.
  [[nodiscard]] const std::map<engine::instance_index, engine::duration>&
  notices() const {
    return notices_;
  }
  /// As in the fleet.
  [[nodiscard]] std::string_view id(engine::instance_index i) const {
    return instances_->id(i);
  }
  /// The last ones, oldest first: `web-3 HealthTimeout: …`, not cut to a line.
  [[nodiscard]] const std::deque<std::string>& failures() const { return failures_; }
  /// What a cancel says; empty: there was none.
  [[nodiscard]] const std::string& cancel() const { return cancel_; }
  /// `Completed`; empty while the upgrade runs.
  [[nodiscard]] const std::string& ending() const { return ending_; }

private:
  friend struct live_take;

  /// A state, and whether health is bad: what is shown follows from both.
  struct mark {
    cell standing = cell::pending;
    bool ill = false;
    bool repaired = false; // just now
  };
  static constexpr std::size_t slot(cell x) { return static_cast<std::size_t>(x); }
  [[nodiscard]] static cell shown_of(mark m);
  void put(engine::instance_index i, mark next);
  void stand(engine::instance_index i, cell standing) {
    put(i, {standing, marks_[i].ill, marks_[i].repaired});
  }
  void leave_batch(engine::instance_index i);
  void join_batch(const std::vector<engine::instance_index>& members);

  std::string scale_set_;
  std::shared_ptr<const engine::fleet> instances_;
  bool has_health_;
  std::shared_ptr<const std::vector<row>> rows_;
  std::vector<mark> marks_; // of positions: a replacement is shown where its member was
  std::vector<engine::instance_index> scaling_; // who comes and goes now, ascending
  std::set<engine::instance_index> replaced_;   // positions that replacements hold
  std::array<std::uint32_t, cell_kinds> shown_{};
  std::array<std::uint32_t, cell_kinds> standing_{};
  std::array<bool, cell_kinds> seen_{};
  bool named_only_ = false;
  std::uint32_t settled_ = 0;
  std::uint32_t taking_part_ = 0;
  engine::duration last_settled_{0};
  std::string kind_;
  batch batch_;
  std::optional<wait> wait_;
  std::map<engine::instance_index, engine::duration> notices_;
  std::deque<std::string> failures_;
  std::string cancel_;
  std::string ending_;
};

} // namespace drydock::cli
