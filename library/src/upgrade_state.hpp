// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_guard.hpp"
#include "drydock/actors/auditor.hpp"
#include "drydock/actors/runtime.hpp"
#include "drydock/actors/upgrade_run.hpp"
#include "drydock/drivers/learnt_details.hpp"
#include "drydock/result.hpp"
#include "drydock/upgrade.hpp"
#include "event_queue.hpp"
#include "inspection_round.hpp"
#include "kept_journal.hpp"
#include "log.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace drydock::inline v1::detail {

/// How an upgrade begins: what is asked for before, and what runs it.
struct upgrade_work {
  /// What the drivers of `setup` need to their end.
  std::shared_ptr<void> keep;
  actors::run_setup setup;
  /// The threads of a real clock; null: a virtual one.
  actors::runtime* threads = nullptr;
  /// Asks a driver what its instances run; nothing: nobody is to be asked.
  std::function<void(const std::shared_ptr<inspection_round>&)> inspect;
  /// What `create` commands tell; null: there are none.
  std::shared_ptr<drivers::learnt_details> learnt;
  /// The journal of `setup`; null: it is not written down.
  std::shared_ptr<kept_journal> journal;
  /// Writes its beginning down, once all is known that it begins with; nothing: that
  /// has been done, or is not to be.
  std::function<std::optional<error>(const actors::run_setup&)> write_down;
};

/// Of an upgrade that ended by itself, because memory or threads ran out, say.
[[nodiscard]] upgrade_report broken_report(const std::string& why);

/// One upgrade: hears its events, keeps how it stands, tells whoever asks. Members may
/// be called from any thread, those of `upgrade_listener` from the upgrade's.
class upgrade_state : public actors::upgrade_listener,
                      public std::enable_shared_from_this<upgrade_state> {
public:
  /// What became of it, for the scale set: which instances run its target now.
  /// It may complete the report.
  using end_handler = std::function<void(const upgrade_state&, upgrade_report&)>;

  upgrade_state(std::string id, std::shared_ptr<const fleet> instances,
                const engine::rollout_options& rollout, log_sink log,
                std::shared_ptr<call_guard> calls, end_handler on_end);
  ~upgrade_state() override;

  [[nodiscard]] const std::string& id() const { return id_; }

  /// Its report; once, by whatever runs it.
  void finish(upgrade_report report);

  void listen(const std::shared_ptr<event_queue>& queue, bool from_start);
  /// Begins; once.
  void start(upgrade_work work);
  void cancel(std::string by, bool now);
  /// One that comes before it has begun, or gone on, is heard then.
  void approve(protocol::approval word);
  void delete_instance(instance_index instance);
  /// The engine ends, and with it the upgrade: no driver is called any more.
  void abort();
  /// Handlers hear no more; waits for those that are being called.
  void close_queues();
  /// Waits for its own thread, which `abort` has told to end.
  void join();
  /// Tells the end of one that never began; once nothing of the engine's runs.
  void let_go();

  [[nodiscard]] upgrade_status_view status() const;
  [[nodiscard]] std::optional<upgrade_report>
  wait(std::optional<duration> timeout) const;
  void on_finish(std::function<void(const upgrade_report&)> then);
  void wait_for_events() const;
  [[nodiscard]] const log_sink& log() const { return log_; }

  /// Whether an instance was upgraded, or put back; for `end_handler`.
  enum class outcome : std::uint8_t { untouched, on_target, off_target };
  /// Of the position: of the instance that was there, or of the one that replaced it.
  [[nodiscard]] outcome outcome_of(instance_index i) const { return outcomes_[i]; }
  /// Positions whose instances were replaced.
  [[nodiscard]] std::set<instance_index> replaced() const;
  /// Positions for which replacements were asked for; for `end_handler`.
  [[nodiscard]] const std::set<instance_index>& surged() const { return surged_; }
  /// Positions of those who were deleted, but had been replaced by then; for
  /// `end_handler`.
  [[nodiscard]] std::set<instance_index> held_again() const;
  [[nodiscard]] const fleet& instances() const { return *instances_; }
  /// Whether its store has it; for `end_handler`.
  [[nodiscard]] bool is_kept() const { return kept_; }
  /// Steps are told to the store alone; before `start`.
  void hide_steps() { hides_steps_ = true; }

private:
  void on_event(const engine::upgrade_event& event, duration since_start) override;
  void on_pause(const upgrade_progress& progress) override;
  void forget_deleted(actors::run_setup& setup);
  void take_note(const engine::upgrade_event& event);
  [[nodiscard]] instance_index place_of(instance_index i) const;

  void work_alone(upgrade_work work);
  void inspect_and_begin(upgrade_work work);
  [[nodiscard]] bool write_down(upgrade_work& work);
  void begin(upgrade_work work);
  void run_virtual(actors::run_setup setup);
  [[nodiscard]] std::vector<std::shared_ptr<event_queue>> queues() const;

  const std::string id_;
  const std::shared_ptr<const fleet> instances_;
  const log_sink log_;
  const std::shared_ptr<call_guard> calls_;
  end_handler on_end_;
  bool hides_steps_ = false;

  // Of the thread that tells.
  actors::auditor auditor_;
  std::vector<outcome> outcomes_;
  std::set<instance_index> surged_;
  std::uint64_t told_ = 0;
  upgrade_status_view next_;
  std::shared_ptr<const engine::told::waiting> next_waiting_;

  mutable std::mutex mutex_;
  std::set<instance_index> replaced_;
  std::set<instance_index> deleted_; // by the user, while it runs
  mutable std::condition_variable changed_;
  upgrade_status_view view_;
  std::shared_ptr<const engine::told::waiting> waiting_;
  std::optional<upgrade_report> report_;
  std::vector<std::function<void(const upgrade_report&)>> on_finish_;
  std::shared_ptr<inspection_round> inspection_;
  std::unique_ptr<actors::runtime::run> run_;
  actors::upgrade_run* virtual_run_ = nullptr;
  struct cancel_order {
    std::string by;
    bool now = false;
  };
  std::optional<cancel_order> early_cancel_;
  std::vector<protocol::approval> early_approvals_;
  std::vector<instance_index> early_deleted_;
  bool aborted_ = false;
  bool kept_ = false;
  std::shared_ptr<kept_journal> journal_; // until the end
  std::thread thread_;                    // inspects, or runs in virtual time

  mutable std::mutex queues_mutex_;
  std::vector<std::weak_ptr<event_queue>> queues_;
  std::shared_ptr<event_queue> first_queue_;
  std::atomic<bool> queues_changed_{false};
  std::vector<std::shared_ptr<event_queue>> hearing_; // of the thread that tells
};

} // namespace drydock::inline v1::detail
