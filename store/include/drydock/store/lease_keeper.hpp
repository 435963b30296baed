// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/store/store.hpp"

#include <chrono>
#include <memory>

namespace drydock::inline v1::store {

/// A lease as this process asks for it: an owner of its own at each call, this host,
/// this process. When it ends is left to the caller. `host` is made of the name of the
/// host, of this start of it, and of the space that process numbers are counted in.
[[nodiscard]] lease lease_of_this_process();

/// The name of the owner's host, for people.
[[nodiscard]] std::string host_name(const lease& held);

/// Whether the owner is certainly gone: it was a process of this host, since its last
/// start, and there is none of its number now, or one that began at another time.
/// False where that cannot be known.
[[nodiscard]] bool process_is_dead(const lease& held);

/// Whether the owner ran before this host was started, or on another host. Where no
/// other host can have the store, as with SQLite, it is gone then.
[[nodiscard]] bool is_of_another_start(const lease& held);

/// Holds the lease of a scale set: renews it, on a thread of its own, three times in
/// the time it is good for, and gives it up in its destructor.
class lease_keeper {
public:
  struct settings {
    std::string scale_set;
    /// How long the lease is good for without being renewed; the clocks of the hosts
    /// that share a store have to agree to a part of it. More than 0.
    std::chrono::microseconds duration = std::chrono::seconds(30);
    /// No other host can have the store.
    bool store_is_local = false;
    /// Called from the keeper's thread when the lease is another's (`not_the_owner`),
    /// which ends the keeping, or when its time is up without the store having taken a
    /// renewal (`unavailable`), once until one is taken again: it may be renewed as
    /// long as nobody has taken it. Must not end the keeper.
    std::function<void(const store_error&)> on_lost;
  };

  /// The keeper, or the lease of the one who has it.
  using taken = std::variant<std::unique_ptr<lease_keeper>, lease, store_error>;

  /// Takes the lease, also of an owner that is gone. `store` outlives the keeper.
  [[nodiscard]] static taken take(upgrade_store& store, settings with);

  lease_keeper(const lease_keeper&) = delete;
  lease_keeper& operator=(const lease_keeper&) = delete;
  ~lease_keeper();

  /// To be brought along with each write; any thread.
  [[nodiscard]] std::uint64_t epoch() const;

private:
  class impl;
  explicit lease_keeper(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::inline v1::store
