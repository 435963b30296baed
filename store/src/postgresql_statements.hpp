// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All that a store asks of its server. A write finds the lease of its writer in the
/// same statement, and keeps it from changing hands until it is done (FOR SHARE).
namespace drydock::inline v1::store::postgresql_sql {

/// Epoch, owner, host, process, end.
inline constexpr auto lease =
  "SELECT epoch, owner, host, process, expires_us FROM drydock.lease "
  "WHERE scale_set = $1";
inline constexpr auto lock_lease =
  "SELECT epoch, owner, host, process, expires_us FROM drydock.lease "
  "WHERE scale_set = $1 FOR UPDATE";
inline constexpr auto make_lease =
  "INSERT INTO drydock.lease VALUES ($1, 0, '', '', 0, 0) "
  "ON CONFLICT (scale_set) DO NOTHING";
inline constexpr auto set_lease =
  "UPDATE drydock.lease SET epoch = $2, owner = $3, host = $4, process = $5, "
  "expires_us = $6 WHERE scale_set = $1";
inline constexpr auto renew = "UPDATE drydock.lease SET expires_us = $3 "
                              "WHERE scale_set = $1 AND epoch = $2 AND owner <> ''";
inline constexpr auto release =
  "UPDATE drydock.lease SET owner = '', host = '', process = 0, expires_us = 0 "
  "WHERE scale_set = $1 AND epoch = $2";

inline constexpr auto create =
  "WITH mine AS (SELECT scale_set FROM drydock.lease "
  "  WHERE scale_set = $2 AND epoch = $6 AND owner <> '' FOR SHARE), "
  "made AS (INSERT INTO drydock.upgrade (id, scale_set, started_us, ended_us, status) "
  "  SELECT $1::text, $2::text, $3::bigint, $4::bigint, $5::text FROM mine "
  "  RETURNING number) "
  "INSERT INTO drydock.header SELECT number, $7::bytea FROM made";
inline constexpr auto same_header = "SELECT u.number FROM drydock.upgrade u JOIN "
                                    "drydock.header h ON h.upgrade = u.number "
                                    "WHERE u.id = $1 AND h.bytes = $2";
inline constexpr auto append =
  "WITH place AS (SELECT u.number FROM drydock.upgrade u "
  "  JOIN drydock.lease l ON l.scale_set = u.scale_set "
  "  WHERE u.id = $1 AND l.epoch = $4 AND l.owner <> '' FOR SHARE OF l) "
  "INSERT INTO drydock.record SELECT p.number, $2::bigint, $3::bytea FROM place p "
  "WHERE $2::bigint = 1 + coalesce((SELECT max(r.number) FROM drydock.record r "
  "  WHERE r.upgrade = p.number), 0)";
inline constexpr auto same_record =
  "SELECT u.number FROM drydock.upgrade u JOIN drydock.record r ON r.upgrade = "
  "u.number "
  "WHERE u.id = $1 AND r.number = $2 AND r.bytes = $3";
inline constexpr auto close =
  "WITH place AS (SELECT u.number FROM drydock.upgrade u "
  "  JOIN drydock.lease l ON l.scale_set = u.scale_set "
  "  WHERE u.id = $1 AND l.epoch = $2 AND l.owner <> '' FOR SHARE OF l) "
  "UPDATE drydock.upgrade u SET ended_us = $3, status = $4 FROM place p "
  "WHERE u.number = p.number";
/// Epoch and owner of the lease, scale set, last record.
inline constexpr auto place =
  "SELECT l.epoch, l.owner, u.scale_set, coalesce((SELECT max(r.number) "
  "  FROM drydock.record r WHERE r.upgrade = u.number), 0) "
  "FROM drydock.upgrade u LEFT JOIN drydock.lease l ON l.scale_set = u.scale_set "
  "WHERE u.id = $1";

/// Number of the upgrade.
inline constexpr auto number = "SELECT number FROM drydock.upgrade WHERE id = $1";
/// Entries.
inline constexpr auto list =
  "SELECT u.id, u.scale_set, u.started_us, u.ended_us, u.status, "
  "  coalesce((SELECT max(r.number) FROM drydock.record r "
  "    WHERE r.upgrade = u.number), 0) "
  "FROM drydock.upgrade u WHERE $1::text IN ('', u.scale_set) "
  "ORDER BY u.started_us DESC, u.number DESC";
inline constexpr auto find =
  "SELECT u.id, u.scale_set, u.started_us, u.ended_us, u.status, "
  "  coalesce((SELECT max(r.number) FROM drydock.record r "
  "    WHERE r.upgrade = u.number), 0) "
  "FROM drydock.upgrade u WHERE u.id = $1";
inline constexpr auto header =
  "SELECT h.bytes FROM drydock.header h JOIN drydock.upgrade u ON u.number = h.upgrade "
  "WHERE u.id = $1";
/// At most 1000 records, and no more than one after the first 4 MB.
inline constexpr auto read =
  "SELECT number, bytes FROM (SELECT number, bytes, "
  "    sum(octet_length(bytes)) OVER (ORDER BY number) - octet_length(bytes) AS before "
  "  FROM (SELECT number, bytes FROM drydock.record "
  "    WHERE upgrade = $1 AND number >= $2 ORDER BY number LIMIT 1000) part) summed "
  "WHERE before <= 4194304 ORDER BY number";

inline constexpr auto ask =
  "INSERT INTO drydock.request (upgrade, what, asked_by, asked_us) "
  "SELECT number, $2::text, $3::text, $4::bigint FROM drydock.upgrade WHERE id = $1";
/// Number of the upgrade, how many requests there are.
inline constexpr auto has_requests = "SELECT u.number, (SELECT count(*) FROM "
                                     "drydock.request r WHERE r.upgrade = u.number) "
                                     "FROM drydock.upgrade u WHERE u.id = $1";
/// No rows: no such upgrade; a row of NULLs: nothing was asked.
inline constexpr auto requests =
  "SELECT r.what, r.asked_by, r.asked_us FROM drydock.upgrade u "
  "LEFT JOIN drydock.request r ON r.upgrade = u.number "
  "WHERE u.id = $1 ORDER BY r.number";
inline constexpr auto take_requests =
  "WITH taken AS (DELETE FROM drydock.request WHERE upgrade = $1 "
  "  RETURNING number, what, asked_by, asked_us) "
  "SELECT what, asked_by, asked_us FROM taken ORDER BY number";

} // namespace drydock::inline v1::store::postgresql_sql
