// SPDX-License-Identifier: Apache-2.0
// Instances of a scale set that upgrades replace: how the new ones are called, and how
// they take their places in the set.
#include "set_state.hpp"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace drydock::inline v1::detail {

using namespace engine;

/// As the instance was called at first, with a number after it that nobody had; nobody
/// knows yet where it will be.
std::shared_ptr<const fleet>
set_state::with_replacements(const fleet& instances) const {
  std::unordered_set<std::string> taken;
  taken.reserve(2 * instances.size());
  for (instance_index i = 0; i < instances.size(); ++i)
    taken.emplace(instances.id(i));
  std::vector<instance_spec> next(instances.size());
  for (instance_index i = 0; i < instances.size(); ++i) {
    next[i] = instances.spec(i);
    const auto first = first_ids_.find(i);
    const auto base = first == first_ids_.end() ? next[i].id : first->second;
    const auto last = last_numbers_.find(i);
    for (auto n = last == last_numbers_.end() ? 2 : last->second + 1;; ++n) {
      next[i].id = base + '-' + std::to_string(n);
      if (taken.insert(next[i].id).second)
        break;
    }
    // Those are the member's, unless every instance has them.
    next[i].port = 0;
    if (next[i].address != instance_spec{}.address)
      next[i].address.clear();
  }
  auto result = std::make_shared<fleet>(instances);
  result->add_replacements(next);
  return result;
}

/// Under the lock.
void set_state::take_replaced(const upgrade_state& upgrade) {
  const auto replaced = upgrade.replaced();
  const auto& all = upgrade.instances();
  for (const auto i : upgrade.surged()) {
    const auto first = first_ids_.find(i);
    const auto base =
      first == first_ids_.end() ? all.id(i).size() : first->second.size();
    const std::string name(all.id(all.replacement_of(i)));
    last_numbers_[i] = std::stoull(name.substr(base + 1));
  }
  const auto again = upgrade.held_again();
  std::erase_if(deleted_, [&](instance_index i) { return again.contains(i); });
  const auto learnt = std::exchange(learnt_, nullptr);
  if (replaced.empty())
    return;
  auto now = std::make_shared<fleet>(all.zones());
  for (instance_index i = 0; i < all.size(); ++i) {
    auto spec = all.spec(i);
    if (replaced.contains(i)) {
      first_ids_.try_emplace(i, spec.id);
      const auto next = all.replacement_of(i);
      auto found = all.spec(next);
      spec.id = std::move(found.id);
      spec.address = std::move(found.address);
      spec.port = found.port;
      if (const auto details = learnt ? learnt->of(next) : nullptr) {
        spec.address = details->address.value_or(spec.address);
        spec.port = details->port.value_or(spec.port);
        for (const auto& [name, text] : details->vars)
          spec.vars[name] = text;
      }
    }
    now->add(spec);
  }
  instances_ = std::move(now);
}

std::string set_state::instance_id(instance_index which) const {
  const std::lock_guard guard(mutex_);
  return which < instances_->size() ? std::string(instances_->id(which))
                                    : std::string();
}

} // namespace drydock::inline v1::detail
