// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/journal/replay.hpp"
#include "drydock/protocol/attendant.hpp"
#include "drydock/result.hpp"
#include "drydock/store/lease_keeper.hpp"
#include "drydock/store_options.hpp"
#include "drydock/unfinished_upgrade.hpp"
#include "kept_journal.hpp"
#include "log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace drydock::inline v1::detail {

/// An upgrade that did not come to its end, as its journal tells it.
struct past_upgrade {
  journal::header header;
  engine::upgrade_report report;
  /// Who was worked on.
  std::vector<instance_index> in_hand;
  /// Who is known to have the latest model, or the previous one again.
  std::vector<instance_index> upgraded;
  /// Who is gone, in order.
  std::vector<instance_index> deleted;
  /// Where this version decides otherwise than the one that wrote it.
  std::optional<journal::difference> difference;

  [[nodiscard]] unfinished_upgrade describe() const;
};

/// A scale set as the store of its engine knows it: the lease, the upgrade that is to
/// be resumed, and the journals. Members may be called from any thread.
class set_keeper {
public:
  struct settings {
    std::string scale_set;
    store_options options;
    bool virtual_clock = false;
    log_sink log;
  };

  /// Takes the lease, and looks for an upgrade without an end.
  [[nodiscard]] static result<std::shared_ptr<set_keeper>>
  take(std::shared_ptr<store::upgrade_store> in, settings with);

  /// Gives the lease back. Not from the call that `watch` was given.
  ~set_keeper();
  set_keeper(const set_keeper&) = delete;
  set_keeper& operator=(const set_keeper&) = delete;

  /// What stands in the way of a write, if anything does; writes the end of the last
  /// upgrade down if that did not work out.
  [[nodiscard]] std::optional<error> find_obstacle();
  /// Empty: there is none.
  [[nodiscard]] std::string unfinished() const;
  [[nodiscard]] result<past_upgrade> read_unfinished();
  [[nodiscard]] std::optional<error> abandon();

  /// Whether the store has an upgrade of this id.
  [[nodiscard]] bool has(const std::string& upgrade_id);
  /// The journal of an upgrade; nothing is read or written yet.
  [[nodiscard]] std::shared_ptr<kept_journal>
  make_journal(const std::string& upgrade_id);
  /// Writes a new upgrade down; the time of its beginning is filled in.
  [[nodiscard]] std::optional<error> begin(journal::header header);
  /// Hands on what was asked of the unfinished upgrade while nobody ran it.
  void take_requests(const std::function<void(const std::string& by, bool now)>& cancel,
                     const std::function<void(protocol::approval word)>& approve);

  /// Calls `on_lost` when another engine has taken the set over, until the next call.
  void watch(std::function<void()> on_lost);
  /// An upgrade that is written down is over, or has stopped where it stands; in that
  /// case what is told of it is completed.
  void end(const std::string& upgrade_id, engine::upgrade_report& report);

private:
  struct ended {
    std::string id;
    std::string status;
    std::int64_t at_us = 0;
  };

  set_keeper(std::shared_ptr<store::upgrade_store> in, settings with)
    : store_(std::move(in)), with_(std::move(with)) {}

  void lose(const store::store_error& why);
  [[nodiscard]] std::optional<error> look_for_unfinished();
  [[nodiscard]] error lost() const;
  [[nodiscard]] bool is_lost();
  [[nodiscard]] std::optional<error> close(const ended& over);

  const std::shared_ptr<store::upgrade_store> store_;
  const settings with_;
  std::atomic<bool> lost_{false};

  mutable std::mutex mutex_;
  std::string unfinished_;
  std::int64_t begun_us_ = 0; // of the upgrade that runs, or is to be resumed
  std::optional<ended> unwritten_;
  std::function<void()> on_lost_;

  std::unique_ptr<store::lease_keeper> lease_; // before all else goes
};

} // namespace drydock::inline v1::detail
