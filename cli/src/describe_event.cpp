// SPDX-License-Identifier: Apache-2.0
#include "scale_text.hpp"
#include "text.hpp"
#include "views.hpp"

namespace drydock::cli {

using namespace engine;

namespace {

/// Up to this size a fleet's log has a line for each instance that did well.
constexpr std::size_t small_fleet_max = 100;

std::string reason_of_size(const told::batch_started& e, const fleet& instances) {
  if (e.bound == batch_bound::shared_budget)
    return ", as many as the shared budget leaves it";
  if (e.limits == rollout_limits{0, 0}) // automatic and manual mode have none
    return e.bound == batch_bound::group ? ", all at once"
                                         : ", as many as may go at once";
  switch (e.bound) {
  case batch_bound::batch_instances:
    return ", as many as a batch may have";
  case batch_bound::unavailable_instances:
    return ", as many as may be unavailable"
           + (e.unavailable > 0
                ? " beside the " + std::to_string(e.unavailable) + " that were already"
                : std::string());
  case batch_bound::checkpoint:
    return ", as many as the next checkpoint lets go";
  case batch_bound::shared_budget:
  case batch_bound::group:
    break;
  }
  const auto place = describe_place(e.place, instances);
  return ", all that are left" + (place.empty() ? "" : " of " + place);
}

struct event_text {
  const view_context& context;
  std::optional<duration> since_start;

  [[nodiscard]] const fleet& instances() const { return *context.instances; }
  [[nodiscard]] bool small() const { return instances().size() <= small_fleet_max; }
  [[nodiscard]] std::string id(instance_index i) const {
    return printable(instances().id(i));
  }

  static std::string hook(upgrade_hook which, std::uint32_t batch) {
    return "hook " + std::string(to_string(which))
           + (batch == 0 ? "" : " of batch " + std::to_string(batch));
  }
  std::string operator()(const told::upgrade_started& e) const {
    auto text = "upgrade of " + printable(context.scale_set)
                + " started: " + count_of_instances(e.total) + ", "
                + std::to_string(e.pending) + " pending";
    if (e.up_to_date > 0)
      text += ", " + std::to_string(e.up_to_date) + " up to date";
    if (e.skipped > 0)
      text += ", " + std::to_string(e.skipped) + " skipped";
    return text
           + (e.action == apply_class::none
                ? " (the change touches no instance)"
                : " (" + std::string(to_string(e.action)) + ")");
  }
  std::string operator()(const told::instance_skipped& e) const {
    if (!small())
      return {};
    return id(e.instance) + " is skipped: " + std::string(to_string(e.reason));
  }
  std::string operator()(const told::check_judged& e) const {
    if (e.code.empty())
      return {};
    const auto before = e.check == check_kind::before_batch;
    const auto part = std::to_string(e.unhealthy) + " of " + std::to_string(e.total)
                      + (before ? " instances are unhealthy"
                                : " upgraded ones failed or are unhealthy");
    // Where the percentage holds, the absolute ceiling was exceeded.
    const auto limit = exceeds_percent(e.unhealthy, e.threshold_percent, e.total)
                         ? "more than " + std::to_string(e.threshold_percent) + " %"
                         : std::string("more than max_unhealthy_instances");
    return std::string("check ") + (before ? "before the next" : "after the")
           + " batch failed: " + part + ", " + limit;
  }
  std::string operator()(const told::batch_started& e) const {
    const auto place = describe_place(e.place, instances());
    return "batch " + std::to_string(e.batch) + (place.empty() ? "" : " in " + place)
           + (e.surge ? " by surge" : "") + ": "
           + name_instances(e.instances, e.instances.size(), instances()) + " ("
           + count_of_instances(e.instances.size()) + reason_of_size(e, instances())
           + ")";
  }
  std::string operator()(const told::batch_extended& e) const {
    if (!small())
      return {};
    return "batch " + std::to_string(e.batch) + " goes on with "
           + name_instances(e.instances, e.instances.size(), instances());
  }
  std::string operator()(const told::step_started& e) const {
    if (!e.not_before || !small())
      return {};
    return id(e.instance) + " was told that it is deleted "
           + (since_start ? "at " + seconds_text(*since_start + *e.not_before)
                          : "in " + seconds_text(*e.not_before))
           + ", or as soon as it agrees";
  }
  std::string operator()(const told::step_finished& e) const {
    if (e.outcome != step_outcome::transient || !small())
      return {}; // the rest is told when the instance settles
    return with_indented_tail(id(e.instance) + ": attempt " + std::to_string(e.attempt)
                              + " failed for now"
                              + (e.error.empty() ? "" : ": " + e.error));
  }
  std::string operator()(const told::health_changed& e) const {
    switch (e.to) {
    case health_state::unhealthy:
      return id(e.instance) + " is unhealthy";
    case health_state::unknown:
      return "the health of " + id(e.instance) + " is unknown";
    case health_state::healthy:
      return small() ? id(e.instance) + " is healthy" : std::string();
    case health_state::initializing:
      break;
    }
    return {};
  }
  std::string operator()(const told::instance_settled& e) const {
    if (e.reason == failure_reason::none)
      return small() ? id(e.instance) + " succeeded" : std::string();
    return with_indented_tail(id(e.instance)
                              + " failed: " + std::string(to_string(e.reason))
                              + (e.message.empty() ? "" : ": " + e.message));
  }
  std::string operator()(const told::instance_released& e) const {
    if (!small())
      return {};
    return id(e.instance)
           + (e.reason == release_reason::quota_short
                ? " stays pending: there is no quota to replace it, and too many are "
                  "unavailable to upgrade it in place"
                : " was not begun and stays pending");
  }
  std::string operator()(const told::batch_finished& e) const {
    return "batch " + std::to_string(e.batch)
           + " finished: " + std::to_string(e.succeeded) + " succeeded, "
           + std::to_string(e.failed) + " failed";
  }
  std::string operator()(const told::waiting& e) const {
    auto text = describe_wait(e, instances());
    if (!e.remaining)
      return text;
    const auto pause = e.reason == wait_reason::pause || e.reason == wait_reason::hook
                       || e.reason == wait_reason::checkpoint_bake
                       || e.reason == wait_reason::maintenance_window;
    if (!since_start)
      return text + (pause ? " for " : "; for at most ") + seconds_text(*e.remaining);
    return text + (pause ? " until " : "; until ")
           + seconds_text(*since_start + *e.remaining) + (pause ? "" : " at most");
  }
  std::string operator()(const told::instance_deleted& e) const {
    if (e.reason != deletion_reason::deleted && !small())
      return {};
    return id(e.instance) + " was deleted";
  }
  std::string operator()(const told::scaling_started& e) const {
    return describe_scaling(e, instances());
  }
  std::string operator()(const told::scaling_finished& e) const {
    return describe_scaling(e);
  }
  std::string operator()(const told::instance_created& e) const {
    if (e.reason == creation_reason::scale_out)
      return small() ? id(e.instance) + " was created" : std::string();
    return small() ? id(e.instance) + " was created to replace " + id(e.replaces)
                   : std::string();
  }
  std::string operator()(const told::instance_replaced& e) const {
    return small() ? id(e.replacement) + " serves in place of " + id(e.instance)
                       + ", which is deleted"
                   : std::string();
  }
  std::string operator()(const told::surge_short& e) const {
    return "no quota to replace "
           + name_instances(e.instances, e.instances.size(), instances())
           + (e.instances.size() == 1 ? ", which is" : ", which are")
           + " upgraded in place";
  }
  std::string operator()(const told::repair_started& e) const {
    return id(e.instance) + " is repaired: " + std::string(to_string(e.action));
  }
  std::string operator()(const told::repair_finished& e) const {
    const auto why = e.message.empty() ? std::string() : ": " + e.message;
    switch (e.outcome) {
    case repair_outcome::succeeded:
      return with_indented_tail(id(e.instance) + " was repaired" + why);
    case repair_outcome::failed:
      return with_indented_tail("the repair of " + id(e.instance) + " did not help: "
                                + std::string(to_string(e.reason)) + why);
    case repair_outcome::dropped:
      break;
    }
    return with_indented_tail("the repair of " + id(e.instance) + " is dropped" + why);
  }
  std::string operator()(const told::repairs_suspended& e) const {
    if (!e.by.empty())
      return "repairs are suspended, says " + printable(e.by);
    return "repairs are suspended: " + std::to_string(e.failed_in_a_row)
           + " in a row did not help";
  }
  std::string operator()(const told::repairs_resumed& e) const {
    return "repairs go on" + (e.by.empty() ? "" : ", says " + printable(e.by));
  }
  std::string operator()(const told::rollback_started& e) const {
    return id(e.instance) + " gets the previous model back";
  }
  std::string operator()(const told::rollback_finished& e) const {
    if (e.succeeded)
      return id(e.instance) + " has the previous model back";
    return with_indented_tail("rollback of " + id(e.instance) + " failed"
                              + (e.message.empty() ? "" : ": " + e.message));
  }
  std::string operator()(const told::cancel_requested& e) const {
    return "cancel requested" + (e.by.empty() ? "" : " by " + printable(e.by))
           + (e.now ? ": ending what is under way at once"
                    : ": finishing what has begun; interrupt again to stop at once");
  }
  std::string operator()(const told::upgrade_resumed& e) const {
    const auto n = e.in_hand.size();
    return "upgrade resumed"
           + (n == 0 ? std::string()
                     : "; finding out what became of " + std::to_string(n)
                         + (n == 1 ? " instance that was" : " instances that were")
                         + " worked on");
  }
  std::string operator()(const told::hook_started& e) const {
    return hook(e.hook, e.batch) + " begins"
           + (e.attempt > 1 ? ", attempt " + std::to_string(e.attempt) : "");
  }
  std::string operator()(const told::hook_finished& e) const {
    if (e.outcome == step_outcome::succeeded)
      return {};
    return with_indented_tail(hook(e.hook, e.batch) + " failed"
                              + (e.outcome == step_outcome::transient ? " for now" : "")
                              + (e.error.empty() ? "" : ": " + e.error));
  }
  std::string operator()(const told::checkpoint_reached& e) const {
    return "checkpoint " + std::to_string(e.percent) + " % reached: "
           + std::to_string(e.done) + " of " + std::to_string(e.total) + " done";
  }
  std::string operator()(const told::checkpoint_left& e) const {
    return "checkpoint " + std::to_string(e.percent)
           + (e.passed ? " % passed" : " % rejected")
           + (e.by.empty() ? "" : ", by " + printable(e.by))
           + (e.message.empty() ? "" : ": " + printable(e.message));
  }
  std::string operator()(const told::guard_changed& e) const {
    return "guard " + printable(e.name)
           + (e.state == guard_state::holds ? " holds" : " does not hold")
           + (e.message.empty() ? "" : ": " + printable(e.message));
  }
  std::string operator()(const told::pause_ended& e) const {
    return "going on" + (e.by.empty() ? "" : ", says " + printable(e.by));
  }
  std::string operator()(const told::upgrade_finished& e) const {
    const auto& p = e.progress;
    auto text = "upgrade " + std::string(to_string(e.status))
                + (since_start ? " in " + seconds_text(*since_start) : std::string())
                + ": " + std::to_string(p.successful) + " successful, "
                + std::to_string(p.failed) + " failed, " + std::to_string(p.pending)
                + " pending, " + std::to_string(p.skipped) + " skipped";
    if (!e.error.code.empty())
      text +=
        "\n" + e.error.code + (e.error.message.empty() ? "" : ": " + e.error.message);
    return with_indented_tail(text);
  }
};

} // namespace

std::string describe(const upgrade_event& event, const view_context& context,
                     std::optional<duration> since_start) {
  return std::visit(event_text{context, since_start}, event);
}

} // namespace drydock::cli
