// SPDX-License-Identifier: Apache-2.0
#include "sqlite_schema.hpp"
#include "errors.hpp"

#include <array>

namespace drydock::inline v1::store {

namespace {

// "DRYD": by it `file` and we ourselves know the file again.
constexpr std::int64_t our_id = 0x44525944;

failure first_tables(sqlite_connection& connection) {
  // Headers have a table of their own: an upgrade's row is written again when it
  // ends, and what is large would be written with it.
  return connection.run(R"(
    CREATE TABLE lease (
      scale_set TEXT PRIMARY KEY,
      epoch INTEGER NOT NULL,
      owner TEXT NOT NULL,
      host TEXT NOT NULL,
      process INTEGER NOT NULL,
      expires_us INTEGER NOT NULL);
    CREATE TABLE upgrade (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      scale_set TEXT NOT NULL,
      started_us INTEGER NOT NULL,
      ended_us INTEGER NOT NULL,
      status TEXT NOT NULL);
    CREATE TABLE header (
      upgrade INTEGER PRIMARY KEY REFERENCES upgrade,
      bytes BLOB NOT NULL);
    CREATE TABLE record (
      upgrade INTEGER NOT NULL REFERENCES upgrade,
      number INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      PRIMARY KEY (upgrade, number));
    CREATE TABLE request (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      upgrade INTEGER NOT NULL REFERENCES upgrade,
      what TEXT NOT NULL,
      asked_by TEXT NOT NULL,
      asked_us INTEGER NOT NULL);
    CREATE INDEX request_of_upgrade ON request (upgrade, number);)");
}

constexpr std::array<sqlite_step, 1> all_steps = {first_tables};

/// The version of the tables; 0 where there are none.
outcome<std::size_t> version_of(sqlite_connection& connection) {
  sqlite_statement statement;
  if (auto failed = statement.prepare(connection, R"(
        SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
        FROM pragma_application_id a, pragma_user_version v)"))
    return *failed;
  sqlite_use use(statement);
  if (const int code = use.step(); code != SQLITE_ROW)
    return connection.fault(code);
  const auto version = use.integer(1);
  const bool is_empty = use.integer(0) == 0 && version == 0 && use.integer(2) == 0;
  if (version < 0 || (use.integer(0) != our_id && !is_empty))
    return connection.fault(SQLITE_NOTADB);
  return static_cast<std::size_t>(version);
}

failure take_steps(sqlite_connection& connection, std::span<const sqlite_step> steps) {
  // Asked again: another process may have been quicker.
  const auto version = version_of(connection);
  if (const auto* failed = std::get_if<store_error>(&version))
    return *failed;
  auto at = std::get<std::size_t>(version);
  if (at > steps.size())
    return later_version(connection.path(), at, steps.size());
  for (; at < steps.size(); ++at)
    if (auto failed = steps[at](connection))
      return failed;
  const auto sql = "PRAGMA application_id = " + std::to_string(our_id)
                   + "; PRAGMA user_version = " + std::to_string(steps.size());
  return connection.run(sql.c_str());
}

} // namespace

std::span<const sqlite_step> sqlite_steps() {
  return all_steps;
}

failure migrate(sqlite_connection& connection, std::span<const sqlite_step> steps) {
  const auto version = version_of(connection);
  if (const auto* failed = std::get_if<store_error>(&version))
    return *failed;
  const auto found = std::get<std::size_t>(version);
  if (found == steps.size())
    return std::nullopt;
  if (found > steps.size())
    return later_version(connection.path(), found, steps.size());
  if (auto failed = connection.run("BEGIN IMMEDIATE"))
    return failed;
  auto failed = take_steps(connection, steps);
  if (!failed)
    failed = connection.run("COMMIT");
  // Some faults have ended the transaction already.
  if (failed && sqlite3_get_autocommit(connection.handle()) == 0)
    (void)connection.run("ROLLBACK");
  return failed;
}

} // namespace drydock::inline v1::store
