// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/candidates.hpp"

#include <map>

namespace drydock::inline v1::engine {

namespace {

constexpr std::size_t slot(candidate_standing x) {
  return static_cast<std::size_t>(x);
}

constexpr std::size_t healthy_slot = slot(candidate_standing::healthy);
constexpr std::size_t unhealthy_slot = slot(candidate_standing::unhealthy);

} // namespace

std::string_view to_string(batch_bound x) {
  switch (x) {
  case batch_bound::batch_instances:
    return "batch_instances";
  case batch_bound::unavailable_instances:
    return "unavailable_instances";
  case batch_bound::group:
    return "group";
  case batch_bound::checkpoint:
    return "checkpoint";
  case batch_bound::shared_budget:
    return "shared_budget";
  }
  return "";
}

candidate_pool::candidate_pool(const fleet& instances,
                               std::span<const candidate> candidates, bool cross_zone) {
  const auto place_of = [&](const candidate& c) {
    return batch_place{c.phase,
                       cross_zone ? fleet::no_zone : instances.zone(c.instance),
                       instances.update_domain(c.instance)};
  };
  std::map<batch_place, std::uint32_t> numbers;
  for (const auto& c : candidates)
    numbers.try_emplace(place_of(c), 0);
  cells_.reserve(numbers.size());
  for (auto& [place, number] : numbers) {
    number = static_cast<std::uint32_t>(cells_.size());
    cells_.emplace_back().place = place;
  }

  const auto end = candidates.empty() ? 0 : std::size_t{candidates.back().instance} + 1;
  cell_of_.resize(end);
  standing_.resize(end, candidate_standing::absent);
  for (const auto& c : candidates) {
    const auto number = numbers.find(place_of(c))->second;
    auto& home = cells_[number];
    home.order.push_back(c.instance);
    cell_of_[c.instance] = number;
    standing_[c.instance] = c.standing;
    ++home.count[slot(c.standing)];
    size_ += c.standing != candidate_standing::absent ? 1 : 0;
    unhealthy_ += c.standing == candidate_standing::unhealthy ? 1 : 0;
  }
}

void candidate_pool::update(instance_index i, candidate_standing standing) {
  if (i >= standing_.size() || standing_[i] == candidate_standing::absent
      || standing_[i] == standing)
    return;
  auto& c = cells_[cell_of_[i]];
  --c.count[slot(standing_[i])];
  unhealthy_ -= standing_[i] == candidate_standing::unhealthy ? 1 : 0;
  standing_[i] = standing;
  if (standing == candidate_standing::absent) {
    --size_;
    return;
  }
  ++c.count[slot(standing)];
  unhealthy_ += standing == candidate_standing::unhealthy ? 1 : 0;
}

batch_choice candidate_pool::select(const rollout_limits& limits,
                                    std::uint32_t unavailable,
                                    bool prioritize_unhealthy) {
  while (first_ < cells_.size() && cells_[first_].present() == 0)
    ++first_;
  batch_choice choice;
  if (first_ == cells_.size())
    return choice;
  const auto phase = cells_[first_].place.phase;
  const auto try_all = [&](wanted kind) {
    for (auto i = first_; i < cells_.size() && cells_[i].place.phase == phase; ++i) {
      walk(cells_[i], kind, limits, unavailable, choice);
      if (!choice.members.empty())
        return true;
    }
    return false;
  };
  if (!prioritize_unhealthy)
    try_all(wanted::any);
  else if (!(choice.unhealthy_first = try_all(wanted::unhealthy)))
    try_all(wanted::healthy);
  return choice;
}

void candidate_pool::walk(cell& c, wanted kind, const rollout_limits& limits,
                          std::uint32_t unavailable, batch_choice& choice) const {
  choice.place = c.place;
  choice.bound = batch_bound::group;
  auto unhealthy_left = kind == wanted::healthy ? 0 : c.count[unhealthy_slot];
  auto healthy_left = kind == wanted::unhealthy ? 0 : c.count[healthy_slot];
  const auto fits = [&] { return unavailable < limits.unavailable_instances_max; };
  while (c.head < c.order.size()
         && standing_[c.order[c.head]] == candidate_standing::absent)
    ++c.head;
  for (auto at = c.head; at < c.order.size(); ++at) {
    if (unhealthy_left == 0 && (healthy_left == 0 || !fits()))
      break;
    if (choice.members.size() == limits.batch_instances_max)
      break;
    const auto i = c.order[at];
    if (standing_[i] == candidate_standing::unhealthy && kind != wanted::healthy) {
      // It is unavailable already, so it costs nothing.
      choice.members.push_back(i);
      --unhealthy_left;
    } else if (standing_[i] == candidate_standing::healthy
               && kind != wanted::unhealthy) {
      if (fits()) {
        choice.members.push_back(i);
        --healthy_left;
        ++unavailable;
      }
    }
  }
  if (choice.members.size() == limits.batch_instances_max)
    choice.bound = batch_bound::batch_instances;
  else if (healthy_left > 0)
    choice.bound = batch_bound::unavailable_instances;
}

} // namespace drydock::inline v1::engine
