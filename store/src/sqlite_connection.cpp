// SPDX-License-Identifier: Apache-2.0
#include "sqlite_connection.hpp"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

namespace drydock::inline v1::store {

namespace {

bool is_full(int code, int system_error) {
  return code == SQLITE_FULL
         || ((code & 0xff) == SQLITE_IOERR
             && (system_error == ENOSPC || system_error == EDQUOT));
}

std::string why(sqlite3* database, int code) {
  const int error = sqlite3_system_errno(database);
  std::string text = sqlite3_errstr(code);
  if (error != 0 && (code & 0xff) != SQLITE_READONLY)
    text += std::string(": ") + std::strerror(error);
  return text;
}

/// SQLite gives a meaning of its own to some names, such as `:memory:` and
/// `file:…`; none of them begins like this.
std::string plain_name(const std::string& path) {
  return path.starts_with('/') ? path : "./" + path;
}

/// 64 MB, in pages and in bytes. Copying the log into the file makes a writer wait for
/// the disk, tens of milliseconds a time: a whole upgrade of a million instances fits
/// into this log.
constexpr const char* log_settings = "PRAGMA wal_autocheckpoint = 16384;"
                                     "PRAGMA journal_size_limit = 67108864";

} // namespace

sqlite_connection::~sqlite_connection() {
  sqlite3_close_v2(database_);
}

failure sqlite_connection::open(const std::string& path, bool create) {
  path_ = path;
  const auto name = plain_name(path);
  struct stat file {};
  if (stat(name.c_str(), &file) != 0 && errno == ENOENT && !create)
    return store_error{store_error::kind::not_found,
                       "there is no store at " + path
                         + ": the first run of an upgrade makes it"};
  const int flags =
    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
  if (const int code = sqlite3_open_v2(name.c_str(), &database_, flags, nullptr);
      code != SQLITE_OK)
    return fault(code);
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, patience_ms);
  return std::nullopt;
}

failure sqlite_connection::run(const char* sql) {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK)
    return fault(code);
  return std::nullopt;
}

failure sqlite_connection::write_ahead() {
  // Going over to a log wants the file for a moment alone, and SQLite does not wait
  // for that itself: another process that opens the store may be at it.
  constexpr int pause_ms = 20;
  int code = SQLITE_BUSY;
  std::string mode;
  for (int waited = 0; code == SQLITE_BUSY && waited < patience_ms;
       waited += pause_ms) {
    if (waited > 0)
      sqlite3_sleep(pause_ms);
    sqlite_statement statement;
    if (auto failed = statement.prepare(*this, "PRAGMA journal_mode = WAL"))
      return failed;
    sqlite_use use(statement);
    code = use.step();
    if (code == SQLITE_ROW)
      mode = use.string(0);
  }
  if (code != SQLITE_ROW)
    return fault(code);
  if (mode != "wal")
    return store_error{store_error::kind::unavailable,
                       "the file system of the store " + path_
                         + " cannot share memory between processes: put it on a local "
                           "disk, or use PostgreSQL"};
  return run(log_settings);
}

store_error sqlite_connection::fault(int code) const {
  using kind = store_error::kind;
  if (is_full(code, sqlite3_system_errno(database_)))
    return {kind::unavailable, "the disk of the store " + path_
                                 + " is full: make room on it and resume the upgrade"};
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return {kind::unavailable,
            "another process has held the store " + path_ + " for "
              + std::to_string(patience_ms / 1000)
              + " s: end it, or let it go on if it is stopped, and try again"};
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return {kind::unavailable,
            "the store " + path_
              + " may not be written: make it and its folder writable for this user"};
  case SQLITE_CANTOPEN:
    return {kind::unavailable, "cannot open the store " + path_ + " ("
                                 + why(database_, code)
                                 + "): its folder must be there, and writable"};
  case SQLITE_NOTADB:
    return {kind::damaged, path_
                             + " is no store of drydock: name another file, or "
                               "remove this one if nobody needs it"};
  case SQLITE_CORRUPT:
    return {kind::damaged,
            "the store " + path_ + " is damaged: restore it from a backup"};
  case SQLITE_TOOBIG:
    return {kind::refused, "a record of more than 1 GB does not fit into the store "
                             + path_ + ": roll out to fewer instances at once"};
  default:
    return {kind::unavailable, "the store " + path_ + " cannot be used ("
                                 + why(database_, code) + "): check its disk"};
  }
}

sqlite_statement::~sqlite_statement() {
  sqlite3_finalize(statement_);
}

failure sqlite_statement::prepare(const sqlite_connection& connection,
                                  const char* sql) {
  const int code = sqlite3_prepare_v3(connection.handle(), sql, -1,
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK)
    return connection.fault(code);
  return std::nullopt;
}

sqlite_use::sqlite_use(sqlite_statement& statement)
  : statement_(statement.statement_) {}

sqlite_use::~sqlite_use() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void sqlite_use::bound(int code) {
  ++next_;
  if (code != SQLITE_OK)
    failed_ = code;
}

sqlite_use& sqlite_use::text(std::string_view value) {
  // A null pointer would be NULL, not an empty text.
  bound(sqlite3_bind_text64(statement_, next_, value.empty() ? "" : value.data(),
                            value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

sqlite_use& sqlite_use::bytes(std::string_view value) {
  bound(sqlite3_bind_blob64(statement_, next_, value.empty() ? "" : value.data(),
                            value.size(), SQLITE_STATIC));
  return *this;
}

sqlite_use& sqlite_use::number(std::int64_t value) {
  bound(sqlite3_bind_int64(statement_, next_, value));
  return *this;
}

int sqlite_use::step() {
  return failed_ != SQLITE_OK ? failed_ : sqlite3_step(statement_);
}

std::string_view sqlite_use::view(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string_view{}
                         : std::string_view(data, static_cast<std::size_t>(size));
}

std::int64_t sqlite_use::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

} // namespace drydock::inline v1::store
