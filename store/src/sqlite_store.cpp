// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"
#include "lease_rules.hpp"
#include "sqlite_connection.hpp"
#include "sqlite_schema.hpp"
#include "sqlite_statements.hpp"

#include <algorithm>
#include <mutex>

namespace drydock::inline v1::store {

namespace {

lease read_lease(const sqlite_use& row) {
  return {row.count(0), row.string(1), row.string(2), row.integer(3), row.integer(4)};
}

upgrade_entry read_entry(const sqlite_use& row) {
  return {row.string(0),  row.string(1), row.integer(2),
          row.integer(3), row.string(4), row.count(5)};
}

class sqlite_store final : public upgrade_store {
public:
  [[nodiscard]] failure open(const std::string& path, bool create) {
    if (auto failed = connection_.open(path, create))
      return failed;
    if (auto failed = set_up(create))
      return failed;
    return statements_.prepare(connection_);
  }

  outcome<lease> acquire(std::string_view scale_set, const lease& who,
                         std::int64_t now_us,
                         const std::function<bool(const lease&)>& is_dead) override {
    std::lock_guard guard(mutex_);
    lease held;
    auto failed = write(durability::power, [&]() -> failure {
      if (auto unread = lease_of(scale_set, held))
        return unread;
      if (!may_take(held, who, now_us, is_dead))
        return std::nullopt;
      held = handed_over(held, who);
      sqlite_use use(statements_.set_lease);
      use.text(scale_set).number(held.epoch).text(held.owner).text(held.host);
      return done(use.number(held.process).number(held.expires_us));
    });
    if (failed)
      return *failed;
    return held;
  }

  failure renew(std::string_view scale_set, std::uint64_t epoch,
                std::int64_t expires_us) override {
    std::lock_guard guard(mutex_);
    return write(durability::process, [&]() -> failure {
      sqlite_use use(statements_.renew);
      if (auto failed = done(use.text(scale_set).number(epoch).number(expires_us)))
        return failed;
      if (sqlite3_changes(connection_.handle()) == 0)
        return lease_lost(scale_set);
      return std::nullopt;
    });
  }

  failure release(std::string_view scale_set, std::uint64_t epoch) override {
    std::lock_guard guard(mutex_);
    return write(durability::process, [&] {
      sqlite_use use(statements_.release);
      return done(use.text(scale_set).number(epoch));
    });
  }

  outcome<lease> holder(std::string_view scale_set) override {
    std::lock_guard guard(mutex_);
    lease held;
    if (auto failed = lease_of(scale_set, held))
      return *failed;
    return held;
  }

  failure create(const upgrade_entry& entry, std::string_view header,
                 std::uint64_t epoch) override {
    std::lock_guard guard(mutex_);
    return write(durability::power, [&]() -> failure {
      lease held;
      if (auto failed = lease_of(entry.scale_set, held))
        return failed;
      if (held.owner.empty() || held.epoch != epoch)
        return lease_lost(entry.scale_set);
      {
        sqlite_use use(statements_.create);
        use.text(entry.id).text(entry.scale_set).number(entry.started_us);
        const int code = use.number(entry.ended_us).text(entry.status).step();
        if (code == SQLITE_CONSTRAINT_UNIQUE)
          return upgrade_exists(entry.id);
        if (code != SQLITE_DONE)
          return connection_.fault(code);
      }
      sqlite_use use(statements_.set_header);
      const std::int64_t made = sqlite3_last_insert_rowid(connection_.handle());
      return done(use.number(made).bytes(header));
    });
  }

  failure append(std::string_view id, std::uint64_t number, std::string_view bytes,
                 std::uint64_t epoch, durability how) override {
    std::lock_guard guard(mutex_);
    return write(how, [&]() -> failure {
      place at;
      if (auto failed = place_of(id, epoch, at))
        return failed;
      if (number != at.last + 1)
        return wrong_number(id, number, at.last);
      sqlite_use use(statements_.append);
      return done(use.number(at.upgrade).number(number).bytes(bytes));
    });
  }

  failure close(std::string_view id, std::string_view status, std::int64_t ended_us,
                std::uint64_t epoch) override {
    std::lock_guard guard(mutex_);
    auto failed = write(durability::power, [&]() -> failure {
      place at;
      if (auto misplaced = place_of(id, epoch, at))
        return misplaced;
      sqlite_use use(statements_.close);
      return done(use.number(at.upgrade).number(ended_us).text(status));
    });
    // The log goes into the file now that nobody waits. Where it cannot, it stays a
    // log, which is as good.
    if (!failed)
      sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr,
                                SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    return failed;
  }

  outcome<std::vector<upgrade_entry>> list(std::string_view scale_set) override {
    std::lock_guard guard(mutex_);
    std::vector<upgrade_entry> result;
    sqlite_use use(statements_.list);
    use.text(scale_set);
    int code = use.step();
    for (; code == SQLITE_ROW; code = use.step())
      result.push_back(read_entry(use));
    if (code != SQLITE_DONE)
      return connection_.fault(code);
    return result;
  }

  outcome<upgrade_entry> find(std::string_view id) override {
    std::lock_guard guard(mutex_);
    sqlite_use use(statements_.find);
    const int code = use.text(id).step();
    if (code == SQLITE_ROW)
      return read_entry(use);
    return code == SQLITE_DONE ? no_such_upgrade(id) : connection_.fault(code);
  }

  outcome<std::string> header(std::string_view id) override {
    std::lock_guard guard(mutex_);
    sqlite_use use(statements_.header);
    const int code = use.text(id).step();
    if (code == SQLITE_ROW)
      return use.string(0);
    return code == SQLITE_DONE ? no_such_upgrade(id) : connection_.fault(code);
  }

  failure read(std::string_view id, std::uint64_t first,
               const std::function<bool(std::uint64_t number, std::string_view bytes)>&
                 take) override {
    std::lock_guard guard(mutex_);
    std::uint64_t upgrade = 0;
    if (auto failed = number_of(id, upgrade))
      return failed;
    auto next = std::max<std::uint64_t>(first, 1);
    sqlite_use use(statements_.read);
    use.number(upgrade).number(next);
    int code = use.step();
    for (; code == SQLITE_ROW; code = use.step(), ++next) {
      if (use.count(0) != next)
        return record_missing(id, next);
      if (!take(next, use.view(1)))
        return std::nullopt;
    }
    if (code != SQLITE_DONE)
      return connection_.fault(code);
    return std::nullopt;
  }

  failure ask(std::string_view id, const request& what) override {
    std::lock_guard guard(mutex_);
    return write(durability::process, [&]() -> failure {
      std::uint64_t upgrade = 0;
      if (auto failed = number_of(id, upgrade))
        return failed;
      sqlite_use use(statements_.ask);
      use.number(upgrade).text(what.what).text(what.by);
      return done(use.number(what.asked_us));
    });
  }

  outcome<std::vector<request>> requests(std::string_view id) override {
    std::lock_guard guard(mutex_);
    std::uint64_t upgrade = 0;
    std::vector<request> result;
    if (auto failed = number_of(id, upgrade))
      return *failed;
    if (auto failed = requests_of(upgrade, result))
      return *failed;
    return result;
  }

  outcome<std::vector<request>> take_requests(std::string_view id) override {
    std::lock_guard guard(mutex_);
    std::uint64_t upgrade = 0;
    std::vector<request> result;
    if (auto failed = number_of(id, upgrade))
      return *failed;
    // Asked again and again, and mostly there are none: only then nobody waits.
    if (auto failed = requests_of(upgrade, result))
      return *failed;
    if (result.empty())
      return result;
    auto failed = write(durability::process, [&]() -> failure {
      if (auto unread = requests_of(upgrade, result))
        return unread;
      sqlite_use use(statements_.drop_requests);
      return done(use.number(upgrade));
    });
    if (failed)
      return *failed;
    return result;
  }

private:
  struct place {
    std::uint64_t upgrade = 0;
    std::uint64_t last = 0;
  };

  failure set_up(bool create) {
    // Until it has tables of ours the file may be anybody's: nothing is set in it.
    if (auto failed = migrate(connection_, sqlite_steps()))
      return failed;
    if (create && sqlite3_db_readonly(connection_.handle(), "main") == 1)
      return connection_.fault(SQLITE_READONLY);
    if (auto failed = connection_.write_ahead())
      return failed;
    return connection_.run("PRAGMA foreign_keys = ON;"
                           "PRAGMA trusted_schema = OFF;"
                           "PRAGMA synchronous = NORMAL");
  }

  /// Runs `work` in a transaction: all of it is kept, or nothing.
  template <class Work>
  failure write(durability how, const Work& work) {
    if (auto failed = keep(how))
      return failed;
    if (auto failed = done(statements_.begin))
      return failed;
    failure failed = work();
    if (!failed)
      failed = done(statements_.commit);
    // Some faults have ended the transaction already.
    if (failed && sqlite3_get_autocommit(connection_.handle()) == 0)
      (void)done(statements_.rollback);
    return failed;
  }

  failure keep(durability how) {
    if (how == how_)
      return std::nullopt;
    // No kept statement: SQLite obeys this one when it is compiled.
    auto failed =
      connection_.run(how == durability::power ? "PRAGMA synchronous = FULL"
                                               : "PRAGMA synchronous = NORMAL");
    if (!failed)
      how_ = how;
    return failed;
  }

  failure done(sqlite_statement& statement) {
    sqlite_use use(statement);
    return done(use);
  }

  failure done(sqlite_use& use) {
    if (const int code = use.step(); code != SQLITE_DONE)
      return connection_.fault(code);
    return std::nullopt;
  }

  failure lease_of(std::string_view scale_set, lease& held) {
    sqlite_use use(statements_.lease);
    const int code = use.text(scale_set).step();
    if (code == SQLITE_ROW)
      held = read_lease(use);
    else if (code != SQLITE_DONE)
      return connection_.fault(code);
    return std::nullopt;
  }

  failure number_of(std::string_view id, std::uint64_t& upgrade) {
    sqlite_use use(statements_.number);
    const int code = use.text(id).step();
    if (code == SQLITE_ROW)
      upgrade = use.count(0);
    else
      return code == SQLITE_DONE ? no_such_upgrade(id) : connection_.fault(code);
    return std::nullopt;
  }

  /// Where the next record of an upgrade goes, for the one whose lease it is.
  failure place_of(std::string_view id, std::uint64_t epoch, place& at) {
    sqlite_use use(statements_.place);
    const int code = use.text(id).step();
    if (code != SQLITE_ROW)
      return code == SQLITE_DONE ? no_such_upgrade(id) : connection_.fault(code);
    // No row of a lease reads as a row without owner.
    if (use.view(3).empty() || use.count(2) != epoch)
      return lease_lost(use.view(4));
    at = {use.count(0), use.count(1)};
    return std::nullopt;
  }

  failure requests_of(std::uint64_t upgrade, std::vector<request>& result) {
    result.clear();
    sqlite_use use(statements_.requests);
    int code = use.number(upgrade).step();
    for (; code == SQLITE_ROW; code = use.step())
      result.push_back({use.string(0), use.string(1), use.integer(2)});
    if (code != SQLITE_DONE)
      return connection_.fault(code);
    return std::nullopt;
  }

  std::mutex mutex_;
  sqlite_connection connection_;
  // After the connection: they end before it.
  sqlite_statements statements_;
  durability how_ = durability::process;
};

} // namespace

outcome<std::unique_ptr<upgrade_store>> open_sqlite(const std::string& path,
                                                    bool create) {
  auto made = std::make_unique<sqlite_store>();
  if (auto failed = made->open(path, create))
    return *failed;
  return made;
}

} // namespace drydock::inline v1::store
