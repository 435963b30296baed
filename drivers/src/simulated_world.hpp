// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace drydock::drivers {

/// What befalls a simulated fleet whatever an upgrade does: failures in the
/// background, outages of zones, a bad image. A pure function of seed, instance
/// and time, so that two policies meet the same misfortunes. Time counts in
/// nanoseconds from the start of the run.
class misfortunes {
public:
  misfortunes(const engine::simulated_spec& spec, const engine::fleet& instances);

  /// Whether anything can befall anyone without an upgrade.
  [[nodiscard]] bool possible() const {
    return !background_.empty() || !outages_.empty();
  }

  /// Whether the zone of `i` is out at `now`.
  [[nodiscard]] bool is_out(engine::instance_index i, std::int64_t now) const;

  /// When the next outage of its zone begins, or a time that never comes.
  [[nodiscard]] std::int64_t next_outage(engine::instance_index i,
                                         std::int64_t now) const;

  /// Whether `i` is ill of itself at `now`, and until when that stays so. An illness
  /// that began before `upgraded` ended then. For one instance `now` must not go back,
  /// and calls must not overlap.
  struct condition {
    bool ill = false;
    std::int64_t until = 0;
  };
  [[nodiscard]] condition look(engine::instance_index i, std::int64_t now,
                               std::int64_t upgraded);

  [[nodiscard]] bool image_is_bad() const { return image_is_bad_; }

  /// Whether `who` never turns healthy on the image of this run.
  [[nodiscard]] bool falls_to_image(engine::instance_index who) const;

  /// Who was at `from` is at `to`, where it is as ill or well as it was.
  void move(engine::instance_index from, engine::instance_index to);
  /// Somebody else may come to the position: `who`, as draws know it.
  void renew(engine::instance_index i, engine::instance_index who);

private:
  struct window {
    std::uint16_t zone = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };
  /// One stretch of health or illness; illness is every second one.
  struct stretch {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::uint32_t nth = 0;
    engine::instance_index who = 0;
  };

  void draw_outages(const engine::simulated_spec& spec, const engine::fleet& instances);
  [[nodiscard]] std::int64_t length_of(engine::instance_index who,
                                       std::uint32_t nth) const;

  std::uint64_t seed_;
  engine::bad_image image_;
  bool image_is_bad_ = false;
  engine::duration_distribution to_failure_;
  std::optional<engine::duration_distribution> recovery_;
  std::vector<std::uint16_t> zones_; // of each instance, where outages need it
  std::vector<window> outages_;
  std::vector<stretch> background_;
};

/// When steps of a fleet begin that can do only so many at a time, first come,
/// first served. Not thread safe.
class step_queue {
public:
  /// 0: no bound.
  explicit step_queue(std::uint32_t places) : places_(places) {}

  /// When a step that is asked for at `now` and takes `length` begins. `now` must
  /// not go back.
  std::int64_t enter(std::int64_t now, std::int64_t length);

private:
  std::uint32_t places_;
  /// When the steps under way end, the soonest first.
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> ends_;
};

} // namespace drydock::drivers
