// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal.hpp"

#include "drydock/rehearsal/rehearse.hpp"
#include "longest_wait.hpp"
#include "set_state.hpp"

#include <string>
#include <utility>

namespace drydock::inline v1 {

namespace {

bool is_a_wait(duration x) {
  return x >= duration{0} && x <= detail::longest_wait;
}

/// The first thing that is wrong with the options; empty: nothing is.
std::string find_problem(const rehearsal_options& how) {
  if (how.runs < 1)
    return "runs must be at least 1: nothing can be said of no run";
  if (!(how.until_precision >= 0.0)) // and a number
    return "until_precision must not be less than 0";
  if (!is_a_wait(how.time_limit))
    return "time_limit must be from 0 to 365 days";
  if (how.world && !is_a_wait(how.world->timeout))
    return "the timeout of world must be from 0 to 365 days";
  return {};
}

} // namespace

result<rehearsal::report> rehearse(const scale_set& set, const change& what,
                                   const rehearsal_options& how) {
  if (auto problem = find_problem(how); !problem.empty())
    return error{
      error_code::invalid_argument, {}, "rehearsal_options: " + std::move(problem)};
  const auto scenario = set.state()->make_scenario(what, how);
  if (!scenario)
    return scenario.error();
  rehearsal::options options;
  options.runs = how.runs;
  options.seed = how.seed;
  options.jobs = how.jobs;
  options.until_precision = how.until_precision;
  options.on_progress = how.on_progress;
  options.stop = how.stop;
  return rehearsal::rehearse(*scenario, options);
}

} // namespace drydock::inline v1
