// SPDX-License-Identifier: Apache-2.0
#include "samples.hpp"

#include <limits>

namespace drydock::inline v1::journal::testing {

using namespace engine;
using namespace std::chrono_literals;

std::vector<rollout_input> all_inputs() {
  std::vector<rollout_input> list{
    input::started{},
    input::health_changed{7, health_state::healthy, {}},
    input::health_changed{4'294'967'295, health_state::unknown, {-5, true}},
    input::health_changed{
      0, health_state::unhealthy, {std::numeric_limits<std::int64_t>::min(), false}},
    input::health_changed{1, health_state::initializing, {}},
    input::member_settled{3, failure_reason::none, false, true, {}},
    input::member_settled{2, failure_reason::health_timeout, true, true, "no answer"},
    input::member_settled{2, failure_reason::none, true, false, "odd"},
    input::member_settled{9, failure_reason::cancelled, false, false, {}},
    input::member_released{12},
    input::step_started{{5, step_kind::before_instance, apply_class::restart, 1}},
    input::step_started{{6, step_kind::after_instance, apply_class::redeploy, 70'000}},
    input::step_started{{6, step_kind::terminate_notification, apply_class::none, 1}},
    input::step_started{{6, step_kind::action, apply_class::none, 0}},
    input::step_finished{
      {6, step_kind::action, apply_class::reimage, 1, step_outcome::succeeded, {}}},
    input::step_finished{{8, step_kind::after_instance, apply_class::in_place, 3,
                          step_outcome::withdrawn, "it \"broke\""}},
    input::timer_fired{0},
    input::timer_fired{4'294'967'295},
    input::cancel_requested{"ops", true},
    input::cancel_requested{{}, false},
    input::instance_deleted{1000},
    input::internal_error{"a part died"},
    input::internal_error{},
    input::resumed{},
    input::hook_finished{1, step_outcome::succeeded, {}},
    input::hook_finished{70'000, step_outcome::timed_out, "late"},
    input::approval{"ops", true, {}, 1},
    input::approval{{}, false, "too slow", 70'000},
    input::guard_reported{0, guard_state::holds, {}},
    input::guard_reported{70'000, guard_state::fails, "errors > 1 %"},
    input::budget_given{70'000, 2, 3, {{"database", 1}, {"web", 0}}},
    input::budget_given{},
    input::stop_keeping{},
    input::repairs_suspended{"ops"},
    input::repairs_resumed{{}},
  };
  return list;
}

std::vector<rollout_command> all_commands() {
  return {
    command::start_members{{3, 1, 2, 4'294'967'295, 0}, work_kind::rollback},
    command::start_members{{3}, work_kind::create},
    command::start_members{{3}, work_kind::remove},
    command::start_members{{3, 4}, work_kind::discard},
    command::start_members{{}, work_kind::upgrade},
    command::start_members{{5}, work_kind::repair},
    command::recover_members{
      {{4, 2, known_progress::acting, work_kind::rollback},
       {7, 1, known_progress::acted, work_kind::discard},
       {9, 1, known_progress::undraining, work_kind::upgrade},
       {8, 2, known_progress::drained, work_kind::repair},
       {1, 4'294'967'295, known_progress::nothing, work_kind::upgrade}}},
    command::recover_members{},
    command::cancel_members{true},
    command::cancel_members{false},
    command::drop_member{17},
    command::arm_timer{1, instant{31min}},
    command::arm_timer{4'294'967'295, instant::min()},
    command::arm_timer{0, instant::max()},
    command::run_hook{upgrade_hook::before_upgrade, 0, 1, 1},
    command::run_hook{upgrade_hook::after_upgrade, 7, 2, 70'000},
    command::end_hook{70'000},
    command::ask_approval{25, 3},
    command::ask_budget{70'000, 3, 2, 4'294'967'295},
    command::finish{},
  };
}

std::vector<upgrade_event> events_of_surge() {
  return {
    told::instance_deleted{1, deletion_reason::surge},
    told::instance_created{11, 1},
    told::instance_replaced{1, 11},
    told::surge_short{2, {1, 3}},
    told::batch_extended{2, {4, 5}, true},
    told::instance_released{1, release_reason::quota_short},
    told::step_started{11, step_kind::action, apply_class::reimage, 1,
                       work_kind::create},
    told::step_finished{11, step_kind::action, apply_class::reimage, 1,
                        step_outcome::quota_short, "no", work_kind::create},
    told::batch_started{2, {7, 1, 3}, {1, 2}, {2, 3}, 1, batch_bound::group, true},
  };
}

std::vector<upgrade_event> events_of_repairs() {
  return {
    told::repair_started{1, repair_action::reimage},
    told::repair_finished{1, repair_outcome::succeeded, failure_reason::none, {}},
    told::repair_finished{1, repair_outcome::failed, failure_reason::quota_short, "no"},
    told::repairs_suspended{{}, 3},
    told::repairs_suspended{"ops", 1},
    told::repairs_resumed{"ops"},
    told::instance_created{11, 1, creation_reason::repair},
    told::instance_deleted{1, deletion_reason::repair},
    told::step_started{1, step_kind::action, apply_class::restart, 1,
                       work_kind::repair},
  };
}

std::vector<upgrade_event> events_of_scaling() {
  return {
    told::scaling_started{5, 6, {1}, {11, 12}},
    told::scaling_finished{2, 1, 3},
    told::instance_created{11, 11, creation_reason::scale_out},
    told::instance_deleted{1, deletion_reason::scale_in},
    told::step_started{1, step_kind::terminate_notification, apply_class::none, 1,
                       work_kind::remove, 5min},
  };
}

std::vector<upgrade_event> all_events() {
  upgrade_error error{"Code", "a sentence", {{"ActionFailed", "it broke", 3}}};
  std::vector<upgrade_event> list{
    told::upgrade_started{upgrade_mode::rolling, 10, 9, 1, 2, apply_class::reimage},
    told::instance_skipped{3, skip_reason::skip_upgrade},
    told::check_judged{check_kind::after_batch, 1, 10, 20, "Breach"},
    told::batch_started{
      2, {7, 1, 3}, {1, 2}, {2, 3}, 1, batch_bound::unavailable_instances},
    told::batch_extended{2, {4, 5}},
    told::step_started{1, step_kind::before_instance, apply_class::reimage, 2},
    told::step_finished{1, step_kind::after_instance, apply_class::reimage, 2,
                        step_outcome::timed_out, "late"},
    told::health_changed{1, health_state::unhealthy, health_state::healthy},
    told::instance_settled{1, failure_reason::hook_failed, true, "no"},
    told::instance_released{1},
    told::batch_finished{2, 3, 4},
    told::waiting{wait_reason::unavailable_instances, instant{1s}, 5s, "U = 2", {1}, 2},
    told::instance_deleted{1},
    told::rollback_started{1},
    told::rollback_finished{1, true, true, "hm"},
    told::cancel_requested{"ops", true},
    told::upgrade_resumed{{1, 2}},
    told::hook_started{upgrade_hook::before_batch, 2, 1},
    told::hook_finished{upgrade_hook::after_batch, 2, 1, step_outcome::failed, "no"},
    told::checkpoint_reached{25, 3, 12, 10min, checkpoint_approval::manual},
    told::checkpoint_left{25, true, "ops", "fine"},
    told::guard_changed{1, "errors", guard_state::fails, "2 %"},
    told::pause_ended{"ops"},
    told::upgrade_finished{upgrade_status::faulted, error, {1, 2, 3, 4, 5}},
  };
  for (auto& x : events_of_surge())
    list.push_back(std::move(x));
  for (auto& x : events_of_repairs())
    list.push_back(std::move(x));
  for (auto& x : events_of_scaling())
    list.push_back(std::move(x));
  return list;
}

std::shared_ptr<const fleet> generated_fleet(std::uint32_t count) {
  auto result = std::make_shared<fleet>(std::vector<std::string>{"1", "2", "3"});
  instance_spec spec;
  for (std::uint32_t i = 0; i < count; ++i) {
    spec.id = "web-" + std::to_string(i);
    spec.zone = std::to_string(i % 3 + 1);
    spec.update_domain = i / 3 % 5;
    result->add(spec);
  }
  return result;
}

header full_header() {
  header x;
  x.scale_set = "web";
  x.upgrade_id = "web-20300102";
  x.started_us = 1'893'553'445'000'001;
  x.fingerprint = 0xfedcba9876543210;
  x.seed = 4711;
  auto& o = x.rollout;
  o.policy.mode = upgrade_mode::rolling;
  o.policy.rolling = {10, 30, 0, 90s, true, true, true, true, 7, 9, 1s, 7min, 2h, true};
  o.policy.rolling.batching = batching_mode::sliding;
  o.policy.rolling.rollback = rollback_scope::all;
  o.policy.rolling.checkpoints = {{5, 10min, checkpoint_approval::manual},
                                  {100, 0s, checkpoint_approval::command}};
  o.policy.rolling.on_rejection = rejection::roll_back;
  o.policy.rolling.approval_timeout = 3h;
  o.hooks = {true, false, true, true};
  o.hook_retry = {5, true, 2s, 9s, 3min};
  o.windows = {{0x41, 22h, 4h, "Europe/Berlin", {{1h, 2h}, {5h, -1h}}}, {}};
  o.since_epoch = 400'000h;
  o.guards = {{"errors", guard_consequence::fault}, {"latency"}};
  o.shared_budget = 70'000;
  o.policy.max_parallel = 3;
  o.action = apply_class::redeploy;
  o.has_health = o.selected_all = true;
  o.selected = {1, 3, 4};
  o.deleted = {2};
  x.previous_model.set("image.version", "1.4");
  x.latest_model.set("image.version", "1.5");
  x.latest_model.set("tags.odd", value::list{value(), true, false, -7, 0.25, "text"});
  auto instances =
    std::make_shared<fleet>(std::vector<std::string>{"east", "west", "unused"});
  instances->add({.id = "alpha", .zone = "west", .update_domain = 4});
  instances->add({.id = "alphabet", .protect_from_scale_set_actions = true});
  instances->add({.id = "", .zone = "east", .protect_from_scale_in = true});
  instances->add({.id = "beta", .latest_model_applied = true});
  instances->add({.id = std::string(260, 'x') + "1", .update_domain = 0});
  instances->add({.id = std::string(260, 'x') + "2"});
  x.instances = instances;
  return x;
}

namespace {

template <class... Ts>
std::string line(const char* name, const Ts&... xs) {
  std::string text = name;
  const auto add = [&](const auto& x) {
    using type = std::remove_cvref_t<decltype(x)>;
    text += ' ';
    if constexpr (std::is_enum_v<type>)
      text += std::to_string(static_cast<int>(x));
    else if constexpr (std::is_same_v<type, std::string>)
      text += '"' + x + '"';
    else
      text += std::to_string(x);
  };
  (add(xs), ...);
  return text;
}

struct field_printer {
  std::string operator()(const input::started& /*e*/) const { return "started"; }
  std::string operator()(const input::health_changed& e) const {
    return line("health", e.instance, e.health, e.metrics.phase,
                e.metrics.skip_upgrade);
  }
  std::string operator()(const input::member_settled& e) const {
    return line("settled", e.instance, e.reason, e.action_failed, e.action_begun,
                e.message);
  }
  std::string operator()(const input::member_released& e) const {
    return line("released", e.instance);
  }
  std::string operator()(const input::step_started& e) const {
    return line("begun", e.what.instance, e.what.step, e.what.action, e.what.attempt);
  }
  std::string operator()(const input::step_finished& e) const {
    return line("ended", e.what.instance, e.what.step, e.what.action, e.what.attempt,
                e.what.outcome, e.what.error);
  }
  std::string operator()(const input::timer_fired& e) const {
    return line("timer", e.timer);
  }
  std::string operator()(const input::cancel_requested& e) const {
    return line("cancel", e.by, e.now);
  }
  std::string operator()(const input::instance_deleted& e) const {
    return line("deleted", e.instance);
  }
  std::string operator()(const input::internal_error& e) const {
    return line("error", e.message);
  }
  std::string operator()(const input::resumed& /*e*/) const { return "resumed"; }
  std::string operator()(const input::hook_finished& e) const {
    return line("hook", e.request, e.outcome, e.error);
  }
  std::string operator()(const input::approval& e) const {
    return line("approval", e.by, e.approved, e.message, e.question);
  }
  std::string operator()(const input::guard_reported& e) const {
    return line("guard", e.guard, e.state, e.message);
  }
  std::string operator()(const input::stop_keeping& /*e*/) const {
    return "stop keeping";
  }
  std::string operator()(const input::repairs_suspended& e) const {
    return line("suspend repairs", e.by);
  }
  std::string operator()(const input::repairs_resumed& e) const {
    return line("resume repairs", e.by);
  }
  std::string operator()(const input::budget_given& e) const {
    auto text = line("budget", e.request, e.share, e.ceiling);
    for (const auto& x : e.holders)
      text += line(" holder", x.scale_set, x.count);
    return text;
  }

  std::string operator()(const command::start_members& c) const {
    auto text = line("start", c.work);
    for (const auto i : c.instances)
      text += ' ' + std::to_string(i);
    return text;
  }
  std::string operator()(const command::recover_members& c) const {
    std::string text = "recover";
    for (const auto& m : c.members)
      text += line(" member", m.instance, m.attempt, m.known, m.work);
    return text;
  }
  std::string operator()(const command::cancel_members& c) const {
    return line("cancel", c.now);
  }
  std::string operator()(const command::drop_member& c) const {
    return line("drop", c.instance);
  }
  std::string operator()(const command::arm_timer& c) const {
    return line("arm", c.timer, c.at.time_since_epoch().count());
  }
  std::string operator()(const command::publish& /*c*/) const { return "publish"; }
  std::string operator()(const command::run_hook& c) const {
    return line("run hook", c.hook, c.batch, c.attempt, c.request);
  }
  std::string operator()(const command::end_hook& c) const {
    return line("end hook", c.request);
  }
  std::string operator()(const command::ask_approval& c) const {
    return line("ask", c.checkpoint, c.question);
  }
  std::string operator()(const command::finish& /*c*/) const { return "finish"; }
  std::string operator()(const command::ask_budget& c) const {
    return line("ask budget", c.request, c.unavailable, c.kept, c.wanted);
  }
};

} // namespace

std::string fields(const rollout_input& x) {
  return std::visit(field_printer{}, x);
}

std::string fields(const rollout_command& x) {
  return std::visit(field_printer{}, x);
}

std::string record_of(instant at, std::int64_t wall_us,
                      const std::vector<rollout_input>& inputs,
                      const std::vector<rollout_command>& effects,
                      const std::vector<upgrade_event>& events) {
  turn_writer writer;
  writer.begin(at, wall_us, inputs);
  for (const auto& e : events)
    writer.told(e);
  return std::string(writer.finish(effects));
}

} // namespace drydock::inline v1::journal::testing
