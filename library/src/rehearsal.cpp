// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal.hpp"

#include "drydock/rehearsal/rehearse.hpp"
#include "set_state.hpp"

namespace drydock::inline v1 {

result<rehearsal::report> rehearse(const scale_set& set, const change& what,
                                   const rehearsal_options& how) {
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
