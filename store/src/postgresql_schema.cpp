// SPDX-License-Identifier: Apache-2.0
#include "postgresql_schema.hpp"
#include "errors.hpp"

namespace drydock::inline v1::store {

namespace {

constexpr std::string_view name = "the PostgreSQL store";

failure first_tables(postgresql_connection& connection) {
  return connection.run(R"(
    CREATE SCHEMA IF NOT EXISTS drydock;
    CREATE TABLE drydock.version (version bigint NOT NULL);
    INSERT INTO drydock.version VALUES (0);
    CREATE TABLE drydock.lease (
      scale_set text PRIMARY KEY,
      epoch bigint NOT NULL,
      owner text NOT NULL,
      host text NOT NULL,
      process bigint NOT NULL,
      expires_us bigint NOT NULL);
    CREATE TABLE drydock.upgrade (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id text NOT NULL UNIQUE,
      scale_set text NOT NULL,
      started_us bigint NOT NULL,
      ended_us bigint NOT NULL,
      status text NOT NULL);
    CREATE TABLE drydock.header (
      upgrade bigint PRIMARY KEY REFERENCES drydock.upgrade,
      bytes bytea NOT NULL);
    CREATE TABLE drydock.record (
      upgrade bigint NOT NULL REFERENCES drydock.upgrade,
      number bigint NOT NULL,
      bytes bytea NOT NULL,
      PRIMARY KEY (upgrade, number));
    CREATE TABLE drydock.request (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      upgrade bigint NOT NULL REFERENCES drydock.upgrade,
      what text NOT NULL,
      asked_by text NOT NULL,
      asked_us bigint NOT NULL);
    CREATE INDEX request_of_upgrade ON drydock.request (upgrade, number);)");
}

constexpr std::array<postgresql_step, 1> all_steps = {first_tables};

/// The version of the tables; 0 where there are none.
outcome<std::size_t> version_of(postgresql_connection& connection) {
  const auto exists =
    connection.run("SELECT count(*) FROM pg_catalog.pg_tables "
                   "WHERE schemaname = 'drydock' AND tablename = 'version'",
                   {});
  if (const auto* failed = std::get_if<store_error>(&exists))
    return *failed;
  if (std::get<postgresql_rows>(exists).integer(0, 0) == 0)
    return std::size_t{0};
  const auto version = connection.run("SELECT max(version) FROM drydock.version", {});
  if (const auto* failed = std::get_if<store_error>(&version))
    return *failed;
  return static_cast<std::size_t>(std::get<postgresql_rows>(version).integer(0, 0));
}

failure take_steps(postgresql_connection& connection,
                   std::span<const postgresql_step> steps) {
  // The lock ends with the transaction. Its number means drydock to nobody else.
  if (auto failed = connection.run("SELECT pg_advisory_xact_lock(1146247492)"))
    return failed;
  // Asked again: another process may have been quicker.
  const auto version = version_of(connection);
  if (const auto* failed = std::get_if<store_error>(&version))
    return *failed;
  auto at = std::get<std::size_t>(version);
  if (at > steps.size())
    return later_version(name, at, steps.size());
  for (; at < steps.size(); ++at)
    if (auto failed = steps[at](connection))
      return failed;
  const auto sql =
    "UPDATE drydock.version SET version = " + std::to_string(steps.size());
  return connection.run(sql.c_str());
}

} // namespace

std::span<const postgresql_step> postgresql_steps() {
  return all_steps;
}

failure migrate(postgresql_connection& connection,
                std::span<const postgresql_step> steps) {
  const auto version = version_of(connection);
  if (const auto* failed = std::get_if<store_error>(&version))
    return *failed;
  const auto found = std::get<std::size_t>(version);
  if (found == steps.size())
    return std::nullopt;
  if (found > steps.size())
    return later_version(name, found, steps.size());
  if (auto failed = connection.run("BEGIN"))
    return failed;
  if (auto failed = take_steps(connection, steps)) {
    (void)connection.run("ROLLBACK");
    return failed;
  }
  return connection.run("COMMIT");
}

} // namespace drydock::inline v1::store
