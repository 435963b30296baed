// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/store/store.hpp"

#include <array>
#include <chrono>
#include <set>

#include <libpq-fe.h>

namespace drydock::inline v1::store {

/// Values that go along with a statement, in its order.
class postgresql_values {
public:
  /// Texts and bytes have to stay until the statement has run.
  postgresql_values& text(std::string_view value);
  postgresql_values& bytes(std::string_view value);
  postgresql_values& number(std::int64_t value);
  postgresql_values& number(std::uint64_t value) {
    return number(static_cast<std::int64_t>(value));
  }

private:
  friend class postgresql_connection;
  static constexpr std::size_t most = 8;

  void add(const char* data, std::size_t size);

  std::size_t count_ = 0;
  std::array<const char*, most> data_{};
  std::array<int, most> sizes_{};
  std::array<int, most> formats_{};
  std::array<std::array<char, 8>, most> numbers_{};
};

/// What a statement gave. Rows and columns count from 0.
class postgresql_rows {
public:
  explicit postgresql_rows(PGresult* result) : result_(result) {}

  [[nodiscard]] const PGresult* result() const { return result_.get(); }
  [[nodiscard]] int count() const { return PQntuples(result_.get()); }
  /// Rows that were inserted, updated or deleted.
  [[nodiscard]] bool changed() const;
  [[nodiscard]] std::string_view view(int row, int column) const;
  [[nodiscard]] std::string string(int row, int column) const {
    return std::string(view(row, column));
  }
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  [[nodiscard]] std::uint64_t number(int row, int column) const {
    return static_cast<std::uint64_t>(integer(row, column));
  }

private:
  struct clear {
    void operator()(PGresult* x) const { PQclear(x); }
  };
  std::unique_ptr<PGresult, clear> result_;
};

/// One connection to a server, which can be made anew. Not for two threads at once.
class postgresql_connection {
public:
  /// How long a statement waits for another process, and a connection for the server.
  static constexpr int patience_s = 5;

  postgresql_connection() = default;
  postgresql_connection(const postgresql_connection&) = delete;
  postgresql_connection& operator=(const postgresql_connection&) = delete;
  ~postgresql_connection();

  /// `connection` as libpq takes it.
  [[nodiscard]] failure open(const std::string& connection);
  /// Closes what there is, and connects anew.
  [[nodiscard]] failure open_again();
  /// False when the server is known to have gone; asks no server.
  [[nodiscard]] bool is_alive();

  /// Statements without values and results.
  [[nodiscard]] failure run(const char* sql);
  /// One statement, prepared when it is first used. `sql` lives forever, all its
  /// integers are `bigint`.
  [[nodiscard]] outcome<postgresql_rows> run(const char* sql,
                                             const postgresql_values& values);
  /// How the transactions from now on are kept.
  [[nodiscard]] failure keep(durability how);

  /// Whether the last failure was that of a key which is there already.
  [[nodiscard]] bool was_duplicate() const { return was_duplicate_; }

private:
  /// The answer to what was sent; one that is silent for too long counts as gone.
  [[nodiscard]] postgresql_rows answer(int was_sent);
  /// Waits for the socket; false: the server stayed silent.
  [[nodiscard]] bool wait(bool to_write, std::chrono::steady_clock::time_point until);
  [[nodiscard]] failure connect();
  [[nodiscard]] failure check(const postgresql_rows& rows);
  [[nodiscard]] store_error fault(const PGresult* result);
  [[nodiscard]] store_error unreachable() const;
  /// A message of libpq for people: one line, without the password.
  [[nodiscard]] std::string shown(const char* message) const;

  std::string parameters_;
  PGconn* connection_ = nullptr;
  /// Statements that this connection knows, by where their text is.
  std::set<const char*> prepared_;
  std::optional<durability> how_;
  bool was_duplicate_ = false;
  bool was_open_ = false;
};

} // namespace drydock::inline v1::store
