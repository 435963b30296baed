// SPDX-License-Identifier: Apache-2.0
// What making and deleting instances needs besides running their commands.
#include "command_driver_impl.hpp"

#include <algorithm>
#include <utility>

namespace drydock::drivers {

/// What was killed may need a moment to end, and only then is the next step due: a
/// deletion beside what still makes the instance would leave it behind.
void command_driver::impl::await_others(
  const protocol::step_request& request,
  const std::shared_ptr<protocol::step_port>& port, const std::string& problem) {
  const auto is_running =
    std::any_of(running_.lower_bound({request.id.instance, 0, 0}),
                running_.upper_bound({request.id.instance, UINT32_MAX, UINT32_MAX}),
                [&](const ticket_key& x) { return x != key_of(request.id); });
  if (!is_running) {
    begin(request, port, problem);
    return;
  }
  auto& entry = pending_[key_of(request.id)];
  entry.wait = 0;
  entry.blocked = true;
  blocked_[request.id.instance].push_back(
    [this, request, port, problem] { begin(request, port, problem); });
}

void command_driver::impl::has_ended(const protocol::ticket& id) {
  running_.erase(key_of(id));
  const auto next = blocked_.extract(id.instance);
  if (!next.empty())
    for (const auto& go : next.mapped())
      go();
}

namespace {

bool anybody_has_port(const engine::fleet& all) {
  for (engine::instance_index i = 0; i < all.size(); ++i)
    if (all.port(i) != 0)
      return true;
  return false;
}

} // namespace

/// Takes what a `create` command tells of its instance; says what is wrong with it.
std::string command_driver::impl::learn(const protocol::step_request& request,
                                        const std::string& output,
                                        const output_place& log) {
  auto told =
    read_create_output(output + '\n' + command_log::read_end(log.file, log.start));
  if (!told.problem.empty())
    return describe_step(request)
           + ": the JSON object that it printed is wrong: " + told.problem;
  if (told.details && context_.learnt)
    context_.learnt->learn(request.id.instance, std::move(*told.details));
  const auto missing = find_missing(request.id.instance);
  return missing.empty() ? std::string()
                         : describe_step(request)
                             + ": it must print where the instance "
                               "is probed, as {\""
                             + missing + "\": …} on a line of its own";
}

/// Probes of the address or port of somebody else would say how that one is.
std::string command_driver::impl::find_missing(engine::instance_index i) const {
  const auto& all = *context_.instances;
  const auto known = context_.learnt ? context_.learnt->of(i) : nullptr;
  const auto has_address = !all.address(i).empty() || (known && known->address);
  const auto has_port = all.port(i) != 0 || (known && known->port);
  if (context_.needs_address && !has_address)
    return "address";
  if (!context_.needs_port || has_port)
    return "";
  const auto others_have =
    all.is_replacement(i) ? all.port(all.replaced_by(i)) != 0 : anybody_has_port(all);
  return others_have ? "port" : "";
}

} // namespace drydock::drivers
