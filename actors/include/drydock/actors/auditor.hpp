// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/events.hpp"

#include <cstdint>
#include <vector>

namespace drydock::inline v1::actors {

/// Counts unavailable instances from the event stream alone; it shares nothing
/// with the code that decides, so that the promise of a policy is kept by one
/// and checked by the other. Counting begins at the moment the health of every
/// instance is first settled and ends with `upgrade_finished`. Not thread safe.
class auditor {
public:
  /// Without a health source only instances in the hands of a batch and failed
  /// ones count.
  auditor(std::size_t instances, bool has_health);

  void on_event(const engine::upgrade_event& event);

  /// The most instances that were unavailable at any moment.
  [[nodiscard]] std::uint32_t max_unavailable() const { return max_unavailable_; }

  /// Whether the health of every instance has settled once.
  [[nodiscard]] bool counting() const { return counting_; }

  /// How many are unavailable now.
  [[nodiscard]] std::uint32_t unavailable() const { return unavailable_; }

  /// Members that served and were given up for a replacement that did not: promised to
  /// be none.
  [[nodiscard]] std::uint32_t bad_replacements() const { return bad_replacements_; }

  /// Replacements that were made, and are neither in the place of a member nor deleted.
  [[nodiscard]] std::uint32_t strays() const { return strays_; }

  /// Repairs of instances that were well, in the hands of a batch or repaired already,
  /// or that began while repairs were suspended, or one too many at once: promised to
  /// be none.
  [[nodiscard]] std::uint32_t bad_repairs() const { return bad_repairs_; }

private:
  enum mark : std::uint8_t {
    unsettled = 1,
    ill = 2,
    in_hand = 4,
    action_failed = 8,
    gone = 16,
    stray = 32,
    repaired = 64,
    goes = 128
  };

  void make_room(engine::instance_index i);
  [[nodiscard]] bool serves(engine::instance_index i) const;
  void set(engine::instance_index i, std::uint8_t marks, bool on);
  void set_stray(engine::instance_index i, bool on);
  void take_replaced(const engine::told::instance_replaced& e);
  bool take_repair(const engine::upgrade_event& event);
  void begin_repair(const engine::told::repair_started& e);
  void take_scaling(const engine::told::scaling_started& e);
  void take_settled(const engine::told::instance_settled& e);
  void look();

  bool has_health_;
  bool counting_ = false;
  bool over_ = false;
  std::vector<std::uint8_t> marks_;
  std::size_t unsettled_ = 0;
  std::uint32_t unavailable_ = 0;
  std::uint32_t max_unavailable_ = 0;
  std::uint32_t bad_replacements_ = 0;
  std::uint32_t strays_ = 0;
  std::uint32_t present_ = 0;
  std::uint32_t repairs_ = 0;
  std::uint32_t bad_repairs_ = 0;
  bool suspended_ = false;
};

} // namespace drydock::inline v1::actors
