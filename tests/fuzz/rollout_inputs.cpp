// SPDX-License-Identifier: Apache-2.0
// Every input is legal in every state: whatever a turn says, the machine stays in
// order, tells the same to a replay, and differs from itself in nothing.
#include "drydock/journal/replay.hpp"
#include "drydock/journal/what_if.hpp"

#include "journal_bytes.hpp"
#include "target.hpp"

#include <algorithm>
#include <chrono>

using namespace drydock;
using namespace std::chrono_literals;

namespace {

/// Options that the first instants of the turn choose.
journal::header begun_by(std::uint64_t dice) {
  journal::header x;
  auto& o = x.rollout;
  const auto bit = [&](unsigned n) { return (dice >> n & 1U) != 0; };
  o.policy.mode = bit(0)   ? engine::upgrade_mode::rolling
                  : bit(1) ? engine::upgrade_mode::automatic
                           : engine::upgrade_mode::manual;
  auto& p = o.policy.rolling;
  p.max_batch_instance_percent = bit(2) ? 50 : 10;
  p.max_unhealthy_instance_percent = bit(3) ? 100 : 20;
  p.max_unhealthy_upgraded_instance_percent = bit(4) ? 100 : 0;
  p.pause_time_between_batches = bit(5) ? 10s : 0s;
  p.rollback_failed_instances_on_policy_breach = bit(6);
  p.ignore_unhealthy_before_start = bit(7);
  o.policy.max_parallel = bit(8) ? 2 : 0;
  o.selected_all = bit(9);
  o.selected = {1, 2, 5};
  o.action = bit(10) ? engine::apply_class::none : engine::apply_class::reimage;
  o.has_health = !bit(11);
  auto instances = std::make_shared<engine::fleet>();
  for (std::uint32_t i = 0; i < 12; ++i)
    instances->add({.id = std::to_string(i),
                    .zone = std::to_string(i % 3),
                    .protect_from_scale_set_actions = i == 4,
                    .latest_model_applied = i == 7});
  x.instances = instances;
  return x;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result = journal::read_turn(fuzz::sealed(fuzz::text_of(data, size)));
  const auto* turn = std::get_if<journal::turn>(&result);
  if (turn == nullptr)
    return 0;
  const auto begun =
    begun_by(static_cast<std::uint64_t>(turn->at.time_since_epoch().count()));
  engine::rollout machine(begun.rollout, begun.instances);
  journal::replayer again(begun);
  journal::policy_trial same(begun, begun.rollout.policy.rolling);
  engine::rolling_policy narrow = begun.rollout.policy.rolling;
  narrow.max_batch_instances = 1;
  journal::policy_trial other(begun, narrow);
  engine::instant now{};
  // How many inputs come at once, and how long after one another.
  const auto at_once = 1 + static_cast<std::size_t>(turn->wall_us & 3);
  const auto step = std::chrono::seconds(turn->wall_us >> 2 & 63);
  for (std::size_t n = 0; n < turn->inputs.size(); n += at_once, now += step) {
    const auto inputs =
      std::span(turn->inputs).subspan(n, std::min(at_once, turn->inputs.size() - n));
    std::vector<engine::rollout_command> commands;
    machine.apply(inputs, now, commands);
    fuzz::require(machine.check_invariants().empty(), "the machine is in order");
    journal::turn_writer writer;
    writer.begin(now, 0, inputs);
    for (const auto& c : commands)
      if (const auto* p = std::get_if<engine::command::publish>(&c))
        writer.told(p->event);
    const auto written = journal::read_turn(writer.finish(commands));
    const auto* record = std::get_if<journal::turn>(&written);
    fuzz::require(record != nullptr, "what is written is read");
    fuzz::require(!again.take(*record), "a replay decides the same");
    same.take(*record);
    other.take(*record);
  }
  fuzz::require(!same.finish().first, "a policy does not differ from itself");
  const auto course = other.finish().other;
  fuzz::require(course.touched <= begun.instances->size(),
                "no more are touched than there are");
  return 0;
}
