// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sqlite_connection.hpp"

namespace drydock::inline v1::store {

/// All that a store asks of its file, compiled once.
struct sqlite_statements {
  sqlite_statement begin, commit, rollback;
  /// Epoch, owner, host, process, end.
  sqlite_statement lease;
  sqlite_statement set_lease, renew, release;
  sqlite_statement create, set_header, append, close;
  /// Number of the upgrade, last record, epoch and owner of the lease, scale set.
  sqlite_statement place;
  /// Number of the upgrade.
  sqlite_statement number;
  /// Entries.
  sqlite_statement list, find;
  sqlite_statement header, read;
  sqlite_statement ask, requests, drop_requests;

  [[nodiscard]] failure prepare(const sqlite_connection& connection);
};

} // namespace drydock::inline v1::store
