// SPDX-License-Identifier: Apache-2.0
#include "drydock/scale_set.hpp"

#include "set_state.hpp"

#include <utility>

namespace drydock::inline v1 {

scale_set::scale_set(std::shared_ptr<detail::set_state> state)
  : state_(std::move(state)) {}

const std::string& scale_set::name() const {
  return state_->name();
}

std::size_t scale_set::size() const {
  return state_->size();
}

std::string scale_set::instance_id(instance_index which) const {
  return state_->instance_id(which);
}

value scale_set::model() const {
  return state_->model();
}

upgrade_policy scale_set::policy() const {
  return state_->policy();
}

std::vector<instance_index> scale_set::lagging() const {
  return state_->lagging();
}

std::optional<upgrade> scale_set::running() const {
  if (auto state = state_->running())
    return upgrade(std::move(state));
  return std::nullopt;
}

result<upgrade> scale_set::start_upgrade(const change& what, start_options how) {
  auto started = state_->start(what, std::move(how));
  if (!started)
    return started.error();
  return upgrade(std::move(*started));
}

result<std::optional<unfinished_upgrade>> scale_set::unfinished() const {
  return state_->unfinished();
}

result<upgrade> scale_set::resume_upgrade(start_options how) {
  auto resumed = state_->resume(std::move(how));
  if (!resumed)
    return resumed.error();
  return upgrade(std::move(*resumed));
}

result<void> scale_set::abandon_upgrade() {
  return state_->abandon();
}

result<upgrade_plan> scale_set::plan(const change& what,
                                     const plan_options& how) const {
  return state_->plan(what, how);
}

result<void> scale_set::delete_instance(instance_index which) {
  return state_->delete_instance(which);
}

} // namespace drydock::inline v1
