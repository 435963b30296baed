// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/plan.hpp"
#include "drydock/protocol/effects.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace drydock::drivers {

class misfortunes;
class step_queue;

/// A fleet that exists in memory only, and the driver and prober of it in one:
/// what an action takes and comes to is a pure function of (seed, instance,
/// action, attempt), so that the same seed gives the same run. Works with a
/// virtual and with the real clock. Members may be called from any thread.
class simulated_fleet : public protocol::driver, public protocol::prober {
public:
  /// Faults that name unknown instances are ignored.
  simulated_fleet(engine::simulated_spec spec, engine::health_source source,
                  const engine::fleet& instances);
  ~simulated_fleet() override;

  bool start(const protocol::step_request& request,
             std::shared_ptr<protocol::step_port> port) override;
  /// Answers when the last step that this object was asked for on the instance has
  /// ended, whoever asked and is gone since: `done` for an action that was decided to
  /// succeed, `not_done` for all else, and for what this object never did. The fleet
  /// is of one upgrade: work of an earlier one counts as done as well. No answer comes
  /// while a step hangs that has no timeout.
  bool inspect(const protocol::step_request& request,
               std::shared_ptr<protocol::step_port> port) override;

  /// Tells what another process's fleet did to the instance, before anybody asks: it
  /// has its new model, and has booted. `ended`: when its action did; a fault that
  /// recovers counts from there.
  void assume_upgraded(engine::instance_index i, engine::instant ended = {});
  /// The same for one that was made to replace another one.
  void assume_created(engine::instance_index i, engine::instant ended = {});
  /// Tells that the instance was deleted.
  void assume_deleted(engine::instance_index i);
  /// The same for one that has its previous model again.
  void assume_rolled_back(engine::instance_index i, engine::instant ended = {});

  /// A place whose replacement was to be made.
  struct place_change {
    engine::instance_index member = 0;
    /// It has taken over; else the member is there as before.
    bool replaced = false;
  };
  /// Since the last `settle`, by members.
  [[nodiscard]] std::vector<place_change> changed_places();
  /// The next run is of `instances`, which has the same places: who replaced somebody
  /// is found at that one's, as it is, and nobody was made yet at those of
  /// replacements that had their turn. Faults hit whoever has their name now. No step
  /// and no probe is under way.
  void settle(const engine::fleet& instances);

  /// A step that waits for its turn keeps its place.
  void withdraw(protocol::ticket) override {}
  void kill(protocol::ticket) override {}
  [[nodiscard]] bool has_hook(protocol::step_kind step) const override;
  [[nodiscard]] engine::duration timeout() const override { return spec_.timeout; }

  [[nodiscard]] bool is_new(engine::instance_index i) const override;
  void probe(std::span<const protocol::probe_request> requests, engine::instant now,
             std::vector<protocol::probe_answer>& answered,
             const std::shared_ptr<protocol::probe_port>& port) override;

  /// Whether the image of this run is bad.
  [[nodiscard]] bool image_is_bad() const;

  /// What a plan may take for granted of the named instances, by position.
  [[nodiscard]] std::vector<engine::expected_health> expectations() const;

  /// How long an upgrade by `action` takes, health included, where nothing fails
  /// and every draw is the typical one.
  [[nodiscard]] engine::duration typical_work(engine::apply_class action) const;

private:
  enum class past : std::uint8_t { untouched, upgraded, rolled_back, repaired };
  using work = protocol::work_kind;
  struct fault {
    const engine::simulated_fault* spec = nullptr;
    std::atomic<std::int64_t> action_end{0};
  };

  struct outcome {
    protocol::step_result result;
    engine::duration takes{0};
  };

  struct misfortune {
    bool ill = false;
    engine::instant until{};
  };

  void name_faults(const engine::fleet& instances);
  void note_made(engine::instance_index i);
  void give_way(engine::instance_index i);
  /// By whom draws know the one at the position: whoever comes later has other luck.
  [[nodiscard]] engine::instance_index who(engine::instance_index i) const {
    return who_.empty() ? i : who_[i];
  }

  [[nodiscard]] static past past_after(work x);
  /// What becomes of a step; nothing: it never ends.
  [[nodiscard]] std::optional<outcome> decide(const protocol::step_request& r) const;
  [[nodiscard]] outcome decide_deletion(const protocol::step_request& r);
  [[nodiscard]] outcome decide_creation(const protocol::step_request& r, outcome usual);
  [[nodiscard]] std::optional<engine::duration>
  left_of_creation(const protocol::step_request& r) const;
  bool tell(const protocol::step_request& r, protocol::step_port& port) const;
  [[nodiscard]] outcome decide_hook(const protocol::step_request& r) const;
  [[nodiscard]] engine::duration wait_for_turn(engine::instant now,
                                               engine::duration takes);
  [[nodiscard]] engine::raw_health answer(engine::health_state x) const;
  [[nodiscard]] engine::health_state look(engine::instance_index i, const fault* f,
                                          engine::instant now) const;
  [[nodiscard]] misfortune befalls(engine::instance_index i, engine::instant now) const;
  [[nodiscard]] engine::expected_health expect(engine::instance_index i,
                                               const engine::simulated_fault& f) const;
  void remember(engine::instance_index i, past what, engine::instant end,
                engine::instant ready);
  /// Sets when the last step asked for ends; max: never.
  void set_end(engine::instance_index i, engine::instant end);

  engine::simulated_spec spec_;
  engine::health_source source_;
  /// When the instance answers (again), and what it went through: ns × 4 + past.
  std::vector<std::atomic<std::int64_t>> states_;
  /// When the last step ends, in ns; empty where steps take no time.
  std::vector<std::atomic<std::int64_t>> ends_;
  std::unordered_map<engine::instance_index, fault> faults_;
  std::size_t count_; // of instances of the set
  std::size_t first_arrival_;
  std::vector<engine::instance_index> who_; // empty: each is the first one there
  engine::instance_index later_ = 0;        // how many others were to come
  std::atomic<std::int64_t> origin_;
  std::mutex extra_mutex_;
  /// Instances beyond those of the set: made, or being made, and not deleted since.
  /// Instances of the set that were deleted make room for as many.
  std::set<engine::instance_index> made_, deleted_;
  std::size_t left_over_ = 0; // there, and at no position any more
  /// By member, since the last `settle`: whether its replacement took over.
  std::map<engine::instance_index, bool> changes_;
  std::unique_ptr<misfortunes> fate_;
  std::mutex queue_mutex_;
  std::unique_ptr<step_queue> queue_; // null: no bound
};

} // namespace drydock::drivers
