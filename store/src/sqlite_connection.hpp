// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/store/store.hpp"

#include <sqlite3.h>

namespace drydock::inline v1::store {

/// One open SQLite file. Not for two threads at once.
class sqlite_connection {
public:
  /// How long a call waits for another process to let go of the file.
  static constexpr int patience_ms = 5000;

  sqlite_connection() = default;
  sqlite_connection(const sqlite_connection&) = delete;
  sqlite_connection& operator=(const sqlite_connection&) = delete;
  ~sqlite_connection();

  /// The file, and nothing else of it is touched yet.
  [[nodiscard]] failure open(const std::string& path, bool create);
  /// Keeps a log beside the file from now on, and so lets others read meanwhile.
  [[nodiscard]] failure write_ahead();
  /// Statements without results.
  [[nodiscard]] failure run(const char* sql);

  /// What the last call that gave `code` means to people.
  [[nodiscard]] store_error fault(int code) const;

  [[nodiscard]] sqlite3* handle() const { return database_; }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  sqlite3* database_ = nullptr;
  std::string path_;
};

/// A statement that is kept for as long as its connection is open.
class sqlite_statement {
public:
  sqlite_statement() = default;
  sqlite_statement(const sqlite_statement&) = delete;
  sqlite_statement& operator=(const sqlite_statement&) = delete;
  ~sqlite_statement();

  [[nodiscard]] failure prepare(const sqlite_connection& connection, const char* sql);

private:
  friend class sqlite_use;
  sqlite3_stmt* statement_ = nullptr;
};

/// One use of a kept statement, which is ready for the next one when this ends.
/// Parameters and columns count from 0.
class sqlite_use {
public:
  explicit sqlite_use(sqlite_statement& statement);
  sqlite_use(const sqlite_use&) = delete;
  sqlite_use& operator=(const sqlite_use&) = delete;
  ~sqlite_use();

  /// Texts and bytes have to stay until this ends.
  sqlite_use& text(std::string_view value);
  sqlite_use& bytes(std::string_view value);
  sqlite_use& number(std::int64_t value);
  sqlite_use& number(std::uint64_t value) {
    return number(static_cast<std::int64_t>(value));
  }

  /// SQLITE_ROW, SQLITE_DONE, or what went wrong.
  [[nodiscard]] int step();

  /// Bytes or text of the row at hand; gone with the next step.
  [[nodiscard]] std::string_view view(int column) const;
  [[nodiscard]] std::string string(int column) const {
    return std::string(view(column));
  }
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t count(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }

private:
  void bound(int code);

  sqlite3_stmt* statement_;
  int next_ = 1;
  int failed_ = SQLITE_OK;
};

} // namespace drydock::inline v1::store
