// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/shared_budget.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

std::string describe_budget(std::uint32_t ceiling,
                            const std::vector<budget_holder>& holders) {
  auto text = "shared budget of " + std::to_string(ceiling);
  for (const auto& x : holders) {
    text += &x == &holders.front() ? ": " : ", ";
    text += x.count == 0 ? "the health of " + x.scale_set + " is not known yet"
                         : x.scale_set + " holds " + std::to_string(x.count);
  }
  return text;
}

shared_budget::shared_budget(std::uint32_t ceiling, std::size_t sets)
  : ceiling_(ceiling), sets_(sets) {}

void shared_budget::enter(std::size_t set) {
  if (sets_[set].state == standing::absent)
    sets_[set].state = standing::awaited;
}

void shared_budget::report(std::size_t set, std::uint32_t unavailable,
                           std::uint32_t kept, std::uint32_t wanted) {
  auto& x = sets_[set];
  if (x.state == standing::over)
    return;
  x.state = standing::heard;
  x.unavailable = unavailable;
  x.wanted = wanted;
  x.share = std::min(x.share, kept);
  const auto at = std::find(queue_.begin(), queue_.end(), set);
  if (!waits(set) && at != queue_.end())
    queue_.erase(at);
  else if (waits(set) && at == queue_.end())
    queue_.push_back(set);
  give();
}

void shared_budget::leave(std::size_t set) {
  sets_[set].state = standing::over;
  std::erase(queue_, set);
  give();
}

std::uint32_t shared_budget::held(std::size_t set) const {
  return std::max(sets_[set].share, sets_[set].unavailable);
}

std::uint64_t shared_budget::held() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sets_.size(); ++i)
    sum += held(i);
  return sum;
}

bool shared_budget::waits(std::size_t set) const {
  const auto& x = sets_[set];
  return x.state == standing::heard && x.wanted > held(set);
}

/// Whoever waits first is given all that is left, up to what it wants.
void shared_budget::give() {
  for (std::size_t i = 0; i < sets_.size(); ++i)
    if (is_awaited(i))
      return;
  while (!queue_.empty()) {
    const auto sum = held();
    if (sum >= ceiling_)
      return;
    const auto set = queue_.front();
    auto& x = sets_[set];
    x.share = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(x.wanted, held(set) + (ceiling_ - sum)));
    queue_.pop_front();
    if (waits(set)) // then nothing is left
      queue_.push_back(set);
  }
}

} // namespace drydock::inline v1::engine
