// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/shared_budget.hpp"
#include "drydock/protocol/budget.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace drydock::inline v1::actors {

/// The budget that the scale sets of one process share. Every member may be called from
/// any thread.
class budget_broker : public std::enable_shared_from_this<budget_broker> {
public:
  /// `ceiling` ≥ 1.
  budget_broker(std::uint32_t ceiling, std::vector<std::string> sets);

  /// The set at this position takes part from now on; nobody is given anything until
  /// its upgrade has told how it stands.
  void enter(std::size_t set);

  /// It takes part no more, and holds what is unavailable in it.
  void leave(std::size_t set);

  /// Its upgrade was over before: so many of its instances stay unavailable.
  void leave(std::size_t set, std::uint32_t unavailable);

  /// Where the upgrade of the set asks.
  [[nodiscard]] std::shared_ptr<protocol::budget_port> port(std::size_t set);

private:
  class set_port;
  struct asker {
    std::string name;
    std::uint32_t request = 0;
    std::uint32_t told_share = 0;
    std::vector<std::pair<std::string, std::uint32_t>> told_holders;
    protocol::budget_port::answer_taker to;
  };

  void ask(std::size_t set, const protocol::budget_request& request,
           protocol::budget_port::answer_taker to);
  [[nodiscard]] std::vector<std::pair<std::string, std::uint32_t>> holders() const;
  void tell(std::size_t set, const protocol::budget_answer& answer);
  void tell_changes(std::size_t but);

  std::mutex mutex_;
  engine::shared_budget budget_;
  std::vector<asker> sets_;
};

} // namespace drydock::inline v1::actors
