// SPDX-License-Identifier: Apache-2.0
#include "floor.hpp"

namespace drydock::bench {

namespace {

using namespace floor;

constexpr std::uint32_t pool_size = 64;

/// Has 64 actors, made when there is work, that take one instance each at a time.
class pooled_shard : public caf::event_based_actor {
public:
  pooled_shard(caf::actor_config& cfg, caf::actor lead, std::uint32_t)
    : event_based_actor(cfg), lead_(std::move(lead)) {}

  caf::behavior make_behavior() override {
    return {
      [this](batch_atom, std::uint32_t, std::uint32_t count) {
        batch_ = open_ = to_start_ = count;
        const auto busy = std::min(pool_size, count);
        const auto me = caf::actor_cast<caf::actor>(this);
        while (pool_.size() < busy)
          pool_.push_back(spawn<instance, caf::hidden + caf::lazy_init>(me));
        for (std::uint32_t i = 0; i < busy; ++i)
          send(pool_[i], upgrade_atom::value, i);
        to_start_ -= busy;
      },
      [this](done_atom, std::uint32_t i) { send(pool_[i], check_atom::value, i); },
      [this](healthy_atom, std::uint32_t i) {
        if (to_start_ > 0) {
          --to_start_;
          send(pool_[i], upgrade_atom::value, i);
        }
        if (--open_ == 0)
          send(lead_, ready_atom::value, batch_);
      },
    };
  }

private:
  caf::actor lead_;
  std::uint32_t to_start_ = 0;
  std::uint32_t open_ = 0;
  std::uint32_t batch_ = 0;
  std::vector<caf::actor> pool_;
};

} // namespace

measurement run_pooled_floor(const task& t) {
  return floor::run<pooled_shard>(t, false);
}

} // namespace drydock::bench
