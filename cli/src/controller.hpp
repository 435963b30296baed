// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"
#include "drydock/engine/report.hpp"
#include "drydock/journal/record.hpp"
#include "drydock/protocol/attendant.hpp"
#include "drydock/store/lease_keeper.hpp"
#include "drydock/store/stored_journal.hpp"

#include "json_output.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace drydock::cli {

/// An upgrade whose process ended before it did.
struct unfinished_upgrade {
  store::upgrade_entry entry;
  journal::header header;
};

/// What makes a run the only one of its scale set, and its upgrade one that outlives
/// it: the store, the lease, the journal, and an ear for what other processes ask.
/// Without a store it does nothing. Members that give a text give the reason why it did
/// not work out, for people.
class controller {
public:
  using problem = std::optional<std::string>;

  controller() = default;
  controller(const controller&) = delete;
  controller& operator=(const controller&) = delete;
  /// Stops listening and gives the lease up.
  ~controller();

  /// Opens the file's store, takes the lease of its scale set, and looks for an
  /// upgrade that was cut short.
  [[nodiscard]] problem open(const config::fleet_file& file, bool virtual_clock);

  [[nodiscard]] bool has_store() const { return store_ != nullptr; }
  [[nodiscard]] const std::optional<unfinished_upgrade>& unfinished() const {
    return unfinished_;
  }

  /// Whether the store has an upgrade of this id.
  [[nodiscard]] bool keeps(const std::string& id);

  /// Writes a new upgrade down.
  [[nodiscard]] problem begin(const journal::header& header);
  /// Reads the unfinished one back.
  [[nodiscard]] problem take_up();
  /// Instances of it that run the latest model, and those that it has deleted, by what
  /// the journal knows.
  struct standing_instances {
    std::vector<engine::instance_index> upgraded, deleted;
  };
  [[nodiscard]] standing_instances so_far();
  /// Null without a store, and before `begin` or `take_up`.
  [[nodiscard]] std::shared_ptr<store::stored_journal> journal() const {
    return journal_;
  }

  /// Who hears the words of other processes.
  struct ear {
    std::function<void(const std::string& by, bool now)> cancel;
    std::function<void(protocol::approval word)> approve;
  };

  /// From now on words from other processes reach `to`: those that wait already
  /// within the call, later ones on a thread of the controller's own. Until
  /// `stop_listening`.
  void listen(ear to);
  void stop_listening();

  /// Writes the end down; an upgrade that still rolls forward has none.
  [[nodiscard]] problem end(const engine::upgrade_report& report);

  /// The next upgrade under the same lease may begin: the one before is forgotten.
  void forget();
  /// Hears when somebody else has taken the lease, from any thread; for whoever holds
  /// it while no upgrade runs.
  void on_loss(std::function<void(const std::string& why)> tell);

private:
  [[nodiscard]] problem look_for_unfinished(const std::string& scale_set);
  void hear();
  void take_requests();
  void lose(const store::store_error& why);
  [[nodiscard]] problem find_other_decision();

  std::unique_ptr<store::upgrade_store> store_;
  std::unique_ptr<store::lease_keeper> lease_;
  bool virtual_clock_ = false;
  std::optional<unfinished_upgrade> unfinished_;
  std::string id_;
  std::int64_t started_us_ = 0;
  std::shared_ptr<store::stored_journal> journal_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::size_t heard_ = 0; // requests, the listener's
  ear to_;
  std::function<void(const std::string& why)> on_loss_;
  std::thread listener_;
};

/// Microseconds since 1970 UTC, by the machine's clock.
[[nodiscard]] std::int64_t wall_now_us();
[[nodiscard]] wall_time wall_now();
[[nodiscard]] wall_time to_wall_time(std::int64_t us);
[[nodiscard]] std::int64_t to_us(wall_time t);

/// Opens the store that a fleet file names; null when it names none.
[[nodiscard]] store::outcome<std::unique_ptr<store::upgrade_store>>
open_store(const config::store_spec& spec, bool create);

/// Why a run may not go on with an unfinished upgrade under this file; nothing: it may.
/// It must list the same instances, and have a driver that can do what is left; for
/// `run` it must ask for the same change under the same policy as well.
[[nodiscard]] std::optional<std::string> find_difference(const config::fleet_file& file,
                                                         const unfinished_upgrade& past,
                                                         bool run);

/// Puts what an unfinished upgrade was begun with in place of what the file says now.
void adopt(config::fleet_file& file, const journal::header& past);

} // namespace drydock::cli
