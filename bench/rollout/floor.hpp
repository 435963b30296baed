// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "measurement.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>

#include <future>
#include <vector>

/// The floor: what the bare framework takes for the messages alone. Nothing of
/// drydock is in here: no decisions, no records, no checks; four messages an
/// instance between it and its shard.
namespace drydock::bench::floor {

using upgrade_atom = caf::atom_constant<caf::atom("upgrade")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using check_atom = caf::atom_constant<caf::atom("check")>;
using healthy_atom = caf::atom_constant<caf::atom("healthy")>;
/// To a shard: make your actors.
using spawn_atom = caf::atom_constant<caf::atom("spawn")>;
/// To a shard: upgrade the instances from … on, so many.
using batch_atom = caf::atom_constant<caf::atom("batch")>;
/// To the coordinator: a shard has done what it was told.
using ready_atom = caf::atom_constant<caf::atom("ready")>;
/// To the coordinator: these are your shards; begin.
using begin_atom = caf::atom_constant<caf::atom("begin")>;

constexpr std::uint32_t shard_size = 4096;

struct config : caf::actor_system_config {
  explicit config(const task& t) {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads_of(t));
  }
};

/// One instance, or one member of a pool: answers, and knows nothing else.
class instance : public caf::event_based_actor {
public:
  instance(caf::actor_config& cfg, caf::actor shard)
    : event_based_actor(cfg), shard_(std::move(shard)) {}

  caf::behavior make_behavior() override {
    return {
      [this](upgrade_atom, std::uint32_t i) { send(shard_, done_atom::value, i); },
      [this](check_atom, std::uint32_t i) { send(shard_, healthy_atom::value, i); },
    };
  }

private:
  caf::actor shard_;
};

/// Runs one batch after the other, each once the one before it has settled.
class coordinator : public caf::event_based_actor {
public:
  coordinator(caf::actor_config& cfg, std::uint32_t instances, bool spawn_first,
              std::promise<std::uint32_t>& settled)
    : event_based_actor(cfg), instances_(instances), spawning_(spawn_first),
      settled_(settled) {}

  caf::behavior make_behavior() override {
    return {
      [this](begin_atom, std::vector<caf::actor>& shards) {
        shards_ = std::move(shards);
        if (!spawning_) {
          next_batch();
          return;
        }
        for (const auto& s : shards_)
          send(s, spawn_atom::value);
        waiting_for_ = shards_.size();
      },
      [this](ready_atom, std::uint32_t count) {
        if (!spawning_)
          done_ += count;
        if (--waiting_for_ > 0)
          return;
        spawning_ = false;
        next_batch();
      },
    };
  }

private:
  void next_batch() {
    if (next_ == instances_) {
      for (const auto& s : shards_)
        send_exit(s, caf::exit_reason::user_shutdown);
      shards_.clear();
      settled_.set_value(done_);
      quit();
      return;
    }
    const auto end = next_ + std::min(batch_members(instances_), instances_ - next_);
    while (next_ < end) {
      const auto shard = next_ / shard_size;
      const auto shard_end = std::min((shard + 1) * shard_size, end);
      send(shards_[shard], batch_atom::value, next_ - shard * shard_size,
           shard_end - next_);
      ++waiting_for_;
      next_ = shard_end;
    }
  }

  std::uint32_t instances_;
  bool spawning_;
  std::promise<std::uint32_t>& settled_;
  std::vector<caf::actor> shards_;
  std::uint32_t next_ = 0;
  std::uint32_t done_ = 0;
  std::size_t waiting_for_ = 0;
};

/// Runs a fleet of shards of type `Shard` to its end.
template <class Shard>
measurement run(const task& t, bool spawn_first) {
  config cfg(t);
  caf::actor_system system(cfg);
  std::promise<std::uint32_t> settled;
  auto end = settled.get_future();
  {
    const auto lead = system.spawn<coordinator, caf::hidden + caf::lazy_init>(
      t.instances, spawn_first, settled);
    std::vector<caf::actor> shards;
    for (std::uint32_t first = 0; first < t.instances; first += shard_size)
      shards.push_back(system.spawn<Shard, caf::hidden + caf::lazy_init>(
        lead, std::min(shard_size, t.instances - first)));
    caf::anon_send(lead, begin_atom::value, std::move(shards));
  }
  const auto count = end.get();
  auto m = measured_until_now();
  if (count != t.instances)
    m.problem = "the floor settled " + std::to_string(count) + " instances";
  return m;
}

} // namespace drydock::bench::floor
