// SPDX-License-Identifier: Apache-2.0
#include "observer.hpp"

#include <algorithm>

namespace drydock::inline v1::rehearsal {

using namespace engine;

run_observer::run_observer(const fleet& instances, bool has_health)
  : instances_(instances), auditor_(instances.size(), has_health),
    marks_(instances.size()) {
  const auto all = static_cast<std::uint32_t>(instances.size());
  facts_.minimum_available = all;
  facts_.available.emplace_back(duration{0}, all);
  facts_.progress.push_back(duration{0});
}

void run_observer::on_event(const upgrade_event& event, duration since_start) {
  at_ = since_start;
  auditor_.on_event(event);
  std::visit([this](const auto& e) { take(e); }, event);
  watch_availability();
}

/// Before health has settled nothing is known to be down.
void run_observer::watch_availability() {
  if (!auditor_.counting())
    return;
  const auto now =
    static_cast<std::uint32_t>(instances_.size()) - auditor_.unavailable();
  auto& list = facts_.available;
  if (list.back().second == now)
    return;
  // Of one instant the last count holds.
  if (list.back().first == at_ && list.size() > 1)
    list.back().second = now;
  else
    list.emplace_back(at_, now);
}

void run_observer::enter(phase next) {
  facts_.spent[static_cast<std::size_t>(phase_)] += at_ - phase_since_;
  phase_ = next;
  phase_since_ = at_;
}

void run_observer::take(const told::upgrade_started& e) {
  // In manual mode only those that were named take part: the members of its batch.
  named_only_ = e.mode == upgrade_mode::manual;
  rolling_ = e.mode == upgrade_mode::rolling;
  pending_ = named_only_ ? 0 : e.pending;
}

void run_observer::take(const told::batch_started& e) {
  auto& span = facts_.batches.emplace_back();
  span.index = e.batch;
  if (!e.instances.empty())
    span.zone = instances_.zone_name(e.instances.front());
  span.begins = span.actions_end = span.ends = at_;
  members_ = static_cast<std::uint32_t>(e.instances.size());
  pending_ += named_only_ ? members_ : 0;
  span.instances = members_;
  acted_ = settled_here_ = 0;
  slides_ = false;
  in_batch_ = true;
  enter(phase::action);
}

void run_observer::take(const told::batch_extended& e) {
  members_ += static_cast<std::uint32_t>(e.instances.size());
  if (!facts_.batches.empty())
    facts_.batches.back().instances = members_;
  slides_ = rolling_;
  look_at_batch();
}

void run_observer::take(const told::step_started& e) {
  if (deletes(e.work) || is_of_repair(e.instance, e.work))
    return;
  auto& known = marks_[place_of(e.instance)];
  if (e.step != step_kind::action || (known & begun) != 0)
    return;
  known |= begun;
  ++facts_.reached;
}

void run_observer::take(const told::step_finished& e) {
  if (e.step == step_kind::action && e.outcome == step_outcome::succeeded
      && !deletes(e.work) && !is_of_repair(e.instance, e.work))
    end_action(place_of(e.instance));
}

/// Repairs are beside the upgrade.
bool run_observer::is_of_repair(instance_index i, work_kind work) const {
  return work == work_kind::repair
         || (work == work_kind::create && repaired_.contains(place_of(i)));
}

void run_observer::take(const told::repair_started& e) {
  repaired_.insert(e.instance);
}

/// A replacement is told of at the position of its member.
instance_index run_observer::place_of(instance_index i) const {
  return instances_.is_replacement(i) ? instances_.replaced_by(i) : i;
}

void run_observer::end_action(instance_index i) {
  if ((marks_[i] & ended) != 0 || !in_batch_)
    return;
  marks_[i] |= ended;
  ++acted_;
  facts_.batches.back().actions_end = at_;
  look_at_batch();
}

void run_observer::look_at_batch() {
  const auto gone = slides_ ? settled_here_ : 0;
  if (slides_ && gone >= members_)
    return; // nobody is in hand: what comes now says what it is
  const auto acted = acted_ - gone;
  const auto members = members_ - gone;
  const auto now = acted >= members       ? phase::health
                   : acted * 2 >= members ? phase::slowest
                                          : phase::action;
  if (now != phase_)
    enter(now);
}

void run_observer::take(const told::instance_settled& e) {
  end_action(place_of(e.instance)); // it may have failed before or in its action
  if (e.reason != failure_reason::none && !facts_.batches.empty())
    ++facts_.batches.back().failed;
  ++settled_;
  ++settled_here_;
  if (slides_)
    look_at_batch();
  const auto percent = pending_ == 0 ? 0 : std::uint64_t{settled_} * 100 / pending_;
  while (facts_.progress.size() <= std::min<std::uint64_t>(percent, 100))
    facts_.progress.push_back(at_);
}

void run_observer::take(const told::batch_finished&) {
  if (!facts_.batches.empty())
    facts_.batches.back().ends = at_;
  in_batch_ = false;
  enter(phase::budget); // no time passes in it unless somebody waits
}

void run_observer::take(const told::waiting& e) {
  switch (e.reason) {
  case wait_reason::settling_health:
    return enter(phase::settling);
  case wait_reason::pause:
  case wait_reason::checkpoint_bake:
  case wait_reason::checkpoint_approval:
  case wait_reason::maintenance_window:
  case wait_reason::hook:
  case wait_reason::hook_failed:
    return enter(phase::pause);
  case wait_reason::unavailable_instances:
  case wait_reason::initializing_candidates:
  case wait_reason::guard:
  case wait_reason::shared_budget:
    return enter(phase::budget);
  }
}

void run_observer::take(const told::check_judged& e) {
  if (e.code.empty())
    return;
  facts_.end.check = e.check == check_kind::before_batch ? "beforeBatch" : "afterBatch";
}

void run_observer::take(const told::rollback_started&) {
  if (phase_ != phase::rollback)
    enter(phase::rollback);
}

void run_observer::take(const told::hook_started&) {
  enter(phase::pause);
}

run_facts run_observer::finish(const upgrade_report& report) {
  auto& f = facts_;
  at_ = report.end - report.start;
  enter(phase_);
  f.length = at_;
  f.failed = report.progress.failed;
  f.minimum_available =
    static_cast<std::uint32_t>(instances_.size()) - auditor_.max_unavailable();
  if (report.status == upgrade_status::faulted) {
    f.what = fate::kind::faulted;
    f.code = report.error.code;
  } else if (report.status == upgrade_status::cancelled) {
    f.what = fate::kind::cancelled;
  } else if (f.failed > 0) {
    f.what = fate::kind::completed_with_failures;
  }
  f.end.code = report.status == upgrade_status::cancelled ? report.error.code : f.code;
  const auto begun_batches = static_cast<std::uint32_t>(f.batches.size());
  f.end.batch = begun_batches + (f.end.check == "beforeBatch" ? 1 : 0);
  for (std::size_t i = 0; i < f.available.size(); ++i) {
    const auto until = i + 1 < f.available.size() ? f.available[i + 1].first : f.length;
    for (std::size_t level = 0; level < watched_levels.size(); ++level)
      if (std::uint64_t{f.available[i].second} * 100
          < static_cast<std::uint64_t>(watched_levels[level]) * instances_.size())
        f.below[level] += until - f.available[i].first;
  }
  return std::move(f);
}

} // namespace drydock::inline v1::rehearsal
