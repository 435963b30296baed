// SPDX-License-Identifier: Apache-2.0
#include "set_state.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace drydock::inline v1::detail {

using namespace engine;

set_state::set_state(const std::shared_ptr<engine_core>& core,
                     scale_set_options options)
  : core_(core), options_(std::move(options)), model_(complete_model(options_)),
    previous_model_(model_), policy_(options_.policy),
    outstanding_(options_.lagging_action) {
  if (options_.prober != nullptr && options_.health.kind == health_kind::none)
    options_.health.kind = health_kind::binary_extension;
  if (const auto* own = std::get_if<std::shared_ptr<driver>>(&options_.driver))
    features_ = (*own)->features();
  instances_ = std::make_shared<const fleet>(std::exchange(options_.instances, {}));
  options_.model = {};
  lags_.resize(instances_->size());
  for (instance_index i = 0; i < lags_.size(); ++i)
    lags_[i] = instances_->latest_model_applied(i) ? 0 : 1;
}

result<std::shared_ptr<set_state>>
set_state::take_on(const std::shared_ptr<engine_core>& core,
                   scale_set_options options) {
  const auto refuse = [name = options.name](const std::string& what) {
    return error{error_code::invalid_argument,
                 {},
                 "scale set \"" + name + "\": driver::features threw " + what};
  };
  try {
    return std::make_shared<set_state>(core, std::move(options));
  } catch (const std::exception& e) {
    return refuse(std::string("an exception: ") + e.what());
  } catch (...) {
    return refuse("an exception");
  }
}

error set_state::gone() const {
  return {error_code::not_found,
          {},
          "scale set \"" + name() + "\" was removed, or its engine is gone"};
}

value set_state::model() const {
  const std::lock_guard guard(mutex_);
  return model_;
}

upgrade_policy set_state::policy() const {
  const std::lock_guard guard(mutex_);
  return policy_;
}

std::vector<instance_index> set_state::lagging() const {
  const std::lock_guard guard(mutex_);
  std::vector<instance_index> result;
  for (instance_index i = 0; i < lags_.size(); ++i)
    if (lags(i))
      result.push_back(i);
  return result;
}

bool set_state::lags(instance_index i) const {
  return lags_[i] != 0 && !std::binary_search(deleted_.begin(), deleted_.end(), i);
}

bool set_state::anybody_lags() const {
  for (instance_index i = 0; i < lags_.size(); ++i)
    if (lags(i))
      return true;
  return false;
}

std::shared_ptr<upgrade_state> set_state::running() const {
  const std::lock_guard guard(mutex_);
  return running_;
}

result<set_state::prepared> set_state::prepare(const change& what) const {
  if (closed_)
    return gone();
  auto judged = judge(options_, features_, lags_.size(), model_, policy_, what);
  if (!judged)
    return judged.error();
  if (keeper_ && judged->policy.mode == upgrade_mode::rolling
      && judged->policy.rolling.max_surge)
    return error{error_code::invalid_argument,
                 {},
                 "scale sets that keep their upgrades in a store cannot replace "
                 "instances yet; set max_surge = false, or keep nothing"};
  prepared x;
  x.change = std::move(*judged);
  x.lags = lags_;
  x.previous_model = previous_model_;
  if (x.change.action != apply_class::none) {
    // Nobody has the changed model but those of whom it is said.
    x.lags.assign(lags_.size(), 1);
    x.previous_model = model_;
  }
  for (const auto i : what.up_to_date)
    x.lags[i] = 0;
  if (anybody_lags())
    x.change.action = std::max(x.change.action, outstanding_);
  x.instances = instances_;
  auto marked = std::shared_ptr<fleet>();
  for (instance_index i = 0; i < x.lags.size(); ++i) {
    if (instances_->latest_model_applied(i) == (x.lags[i] == 0))
      continue;
    if (!marked)
      x.instances = marked = std::make_shared<fleet>(*instances_);
    marked->set_latest_model_applied(i, x.lags[i] == 0);
  }
  x.own_instances = x.instances;
  if (x.change.policy.mode == upgrade_mode::rolling && x.change.policy.rolling.max_surge
      && x.change.action != apply_class::none)
    x.instances = with_replacements(*x.instances);
  x.rollout.policy = x.change.policy;
  x.rollout.action = x.change.action;
  x.rollout.has_health = options_.health.kind != health_kind::none;
  x.rollout.selected_all = what.all_instances;
  x.rollout.selected = x.change.selected;
  x.rollout.deleted = deleted_;
  x.lifecycle = make_lifecycle(x);
  if (const auto* commands = std::get_if<command_spec>(&options_.driver))
    x.rollout.hooks = hooks_of(commands->around);
  else if (const auto* simulated = std::get_if<simulated_spec>(&options_.driver))
    x.rollout.hooks = hooks_of(simulated->around);
  x.rollout.hook_retry = x.lifecycle.retry;
  return x;
}

lifecycle_options set_state::make_lifecycle(const prepared& x) const {
  lifecycle_options life;
  life.action = x.change.action;
  life.has_health = x.rollout.has_health;
  life.min_ready = x.change.policy.rolling.min_ready;
  life.health_timeout = x.change.policy.rolling.health_timeout;
  if (options_.health.kind == health_kind::rich_extension)
    life.grace_period = options_.health.grace_period;
  if (const auto* commands = std::get_if<command_spec>(&options_.driver)) {
    life.retry = commands->retry;
  } else if (const auto* simulated = std::get_if<simulated_spec>(&options_.driver)) {
    life.retry = simulated->retry;
    life.retry.timeout = simulated->timeout;
  } else {
    life.retry = options_.retry;
  }
  return life;
}

/// What keeps another upgrade from being made, but for one that is unfinished.
std::optional<error> set_state::find_obstacle() const {
  if (closed_)
    return gone();
  if (running_)
    return error{error_code::upgrade_in_progress, "OperationNotAllowed",
                 "scale set \"" + name()
                   + "\" is being upgraded; cancel that upgrade or wait for its end"};
  return keeper_ ? keeper_->find_obstacle() : std::nullopt;
}

std::shared_ptr<upgrade_state>
set_state::make_upgrade(engine_core& core, const std::string& id, const prepared& x,
                        const std::shared_ptr<call_guard>& calls) {
  return std::make_shared<upgrade_state>(
    id, x.instances, x.rollout, core.log(), calls,
    [self = shared_from_this(), action = x.change.action](const upgrade_state& over,
                                                          upgrade_report& report) {
      self->take_end(over, report, action);
    });
}

/// The upgrade is the set's from now on, and begins; or else nothing was altered.
std::optional<error> set_state::adopt(engine_core& core, prepared x, made_upgrade& made,
                                      start_options how) {
  if (!core.keep(made.upgrade))
    return error{error_code::engine_stopped, {}, "the engine is being destroyed"};
  if (how.on_event)
    made.upgrade->listen(
      std::make_shared<event_queue>(std::move(how.on_event), how.events, core.log()),
      true);
  // Last of all that may fail; where a driver inspects first, it writes later.
  if (made.work.write_down && !made.work.inspect)
    if (auto why = std::exchange(made.work.write_down, nullptr)(made.work.setup))
      return why;
  model_ = std::move(x.change.model);
  previous_model_ = std::move(x.previous_model);
  policy_ = x.change.policy;
  lags_ = std::move(x.lags);
  instances_ = x.own_instances;
  learnt_ = made.work.learnt;
  outstanding_ = x.change.action;
  running_ = made.upgrade;
  if (keeper_)
    keeper_->watch([upgrade = std::weak_ptr(made.upgrade)] {
      if (const auto alive = upgrade.lock()) // whose next turn cannot be written
        alive->cancel("the loss of the lease", true);
    });
  return std::nullopt;
}

result<set_state::made_upgrade> set_state::make(const change& what, start_options how) {
  const auto core = core_.lock();
  if (!core)
    return error{error_code::engine_stopped, {}, "the engine is gone; make a new one"};
  // One that does not begin takes its handler along, which is the user's: after the
  // lock.
  std::shared_ptr<upgrade_state> kept;
  const std::lock_guard guard(mutex_);
  if (auto why = find_obstacle())
    return std::move(*why);
  if (keeper_ && !keeper_->unfinished().empty())
    return error{
      error_code::unfinished_upgrade, "OperationNotAllowed",
      "upgrade " + keeper_->unfinished() + " of scale set \"" + name()
        + "\" did not come to its end; go on with resume_upgrade, or give it "
          "up with abandon_upgrade"};
  auto ready = prepare(what);
  if (!ready)
    return ready.error();
  auto id = core->make_upgrade_id();
  // On a virtual clock the same seed gives the same ids again.
  for (std::uint64_t n = 1; keeper_ && keeper_->has(id); ++n)
    id = core->make_upgrade_id(n);
  const auto calls = std::make_shared<call_guard>();
  made_upgrade made{make_upgrade(*core, id, *ready, calls),
                    make_work(*core, *ready, id, calls)};
  kept = made.upgrade;
  made.work.keep = core;
  made.work.setup.tell_steps = how.tell_steps;
  if (keeper_)
    write_down(made, *ready);
  if (keeper_ && !how.tell_steps)
    made.upgrade->hide_steps();
  if (auto why = adopt(*core, std::move(*ready), made, std::move(how)))
    return std::move(*why);
  return made;
}

result<std::shared_ptr<upgrade_state>> set_state::start(const change& what,
                                                        start_options how) {
  return begin([&] { return make(what, std::move(how)); });
}

result<std::shared_ptr<upgrade_state>>
set_state::begin(const std::function<result<made_upgrade>()>& make_it) const {
  std::shared_ptr<upgrade_state> upgrade;
  try {
    auto made = make_it();
    if (!made)
      return made.error();
    upgrade = made->upgrade;
    upgrade->start(std::move(made->work));
    return upgrade;
  } catch (const std::exception& e) { // no thread to be had, say
    if (upgrade)
      upgrade->finish(broken_report(e.what()));
    return error{error_code::internal_error,
                 {},
                 "the upgrade of scale set \"" + name()
                   + "\" could not begin: " + e.what()};
  }
}

void set_state::take_end(const upgrade_state& upgrade, upgrade_report& report,
                         apply_class action) {
  if (upgrade.is_kept()) // while it runs the set keeps its keeper
    keeper_->end(upgrade.id(), report);
  const std::lock_guard guard(mutex_);
  take_replaced(upgrade);
  for (instance_index i = 0; i < lags_.size(); ++i) {
    const auto what = upgrade.outcome_of(i);
    if (what != upgrade_state::outcome::untouched)
      lags_[i] = what == upgrade_state::outcome::on_target ? 0 : 1;
  }
  const auto nothing_to_do =
    action == apply_class::none && report.status == upgrade_status::completed;
  outstanding_ = !anybody_lags() || nothing_to_do ? apply_class::none : action;
  running_ = nullptr;
}

result<upgrade_plan> set_state::plan(const change& what,
                                     const plan_options& how) const {
  std::optional<prepared> ready;
  {
    const std::lock_guard guard(mutex_);
    auto x = prepare(what);
    if (!x)
      return x.error();
    ready = std::move(*x);
  }
  return make_plan(ready->rollout, ready->instances, how.health, how.work);
}

result<rehearsal::scenario>
set_state::make_scenario(const change& what, const rehearsal_options& how) const {
  const std::lock_guard guard(mutex_);
  auto ready = prepare(what);
  if (!ready)
    return ready.error();
  rehearsal::scenario x;
  const auto* simulated = std::get_if<simulated_spec>(&options_.driver);
  if (!how.world && simulated == nullptr)
    return error{error_code::invalid_argument,
                 {},
                 "nothing says how long a "
                   + std::string(to_string(ready->change.action))
                   + " takes; set rehearsal_options::world"};
  x.spec.world = how.world ? *how.world : *simulated;
  x.spec.known = true;
  x.spec.time_limit = how.time_limit;
  x.instances = ready->instances;
  x.rollout = std::move(ready->rollout);
  x.lifecycle = std::move(ready->lifecycle);
  x.health = options_.health;
  return x;
}

result<void> set_state::delete_instance(instance_index which) {
  const std::lock_guard guard(mutex_);
  if (closed_)
    return gone();
  if (which >= lags_.size())
    return error{error_code::invalid_argument,
                 {},
                 "scale set \"" + name() + "\" has no instance "
                   + std::to_string(which)};
  const auto at = std::lower_bound(deleted_.begin(), deleted_.end(), which);
  if (at == deleted_.end() || *at != which)
    deleted_.insert(at, which);
  if (running_) // which knows who is at the position now
    running_->delete_instance(which);
  return {};
}

bool set_state::close(released& into) {
  const std::lock_guard guard(mutex_);
  if (running_)
    return false;
  closed_ = true;
  into.driver = std::exchange(options_.driver, simulated_spec{});
  into.prober = std::exchange(options_.prober, nullptr);
  into.keeper = std::exchange(keeper_, nullptr);
  return true;
}

} // namespace drydock::inline v1::detail
