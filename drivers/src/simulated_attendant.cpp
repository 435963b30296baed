// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/attendants.hpp"

#include "random_draw.hpp"

#include <algorithm>
#include <utility>

namespace drydock::drivers {

namespace {

using namespace engine;

/// Nobody decides on a hook that has timed out, so that `progress_deadline` ends the
/// upgrade. Where there is no such deadline it is given up after so long.
constexpr duration patience = std::chrono::hours(24);

class simulated_attendant : public protocol::attendant {
public:
  simulated_attendant(const simulated_spec& spec, std::vector<guard_rule> guards,
                      bool stands_in)
    : spec_(spec.around), seed_(spec.seed), timeout_(spec.timeout),
      guards_(std::move(guards)), stands_in_(stands_in),
      failed_(spec_.hook_faults.size()) {}

  void run_hook(const protocol::hook_request& request,
                std::shared_ptr<protocol::attendant_port> port) override {
    const auto slot = static_cast<std::size_t>(request.hook);
    duration takes{0};
    if (spec_.hooks[slot])
      takes = draw_duration(
        *spec_.hooks[slot],
        {seed_, static_cast<instance_index>(slot), apply_class::none, request.request},
        purpose::upgrade_hook_duration);
    const auto fault = fails(request);
    timed_out_ = timeout_ > duration{0} && takes > timeout_;
    if (timed_out_)
      port->hook_ended(request.request, step_outcome::timed_out, "simulated timeout",
                       timeout_);
    else if (fault)
      port->hook_ended(request.request, step_outcome::failed, "simulated failure",
                       takes);
    else
      port->hook_ended(request.request, step_outcome::succeeded, {}, takes);
  }

  // Its answer means nothing any more.
  void end_hook(std::uint32_t) override {}

  void ask_approval(int, std::uint32_t question,
                    std::shared_ptr<protocol::attendant_port> port) override {
    if (!stands_in_)
      answer(question, *port);
  }

  void stand_in(std::uint32_t question,
                std::shared_ptr<protocol::attendant_port> port) override {
    // With a yes each time a hook might time out for ever, and every run is to end.
    if (stands_in_ && timed_out_ && spec_.approve)
      port->answered(
        {"the simulated fleet", false, "it takes longer than its timeout", question},
        std::max(patience, spec_.approve_after));
    else if (stands_in_)
      answer(question, *port);
  }

  void watch_guards(std::shared_ptr<protocol::attendant_port> port) override {
    for (std::uint32_t g = 0; g < guards_.size(); ++g)
      foretell(g, *port);
  }

private:
  bool fails(const protocol::hook_request& request) {
    for (std::size_t i = 0; i < failed_.size(); ++i) {
      const auto& fault = spec_.hook_faults[i];
      if (fault.hook == request.hook
          && (fault.batch == 0 || fault.batch == request.batch)
          && failed_[i] < fault.attempts) {
        ++failed_[i];
        return true;
      }
    }
    return false;
  }

  void answer(std::uint32_t question, protocol::attendant_port& port) const {
    port.answered({"the simulated fleet", spec_.approve, {}, question},
                  spec_.approve_after);
  }

  /// All that will ever become of a guard, so that no timer keeps the clock going.
  void foretell(std::uint32_t g, protocol::attendant_port& port) const {
    const auto own =
      std::find_if(spec_.guards.begin(), spec_.guards.end(),
                   [&](const auto& x) { return x.name == guards_[g].name; });
    const auto fails = own != spec_.guards.end() && own->fails_after;
    if (!fails || *own->fails_after > duration{0})
      port.guard_stands(g, guard_state::holds, {});
    if (!fails)
      return;
    port.guard_stands(g, guard_state::fails, "simulated failure", *own->fails_after);
    if (own->recovers_after)
      port.guard_stands(g, guard_state::holds, {},
                        *own->fails_after + *own->recovers_after);
  }

  const simulated_surroundings spec_;
  const std::uint64_t seed_;
  const duration timeout_; // of one attempt; 0: none
  const std::vector<guard_rule> guards_;
  const bool stands_in_;
  bool timed_out_ = false; // the hook that ran last
  /// How often each fault has struck.
  std::vector<std::uint32_t> failed_;
};

} // namespace

std::unique_ptr<protocol::attendant>
make_simulated_attendant(const engine::simulated_spec& spec,
                         std::vector<engine::guard_rule> guards, bool stands_in) {
  return std::make_unique<simulated_attendant>(spec, std::move(guards), stands_in);
}

} // namespace drydock::drivers
