// SPDX-License-Identifier: Apache-2.0
#include "postgresql_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>

namespace drydock::inline v1::store {

namespace {

using std::chrono::steady_clock;

/// How long a server may say nothing to what it was asked.
constexpr std::chrono::seconds silence_max{20};
/// How long one that was there may take to come back.
constexpr std::chrono::seconds restart_max{5};

using kind = store_error::kind;

std::int64_t from_network(const char* data) {
  std::uint64_t result = 0;
  for (int i = 0; i < 8; ++i)
    result = result << 8 | static_cast<unsigned char>(data[i]);
  return static_cast<std::int64_t>(result);
}

std::string name_of(const char* sql) {
  return "d" + std::to_string(reinterpret_cast<std::uintptr_t>(sql));
}

/// What an error means to people; empty where the message itself says it.
store_error known_fault(std::string_view state) {
  if (state == "53100")
    return {kind::unavailable,
            "the disk of the PostgreSQL server is full: make room on it and resume the "
            "upgrade"};
  if (state == "55P03")
    return {kind::unavailable,
            "another process has held the store for 5 s: end it, or let it go on if it "
            "is stopped, and try again"};
  if (state == "25006")
    return {kind::unavailable,
            "the PostgreSQL server takes no writes: name the primary in the connection "
            "of the store, not a standby"};
  if (state == "42P01" || state == "42703" || state == "3F000")
    return {kind::damaged, "the schema drydock of the store lacks tables that were "
                           "there: restore it from a backup, or drop the schema"};
  if (state.starts_with("XX"))
    return {kind::damaged,
            "the PostgreSQL server says that its files are damaged: restore the store "
            "from a backup"};
  return {};
}

} // namespace

void postgresql_values::add(const char* data, std::size_t size) {
  data_[count_] = data;
  sizes_[count_] = static_cast<int>(size);
  formats_[count_] = 1;
  ++count_;
}

postgresql_values& postgresql_values::text(std::string_view value) {
  // A null pointer would be NULL, not an empty text.
  add(value.empty() ? "" : value.data(), value.size());
  return *this;
}

postgresql_values& postgresql_values::bytes(std::string_view value) {
  return text(value);
}

postgresql_values& postgresql_values::number(std::int64_t value) {
  auto& bytes = numbers_[count_];
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (56 - 8 * i));
  add(nullptr, bytes.size());
  return *this;
}

bool postgresql_rows::changed() const {
  return std::strcmp(PQcmdTuples(result_.get()), "0") != 0;
}

std::string_view postgresql_rows::view(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t postgresql_rows::integer(int row, int column) const {
  const auto bytes = view(row, column);
  return bytes.size() == 8 ? from_network(bytes.data()) : 0; // NULL has no bytes
}

postgresql_connection::~postgresql_connection() {
  PQfinish(connection_);
}

failure postgresql_connection::open(const std::string& connection) {
  parameters_ = connection;
  // Checked here: libpq would show parts of what it does not understand, and they may
  // be the password.
  auto* parsed = PQconninfoParse(connection.c_str(), nullptr);
  const bool is_understood = parsed != nullptr && !connection.empty();
  PQconninfoFree(parsed);
  if (!is_understood)
    return store_error{kind::unavailable,
                       "the connection of the store is not one that PostgreSQL "
                       "understands: write postgresql://HOST/BASE or host=HOST "
                       "dbname=BASE"};
  return open_again();
}

/// A server that is started anew is back in seconds: nobody need stop for that.
failure postgresql_connection::open_again() {
  const auto until = steady_clock::now() + restart_max;
  for (;;) {
    auto failed = connect();
    if (!failed) {
      was_open_ = true;
      return failed;
    }
    if (!was_open_ || steady_clock::now() >= until)
      return failed;
    poll(nullptr, 0, 250);
  }
}

failure postgresql_connection::connect() {
  PQfinish(connection_);
  prepared_.clear();
  how_.reset();
  // What stands before `dbname` gives way to what the user says, the rest does not.
  const char* names[] = {"connect_timeout",
                         "keepalives_idle",
                         "tcp_user_timeout",
                         "fallback_application_name",
                         "dbname",
                         "client_encoding",
                         nullptr};
  const char* values[] = {"5",    "10",   "20000", "drydock", parameters_.c_str(),
                          "UTF8", nullptr};
  connection_ = PQconnectdbParams(names, values, 1);
  if (PQstatus(connection_) != CONNECTION_OK)
    return unreachable();
  // Lest a server that has stopped reading holds up who writes.
  PQsetnonblocking(connection_, 1);
  PQsetNoticeProcessor(
    connection_, [](void*, const char*) {}, nullptr);
  // A process that is stopped inside a transaction must not hold up the others.
  return run("SET lock_timeout = '5s'; SET statement_timeout = 0;"
             "SET idle_in_transaction_session_timeout = '20s';"
             "SET default_transaction_isolation = 'read committed'");
}

bool postgresql_connection::is_alive() {
  // Between statements a server speaks when it goes; its last words come before the
  // end of the connection.
  pollfd socket{PQsocket(connection_), POLLIN, 0};
  while (PQstatus(connection_) == CONNECTION_OK) {
    if (poll(&socket, 1, 0) <= 0)
      return true;
    if (PQconsumeInput(connection_) == 0)
      return false;
  }
  return false;
}

bool postgresql_connection::wait(bool to_write, steady_clock::time_point until) {
  pollfd socket{PQsocket(connection_),
                static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN), 0};
  for (;;) {
    const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0)
      return false;
    const auto ready = poll(&socket, 1, static_cast<int>(left.count()));
    if (ready > 0)
      return true;
    if (ready == 0 || errno != EINTR)
      return false;
  }
}

postgresql_rows postgresql_connection::answer(int was_sent) {
  PGresult* last = nullptr;
  const auto until = steady_clock::now() + silence_max;
  for (auto more = was_sent == 1; more;) {
    for (auto unsent = PQflush(connection_); unsent == 1 || PQisBusy(connection_) == 1;
         unsent = PQflush(connection_)) {
      if (!wait(unsent == 1, until)) {
        PQclear(last);
        PQfinish(connection_);
        connection_ = nullptr;
        return postgresql_rows(nullptr);
      }
      if (PQconsumeInput(connection_) == 0)
        break;
    }
    auto* next = PQgetResult(connection_);
    more = next != nullptr;
    // Of several the first that failed tells what went wrong.
    if (more && (last == nullptr || PQresultStatus(last) != PGRES_FATAL_ERROR)) {
      PQclear(last);
      last = next;
    } else {
      PQclear(next);
    }
  }
  return postgresql_rows(last);
}

failure postgresql_connection::run(const char* sql) {
  return check(answer(PQsendQuery(connection_, sql)));
}

outcome<postgresql_rows> postgresql_connection::run(const char* sql,
                                                    const postgresql_values& values) {
  const auto name = name_of(sql);
  if (!prepared_.contains(sql)) {
    const auto made = answer(PQsendPrepare(connection_, name.c_str(), sql, 0, nullptr));
    if (auto failed = check(made))
      return *failed;
    prepared_.insert(sql);
  }
  // Numbers are in the values themselves, which may have been copied.
  auto data = values.data_;
  for (std::size_t i = 0; i < values.count_; ++i)
    if (data[i] == nullptr)
      data[i] = values.numbers_[i].data();
  auto rows = answer(
    PQsendQueryPrepared(connection_, name.c_str(), static_cast<int>(values.count_),
                        data.data(), values.sizes_.data(), values.formats_.data(), 1));
  if (auto failed = check(rows))
    return *failed;
  return rows;
}

failure postgresql_connection::keep(durability how) {
  if (how_ == how)
    return std::nullopt;
  // Off is enough for a process: its records are the server's once it has confirmed.
  auto failed = run(how == durability::power ? "SET synchronous_commit = on"
                                             : "SET synchronous_commit = off");
  if (!failed)
    how_ = how;
  return failed;
}

failure postgresql_connection::check(const postgresql_rows& rows) {
  was_duplicate_ = false;
  const auto status = PQresultStatus(rows.result());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
    return std::nullopt;
  return fault(rows.result());
}

store_error postgresql_connection::fault(const PGresult* result) {
  if (PQstatus(connection_) != CONNECTION_OK)
    return unreachable();
  const auto* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = code == nullptr ? "" : code;
  was_duplicate_ = state == "23505";
  if (auto known = known_fault(state); !known.text.empty())
    return known;
  const auto* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {kind::unavailable,
          "the PostgreSQL server refuses what the store asks (" + shown(message)
            + "): give its user the rights, or look into the server's log"};
}

store_error postgresql_connection::unreachable() const {
  if (connection_ == nullptr)
    return {kind::unavailable,
            "cannot reach the store: its PostgreSQL server has been silent for "
              + std::to_string(silence_max.count())
              + " s; check the server, and the connection of the store"};
  return {kind::unavailable,
          "cannot reach the store: " + shown(PQerrorMessage(connection_))
            + "; check the server, and the connection of the store"};
}

std::string postgresql_connection::shown(const char* message) const {
  std::string text = message == nullptr ? "" : message;
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.empty())
    text = "PostgreSQL does not say why";
  const auto* word = PQpass(connection_);
  const std::string password = word == nullptr ? "" : word;
  for (std::size_t at = 0; !password.empty();) {
    at = text.find(password, at);
    if (at == std::string::npos)
      break;
    text.replace(at, password.size(), "***");
    at += 3;
  }
  return text;
}

} // namespace drydock::inline v1::store
