// SPDX-License-Identifier: Apache-2.0
#include "floor.hpp"

namespace drydock::bench {

namespace {

using namespace floor;

/// Keeps an actor for each of its instances.
class resident_shard : public caf::event_based_actor {
public:
  resident_shard(caf::actor_config& cfg, caf::actor lead, std::uint32_t count)
    : event_based_actor(cfg), lead_(std::move(lead)), count_(count) {}

  caf::behavior make_behavior() override {
    return {
      [this](spawn_atom) {
        residents_.reserve(count_);
        const auto me = caf::actor_cast<caf::actor>(this);
        for (std::uint32_t i = 0; i < count_; ++i)
          residents_.push_back(spawn<instance, caf::hidden + caf::lazy_init>(me));
        send(lead_, ready_atom::value, std::uint32_t{0});
      },
      [this](batch_atom, std::uint32_t first, std::uint32_t count) {
        open_ = count;
        batch_ = count;
        for (auto i = first; i < first + count; ++i)
          send(residents_[i], upgrade_atom::value, i);
      },
      [this](done_atom, std::uint32_t i) { send(residents_[i], check_atom::value, i); },
      [this](healthy_atom, std::uint32_t) {
        if (--open_ == 0)
          send(lead_, ready_atom::value, batch_);
      },
    };
  }

private:
  caf::actor lead_;
  std::uint32_t count_;
  std::uint32_t open_ = 0;
  std::uint32_t batch_ = 0;
  std::vector<caf::actor> residents_;
};

} // namespace

measurement run_resident_floor(const task& t) {
  return floor::run<resident_shard>(t, true);
}

} // namespace drydock::bench
