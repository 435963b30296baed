// SPDX-License-Identifier: Apache-2.0
#include "sqlite_statements.hpp"

#include <utility>

namespace drydock::inline v1::store {

failure sqlite_statements::prepare(const sqlite_connection& connection) {
  const std::pair<sqlite_statement&, const char*> all[] = {
    {begin, "BEGIN IMMEDIATE"},
    {commit, "COMMIT"},
    {rollback, "ROLLBACK"},
    {lease, "SELECT epoch, owner, host, process, expires_us FROM lease "
            "WHERE scale_set = ?1"},
    {set_lease, "INSERT OR REPLACE INTO lease VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
    {renew, "UPDATE lease SET expires_us = ?3 "
            "WHERE scale_set = ?1 AND epoch = ?2 AND owner <> ''"},
    {release, "UPDATE lease SET owner = '', host = '', process = 0, expires_us = 0 "
              "WHERE scale_set = ?1 AND epoch = ?2"},
    {create, "INSERT INTO upgrade (id, scale_set, started_us, ended_us, status) "
             "VALUES (?1, ?2, ?3, ?4, ?5)"},
    {set_header, "INSERT INTO header VALUES (?1, ?2)"},
    {append, "INSERT INTO record VALUES (?1, ?2, ?3)"},
    {close, "UPDATE upgrade SET ended_us = ?2, status = ?3 WHERE number = ?1"},
    {place, "SELECT u.number, "
            "(SELECT max(r.number) FROM record r WHERE r.upgrade = u.number), "
            "l.epoch, l.owner, u.scale_set "
            "FROM upgrade u LEFT JOIN lease l USING (scale_set) WHERE u.id = ?1"},
    {number, "SELECT number FROM upgrade WHERE id = ?1"},
    {list, "SELECT id, scale_set, started_us, ended_us, status, "
           "(SELECT max(r.number) FROM record r WHERE r.upgrade = u.number) "
           "FROM upgrade u WHERE ?1 IN ('', scale_set) "
           "ORDER BY started_us DESC, number DESC"},
    {find, "SELECT id, scale_set, started_us, ended_us, status, "
           "(SELECT max(r.number) FROM record r WHERE r.upgrade = u.number) "
           "FROM upgrade u WHERE id = ?1"},
    {header, "SELECT bytes FROM header WHERE upgrade = "
             "(SELECT number FROM upgrade WHERE id = ?1)"},
    {read, "SELECT number, bytes FROM record WHERE upgrade = ?1 AND number >= ?2 "
           "ORDER BY number"},
    {ask, "INSERT INTO request (upgrade, what, asked_by, asked_us) "
          "VALUES (?1, ?2, ?3, ?4)"},
    {requests, "SELECT what, asked_by, asked_us FROM request WHERE upgrade = ?1 "
               "ORDER BY number"},
    {drop_requests, "DELETE FROM request WHERE upgrade = ?1"},
  };
  for (const auto& [statement, sql] : all)
    if (auto failed = statement.prepare(connection, sql))
      return failed;
  return std::nullopt;
}

} // namespace drydock::inline v1::store
