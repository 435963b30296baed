// SPDX-License-Identifier: Apache-2.0
#include "distributions.hpp"
#include "sections.hpp"

namespace drydock::config {

using namespace std::chrono_literals;

std::optional<engine::duration> read_terminate(table_reader& root,
                                               engine::compatibility limits,
                                               const engine::driver_spec& driver) {
  auto table = root.table("terminate_notification");
  bool enable = false;
  engine::duration delay = 5min;
  const auto azure = limits == engine::compatibility::azure;
  table.read("enable", enable);
  table.read("not_before_timeout", delay,
             azure ? length_range{5min, 15min, whose_limits(limits)}
                   : length_range{1s, 1h});
  table.finish();
  if (!enable)
    return std::nullopt;
  const auto* commands = std::get_if<engine::command_spec>(&driver);
  if (commands != nullptr && commands->terminate_notification.empty())
    root.report(table.position_of("enable"),
                "terminate_notification.enable needs a command that tells an instance; "
                "add driver.command.terminate_notification = [\"./notify.sh\", "
                "\"{instance.id}\", \"{not_before}\"]");
  return delay;
}

void read_terminate_approval(table_reader& simulated, engine::simulated_spec& out) {
  const auto* given = simulated.find("terminate_approval");
  if (given != nullptr && given->value.type == node::kind::text
      && given->value.text == "never") {
    out.terminate_approval.reset();
    return;
  }
  read_distribution(simulated, "terminate_approval", out.terminate_approval);
}

} // namespace drydock::config
