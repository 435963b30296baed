// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/rehearsal/learn.hpp"
#include "past_event.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace drydock::inline v1::rehearsal {

struct tally_of_share {
  std::uint32_t count = 0;
  std::uint32_t of = 0;
};

/// What all runs come to so far; lists are in no order.
struct tally {
  std::uint32_t runs = 0;
  std::unordered_set<std::string> instances;
  std::uint32_t attempts = 0;
  std::map<std::string, std::vector<engine::duration>, std::less<>> durations;
  std::vector<engine::duration> boot;
  std::uint32_t boot_as_seen = 0;
  tally_of_share action_failure;
  tally_of_share transient_failure;
  tally_of_share unhealthy_after_upgrade;
  tally_of_share bad_image;
  tally_of_share bad_image_unhealthy;
  observed_background background;
};

/// Follows one run by its events, and adds what it sees to a tally.
class run_watch {
public:
  /// `start` is the run's `upgrade_started`; `to` must outlive the watch.
  run_watch(const past_event& start, tally& to);

  /// Events in order; times never fall.
  void apply(const past_event& e);
  /// What can only be said of a whole run. No call follows.
  void end();

  [[nodiscard]] engine::duration now() const { return now_; }

private:
  enum class health : std::uint8_t { initializing, healthy, ill };

  struct attempt {
    std::string action;
    std::uint32_t number = 0;
    engine::duration begin{0};
  };

  /// One that failed. Whether it was killed is known once the instance settles.
  struct failed_attempt {
    std::string action;
    engine::duration took{0};
  };

  /// What became of the action so far.
  enum class fate : std::uint8_t { none, succeeded, transient, failed };

  /// One upgrade of one instance.
  struct work {
    std::optional<attempt> running;
    std::optional<failed_attempt> failed;
    fate action = fate::none;
    bool in_place = false;
    engine::duration action_end{0};
    bool booted = false;
    bool judged = false;
    /// A process ended while it was under way, and another one went on.
    bool lost = false;
  };

  /// Why an instance is in hand.
  enum class hands : std::uint8_t {
    none,
    /// It is upgraded, made or deleted.
    upgrade,
    /// It is rolled back, restarted or reimaged, of which nothing is learnt.
    left_out,
    /// It is ill, and another one is made for it.
    replacing,
  };

  struct member {
    health now = health::initializing;
    hands in = hands::none;
    /// Meant while healthy and not in hand.
    engine::duration healthy_since{0};
    /// Set while ill by itself.
    std::optional<engine::duration> ill_since;
    work upgrade;
  };

  member& find(const std::string& instance);
  [[nodiscard]] bool has_health() const;
  void take_in_hand(member& m, hands in);
  void let_go(member& m);
  void stop_exposure(const member& m);
  void lose_sight(work& w);
  void begin_attempt(member& m, const past_event& e);
  void begin_beside(member& m, const past_event& e);
  void end_attempt(member& m, const past_event& e);
  void end_action(work& w, const past_event& e);
  void end_deletion(const past_event& e, engine::duration took);
  void count_action(work& w, bool killed);
  void change_health(member& m, const past_event& e);
  void see_boot(work& w, std::uint32_t probes);
  void see_healthy_enough(work& w);
  void settle(member& m, const past_event& e);
  void take_place(const past_event& e);
  void end_repair(member& m, const past_event& e);
  void judge_ill();
  void judge_image();

  tally* to_;
  bool tells_probing_;
  std::optional<past_probing> probing_;
  bool health_seen_ = false;
  /// Somebody asked to end what was in flight.
  bool ended_at_once_ = false;
  engine::duration now_{0};
  std::unordered_map<std::string, member> members_;
  std::uint32_t judged_ = 0;
  std::uint32_t judged_ill_ = 0;
};

} // namespace drydock::inline v1::rehearsal
