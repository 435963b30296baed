// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/engine/time.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace drydock::inline v1 {

namespace store {
class upgrade_store;
}

/// What kind of place keeps upgrades.
enum class store_kind : std::uint8_t {
  /// Nowhere: an upgrade that is cut short begins again.
  none,
  /// In the memory of the process: for tests of what a resume does.
  memory,
  /// A file of SQLite, on a local disk.
  sqlite,
  /// A PostgreSQL database, which several hosts can share.
  postgresql,
};

/// Where the upgrades of an engine are written down, so that another engine can go on
/// with what this one left unfinished. An ordinary value.
///
/// With a store each scale set belongs to one engine at a time, among all that have the
/// store: `upgrade_engine::add` takes its lease, a thread of the set renews it three
/// times in `lease`, and it is given back when the set is removed or the engine is
/// destroyed. That of a process that is gone is free at once if it ran on this host,
/// else when it ends.
struct store_options {
  /// What keeps them.
  store_kind kind = store_kind::none;
  /// `sqlite`: the file. It is made where it is missing, its folder is not.
  std::string path = {};
  /// `postgresql`: `postgresql://HOST/BASE` or `host=… dbname=…`, as libpq takes it. No
  /// message shows its password.
  std::string connection = {};
  /// How long a lease is good for without being renewed; more than 0. Clocks of hosts
  /// that share a store have to agree to a part of it.
  engine::duration lease = std::chrono::seconds(15);
  /// `memory`: what `in_memory` has made; empty: each engine has its own.
  std::shared_ptr<store::upgrade_store> memory = {};

  /// One in memory. All engines that are given copies of the result share it, and it
  /// lives as long as one of them, or of the copies, does.
  [[nodiscard]] static store_options in_memory();
  /// A file of SQLite at `path`.
  [[nodiscard]] static store_options sqlite(std::string path);
  /// A PostgreSQL database.
  [[nodiscard]] static store_options postgresql(std::string connection);
};

} // namespace drydock::inline v1
