// SPDX-License-Identifier: Apache-2.0
#include "forecast.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace drydock::cli {

namespace {

/// Enough for a median, and for one core a matter of seconds.
constexpr std::size_t instances_rehearsed_max = 200'000;
constexpr std::size_t runs_max = 50;

} // namespace

forecast::forecast(rehearsal::scenario what) {
  const auto instances = std::max<std::size_t>(what.instances->size(), 1);
  const auto runs = std::min(instances_rehearsed_max / instances, runs_max);
  if (runs == 0)
    return; // it would take the cores that the upgrade needs
  thread_ = std::thread([this, runs, scenario = std::move(what)] {
    rehearsal::options how;
    how.runs = static_cast<std::uint32_t>(runs);
    how.jobs = 1;
    how.stop = &stop_;
    try {
      const auto report = rehearsal::rehearse(scenario, how);
      if (stop_.load())
        return;
      curve_ = report.progress;
      ready_.store(true);
    } catch (const std::exception&) {
      // The picture does without; the upgrade must not care.
    }
  });
}

forecast::~forecast() {
  stop_.store(true);
  if (thread_.joinable())
    thread_.join();
}

std::optional<engine::duration>
forecast::remaining(const rehearsal::progress_so_far& so_far) const {
  if (!ready_.load())
    return std::nullopt;
  return rehearsal::remaining_at(curve_, so_far);
}

} // namespace drydock::cli
