// SPDX-License-Identifier: Apache-2.0
#include "live_state.hpp"

#include "text.hpp"

#include <algorithm>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

std::shared_ptr<const std::vector<live_state::row>> rows_of(const fleet& instances) {
  const auto& zones = instances.zones();
  std::vector<live_state::row> rows(zones.size() + 1);
  for (std::size_t z = 0; z < zones.size(); ++z)
    rows[z].zone = zones[z];
  const auto add = [&](instance_index i, instance_index place) {
    const auto zone = instances.zone(i);
    rows[std::min<std::size_t>(zone, zones.size())].members.push_back(place);
  };
  for (instance_index i = 0; i < instances.size(); ++i)
    add(i, i);
  for (instance_index n = 0; n < instances.arrivals(); ++n)
    add(instances.first_arrival() + n,
        static_cast<instance_index>(instances.size()) + n);
  std::erase_if(rows, [](const live_state::row& r) { return r.members.empty(); });
  return std::make_shared<const std::vector<live_state::row>>(std::move(rows));
}

} // namespace

live_state::live_state(const view_context& context)
  : scale_set_(context.scale_set), instances_(context.instances),
    has_health_(context.has_health), rows_(rows_of(*context.instances)),
    marks_(context.instances->size() + context.instances->arrivals()) {
  shown_[slot(cell::pending)] = standing_[slot(cell::pending)] =
    static_cast<std::uint32_t>(marks_.size());
  seen_[slot(cell::pending)] = !marks_.empty();
  for (instance_index i = 0; i < instances_->size(); ++i)
    if (instances_->latest_model_applied(i))
      stand(i, cell::up_to_date);
  for (auto i = instances_->size(); i < marks_.size(); ++i)
    stand(static_cast<instance_index>(i), cell::gone); // nobody is there yet
}

cell live_state::shown_of(mark m) {
  const auto left_alone = m.standing == cell::up_to_date
                          || m.standing == cell::succeeded
                          || m.standing == cell::skipped || m.standing == cell::pending;
  if (m.repaired && left_alone)
    return cell::working;
  return m.ill && left_alone ? cell::unhealthy : m.standing;
}

void live_state::put(instance_index i, mark next) {
  auto& at = marks_[i];
  --standing_[slot(at.standing)];
  --shown_[slot(shown_of(at))];
  at = next;
  const auto shown = slot(shown_of(at));
  ++standing_[slot(at.standing)];
  ++shown_[shown];
  seen_[shown] = true;
}

void live_state::leave_batch(instance_index i) {
  const auto now = marks_[i].standing;
  if ((now == cell::working || now == cell::settling) && batch_.left > 0)
    --batch_.left;
}

void live_state::join_batch(const std::vector<instance_index>& members) {
  wait_.reset();
  if (named_only_)
    taking_part_ += static_cast<std::uint32_t>(members.size());
  batch_.size += static_cast<std::uint32_t>(members.size());
  batch_.left += static_cast<std::uint32_t>(members.size());
  for (const auto i : members)
    stand(i, cell::working);
}

/// Takes one kind of event each.
struct live_take {
  live_state& to;
  duration since_start;

  /// The position at which the instance is shown; nothing: it is shown nowhere, as
  /// another one holds its position.
  [[nodiscard]] std::optional<instance_index> place_of(instance_index i) const {
    const auto& all = *to.instances_;
    if (all.is_arrival(i)) // behind the others
      return static_cast<instance_index>(all.size() + i - all.first_arrival());
    const auto next = all.is_replacement(i);
    const auto place = next ? all.replaced_by(i) : i;
    return to.replaced_.contains(place) == next ? std::optional(place) : std::nullopt;
  }

  /// Repairs go by the name of whom they were begun on.
  void repaired(instance_index i, bool now) const {
    const auto& all = *to.instances_;
    const auto at = all.is_replacement(i) ? all.replaced_by(i) : i;
    const auto& was = to.marks_[at];
    to.put(at, {was.standing, was.ill, now});
  }

  [[nodiscard]] bool in_batch(instance_index i) const {
    const auto x = to.marks_[i].standing;
    return x == cell::working || x == cell::settling;
  }

  void operator()(const told::upgrade_started& e) const {
    std::string mode(to_string(e.mode));
    std::transform(mode.begin(), mode.end(), mode.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    to.kind_ = mode + ", " + std::string(to_string(e.action));
    // In manual mode only those that were named take part: the members of its batch.
    to.named_only_ = e.mode == upgrade_mode::manual;
    to.taking_part_ = to.named_only_ ? 0 : e.pending;
    if (e.action != apply_class::none)
      return;
    for (instance_index i = 0; i < to.instances_->size(); ++i)
      to.stand(i, cell::up_to_date);
  }
  void operator()(const told::instance_skipped& e) const {
    to.stand(e.instance, cell::skipped);
  }
  void operator()(const told::check_judged& e) const {
    if (e.check == check_kind::before_batch)
      to.wait_.reset();
  }
  void operator()(const told::batch_started& e) const {
    to.batch_ = {};
    to.batch_.number = e.batch;
    to.batch_.place = describe_place(e.place, *to.instances_);
    to.join_batch(e.instances);
  }
  void operator()(const told::batch_extended& e) const { to.join_batch(e.instances); }
  void operator()(const told::step_started& e) const {
    if (e.not_before) {
      to.notices_[e.instance] = since_start + *e.not_before;
      return;
    }
    to.notices_.erase(e.instance);
    const auto at = place_of(e.instance);
    if (at && in_batch(*at))
      to.stand(*at, cell::working);
  }
  void operator()(const told::step_finished& e) const {
    const auto at = place_of(e.instance);
    if (at && in_batch(*at) && to.has_health_ && e.step == step_kind::action
        && e.outcome == step_outcome::succeeded)
      to.stand(*at, cell::settling);
  }
  void operator()(const told::scaling_started& e) const {
    to.wait_.reset();
    for (const auto i : e.leaving)
      to.stand(i, cell::working);
    for (const auto i : e.arriving)
      to.stand(*place_of(i), cell::working);
    to.scaling_ = e.leaving;
    to.scaling_.insert(to.scaling_.end(), e.arriving.begin(), e.arriving.end());
    std::sort(to.scaling_.begin(), to.scaling_.end());
  }
  void operator()(const told::scaling_finished&) const {
    for (const auto i : std::exchange(to.scaling_, {}))
      if (const auto at = place_of(i); at && in_batch(*at)) // taken back by a cancel
        to.put(*at, {cell::gone, false, false});
  }
  void operator()(const told::instance_created& e) const {
    if (e.reason == creation_reason::scale_out) {
      if (to.has_health_)
        to.stand(*place_of(e.instance), cell::settling);
      return;
    }
    if (in_batch(e.replaces) && to.has_health_)
      to.stand(e.replaces, cell::settling);
  }
  void operator()(const told::instance_replaced& e) const {
    to.replaced_.insert(e.instance);
    const auto& was = to.marks_[e.instance];
    to.put(e.instance, {was.standing, false, was.repaired});
  }
  void operator()(const told::surge_short& e) const {
    for (const auto i : e.instances)
      to.stand(i, cell::working);
  }
  void operator()(const told::health_changed& e) const {
    const auto ill = e.to == health_state::unhealthy || e.to == health_state::unknown;
    if (const auto at = place_of(e.instance))
      to.put(*at, {to.marks_[*at].standing, ill, to.marks_[*at].repaired});
  }
  void operator()(const told::instance_settled& e) const {
    const auto at = place_of(e.instance).value_or(e.instance);
    to.leave_batch(at);
    const auto scales =
      std::binary_search(to.scaling_.begin(), to.scaling_.end(), e.instance);
    if (!scales) { // those have taken no part
      ++to.settled_;
      to.last_settled_ = since_start;
    }
    const auto failed = e.reason != failure_reason::none;
    to.stand(at, failed ? cell::failed : cell::succeeded);
    if (!failed)
      return;
    to.failures_.push_back(std::string(to.instances_->id(e.instance)) + ' '
                           + std::string(to_string(e.reason))
                           + (e.message.empty() ? "" : ": " + e.message));
    if (to.failures_.size() > live_state::failures_max)
      to.failures_.pop_front();
  }
  void operator()(const told::instance_released& e) const {
    to.leave_batch(e.instance);
    to.stand(e.instance, cell::pending);
  }
  void operator()(const told::batch_finished& e) const {
    to.batch_.finished = true;
    to.batch_.left = 0;
    to.batch_.succeeded = e.succeeded;
    to.batch_.failed = e.failed;
  }
  void operator()(const told::waiting& e) const {
    to.wait_ = live_state::wait{describe_wait(e, *to.instances_, 4),
                                e.remaining ? std::optional(since_start + *e.remaining)
                                            : std::nullopt,
                                e.reason == wait_reason::checkpoint_bake
                                  || e.reason == wait_reason::checkpoint_approval
                                  || e.reason == wait_reason::hook_failed};
  }
  void operator()(const told::instance_deleted& e) const {
    to.notices_.erase(e.instance);
    const auto at = place_of(e.instance);
    if (!at)
      return;
    to.leave_batch(*at);
    to.put(*at, {cell::gone, false, false});
  }
  void operator()(const told::repair_started& e) const { repaired(e.instance, true); }
  void operator()(const told::repair_finished& e) const { repaired(e.instance, false); }
  void operator()(const told::repairs_suspended&) const {}
  void operator()(const told::repairs_resumed&) const {}
  void operator()(const told::rollback_started& e) const {
    to.wait_.reset();
    to.stand(place_of(e.instance).value_or(e.instance), cell::rolling_back);
  }
  void operator()(const told::rollback_finished& e) const {
    to.stand(place_of(e.instance).value_or(e.instance),
             e.lags ? cell::pending : cell::failed);
  }
  void operator()(const told::cancel_requested& e) const {
    to.cancel_ = e.now
                   ? "cancelling: ending what is under way at once"
                   : "cancelling: finishing what has begun; interrupt again to stop "
                     "at once";
  }
  void operator()(const told::upgrade_resumed&) const {
    if (to.wait_ && !to.wait_->outlives_process)
      to.wait_.reset();
  }
  void operator()(const told::hook_started& e) const {
    to.wait_ = live_state::wait{
      "running the " + std::string(to_string(e.hook)) + " hook", std::nullopt, false};
  }
  void operator()(const told::hook_finished&) const { to.wait_.reset(); }
  void operator()(const told::checkpoint_reached&) const {}
  void operator()(const told::checkpoint_left&) const { to.wait_.reset(); }
  void operator()(const told::guard_changed&) const {}
  void operator()(const told::pause_ended&) const { to.wait_.reset(); }
  void operator()(const told::upgrade_finished& e) const {
    to.wait_.reset();
    to.cancel_.clear();
    to.ending_ = to_string(e.status);
  }
};

void live_state::take(const upgrade_event& event, duration since_start) {
  std::visit(live_take{*this, since_start}, event);
}

} // namespace drydock::cli
