// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal/learn.hpp"

#include "past_event.hpp"
#include "run_watch.hpp"

#include <algorithm>

namespace drydock::inline v1::rehearsal {

namespace {

using engine::duration;

std::vector<duration> sorted(std::vector<duration> list) {
  std::sort(list.begin(), list.end());
  return list;
}

observed_share to_share(const tally_of_share& x) {
  return {wilson(x.count, x.of), x.of};
}

} // namespace

struct learner::state {
  tally all;
  std::uint32_t files = 0;
  std::optional<run_watch> run;

  void end_run() {
    if (run)
      run->end();
    run.reset();
  }
};

learner::learner() : state_(std::make_unique<state>()) {}
learner::~learner() = default;
learner::learner(learner&&) noexcept = default;
learner& learner::operator=(learner&&) noexcept = default;

void learner::begin_file() {
  state_->end_run();
  ++state_->files;
}

std::optional<std::string> learner::take(std::string_view line) {
  past_event event;
  if (auto problem = parse(line, event); !problem.empty())
    return problem;
  auto& run = state_->run;
  if (event.what == past_event::kind::upgrade_started) {
    state_->end_run();
    run.emplace(event, state_->all);
    return std::nullopt;
  }
  if (!run) {
    if (event.what == past_event::kind::other)
      return std::nullopt;
    return "this event comes before any upgrade_started; give whole files, from their "
           "first line on";
  }
  if (event.at < run->now())
    return "\"elapsedSeconds\" is less than in the line before; give each run a file "
           "of its own";
  run->apply(event);
  return std::nullopt;
}

lessons learner::learn() {
  state_->end_run();
  const auto& all = state_->all;
  lessons result;
  result.files = state_->files;
  result.runs = all.runs;
  result.instances = static_cast<std::uint32_t>(all.instances.size());
  result.attempts = all.attempts;
  for (const auto& [action, list] : all.durations)
    result.durations.emplace(action, sorted(list));
  result.boot = sorted(all.boot);
  result.boot_as_seen = all.boot_as_seen;
  result.action_failure = to_share(all.action_failure);
  result.transient_failure = to_share(all.transient_failure);
  result.unhealthy_after_upgrade = to_share(all.unhealthy_after_upgrade);
  result.bad_image = to_share(all.bad_image);
  result.bad_image_unhealthy = to_share(all.bad_image_unhealthy);
  result.background = all.background;
  result.background.recovery = sorted(all.background.recovery);
  return result;
}

} // namespace drydock::inline v1::rehearsal
