// SPDX-License-Identifier: Apache-2.0
// Instances of a simulated fleet that are made and deleted.
#include "drydock/drivers/simulated.hpp"

#include "random_draw.hpp"
#include "simulated_world.hpp"

#include <algorithm>
#include <limits>

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
  if (spec_.quota && made_.size() >= *spec_.quota + deleted_.size())
    return {{step_outcome::quota_short, "simulated quota"}, duration{0}};
  if (x.result.outcome != step_outcome::transient)
    made_.insert(i); // one that failed is there too, until it is deleted
  return x;
}

/// Deletions succeed.
simulated_fleet::outcome simulated_fleet::decide_deletion(const step_request& request) {
  const auto i = request.id.instance;
  const draw_key key{spec_.seed, i, request.action, request.attempt};
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
    port.finished(
      request.id, {},
      draw_duration(*spec_.terminate_approval,
                    {spec_.seed, request.id.instance, request.action, request.attempt},
                    purpose::terminate_approval));
  return true;
}

void simulated_fleet::assume_created(instance_index i, instant ended) {
  remember(i, past::upgraded, ended, ended);
  const std::lock_guard guard(extra_mutex_);
  made_.insert(i);
}

void simulated_fleet::assume_deleted(instance_index i) {
  if (i >= count_)
    states_[i].store(0, std::memory_order_release);
  const std::lock_guard guard(extra_mutex_);
  if (i >= count_)
    made_.erase(i);
  else
    deleted_.insert(i);
}

} // namespace drydock::drivers
