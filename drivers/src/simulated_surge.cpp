// SPDX-License-Identifier: Apache-2.0
// Instances of a simulated fleet that are made and deleted.
#include "drydock/drivers/simulated.hpp"

#include "random_draw.hpp"
#include "simulated_world.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace drydock::drivers {

using namespace engine;
using namespace protocol;

namespace {

constexpr auto unset = std::numeric_limits<std::int64_t>::min();

std::int64_t to_ns(instant t) {
  return t.time_since_epoch().count();
}

} // namespace

/// Until one that was begun to be made, well, is there; nothing: none was.
std::optional<duration>
simulated_fleet::left_of_creation(const step_request& request) const {
  const auto i = request.id.instance;
  const auto is = static_cast<past>(states_[i].load(std::memory_order_acquire) & 3);
  if (request.step != step_kind::action || request.work != work::create
      || is != past::upgraded)
    return std::nullopt;
  const auto end = ends_.empty() ? unset : ends_[i].load(std::memory_order_acquire);
  return duration{std::max<std::int64_t>(end, to_ns(request.now)) - to_ns(request.now)};
}

/// There is room for so many only.
simulated_fleet::outcome simulated_fleet::decide_creation(const step_request& request,
                                                          outcome x) {
  const auto i = request.id.instance;
  const std::lock_guard guard(extra_mutex_);
  if (made_.contains(i))
    return x;
  if (spec_.quota && made_.size() + left_over_ >= *spec_.quota + deleted_.size())
    return {{step_outcome::quota_short, "simulated quota"}, duration{0}};
  note_made(i);
  if (x.result.outcome != step_outcome::transient)
    made_.insert(i); // one that failed is there too, until it is deleted
  return x;
}

/// Deletions succeed.
simulated_fleet::outcome simulated_fleet::decide_deletion(const step_request& request) {
  const auto i = request.id.instance;
  const draw_key key{spec_.seed, who(i), request.action, request.attempt};
  give_way(i);
  outcome x;
  x.takes = draw_duration(spec_.remove, key, purpose::deletion_duration);
  if (spec_.timeout > duration{0} && x.takes > spec_.timeout) {
    x.takes = spec_.timeout;
    x.result = {step_outcome::timed_out, "simulated timeout"};
    return x;
  }
  assume_deleted(i);
  return x;
}

/// An instance is told of its deletion: it agrees after a while, or never.
bool simulated_fleet::tell(const step_request& request, step_port& port) const {
  if (spec_.terminate_approval)
    port.finished(request.id, {},
                  draw_duration(*spec_.terminate_approval,
                                {spec_.seed, who(request.id.instance), request.action,
                                 request.attempt},
                                purpose::terminate_approval));
  return true;
}

void simulated_fleet::assume_created(instance_index i, instant ended) {
  remember(i, past::upgraded, ended, ended);
  const std::lock_guard guard(extra_mutex_);
  note_made(i);
  made_.insert(i);
}

void simulated_fleet::assume_deleted(instance_index i) {
  give_way(i);
  if (i >= count_)
    states_[i].store(0, std::memory_order_release);
  const std::lock_guard guard(extra_mutex_);
  note_made(i); // or it would not be deleted
  if (i >= count_)
    made_.erase(i);
  else
    deleted_.insert(i);
}

void simulated_fleet::name_faults(const fleet& instances) {
  if (spec_.faults.empty())
    return;
  std::unordered_map<std::string_view, const simulated_fault*> by_id;
  for (const auto& f : spec_.faults)
    by_id.emplace(f.instance, &f);
  for (instance_index i = 0; i < instances.positions(); ++i)
    if (const auto at = by_id.find(instances.id(i)); at != by_id.end())
      faults_[i].spec = at->second;
}

/// Whatever becomes of a replacement, its turn is over once it was asked for. Under
/// the mutex.
void simulated_fleet::note_made(instance_index i) {
  if (i >= count_ && i < first_arrival_)
    changes_.try_emplace(static_cast<instance_index>(i - count_), false);
}

/// A member that is to be deleted is one whose replacement serves, if there is one; it
/// may be there yet for a while, or left over.
void simulated_fleet::give_way(instance_index i) {
  const std::lock_guard guard(extra_mutex_);
  if (const auto at = changes_.find(i); at != changes_.end())
    at->second = true;
}

std::vector<simulated_fleet::place_change> simulated_fleet::changed_places() {
  const std::lock_guard guard(extra_mutex_);
  std::vector<place_change> result;
  for (const auto& [member, replaced] : changes_)
    result.push_back({member, replaced});
  return result;
}

void simulated_fleet::settle(const fleet& instances) {
  const std::lock_guard guard(extra_mutex_);
  std::unordered_map<const simulated_fault*, std::int64_t> ended;
  for (const auto& [i, f] : faults_)
    ended[f.spec] = f.action_end.load(std::memory_order_relaxed);
  faults_.clear();
  name_faults(instances);
  for (auto& [i, f] : faults_)
    f.action_end.store(ended[f.spec], std::memory_order_relaxed);
  for (auto i = who_.size(); i < states_.size(); ++i)
    who_.push_back(static_cast<instance_index>(i));
  for (const auto& [member, replaced] : changes_) {
    const auto next = static_cast<instance_index>(member + count_);
    // Whoever serves no more, and was not deleted, has no place from now on.
    const auto is_left = replaced ? deleted_.erase(member) == 0 : made_.contains(next);
    left_over_ += is_left ? 1 : 0;
    made_.erase(next);
    if (replaced) {
      states_[member].store(states_[next].load(std::memory_order_acquire),
                            std::memory_order_release);
      who_[member] = who_[next];
      fate_->move(next, member);
    }
    states_[next].store(0, std::memory_order_release);
    who_[next] = static_cast<instance_index>(states_.size()) + later_++;
    fate_->renew(next, who_[next]);
  }
  changes_.clear();
}

} // namespace drydock::drivers
