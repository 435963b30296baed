// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"
#include "lease_rules.hpp"
#include "postgresql_connection.hpp"
#include "postgresql_schema.hpp"
#include "postgresql_statements.hpp"

#include <algorithm>
#include <mutex>

namespace drydock::inline v1::store {

namespace {

using values = postgresql_values;
namespace sql = postgresql_sql;

lease read_lease(const postgresql_rows& rows) {
  return {rows.number(0, 0), rows.string(0, 1), rows.string(0, 2), rows.integer(0, 3),
          rows.integer(0, 4)};
}

upgrade_entry read_entry(const postgresql_rows& rows, int row) {
  return {rows.string(row, 0),  rows.string(row, 1), rows.integer(row, 2),
          rows.integer(row, 3), rows.string(row, 4), rows.number(row, 5)};
}

class postgresql_store final : public upgrade_store {
public:
  [[nodiscard]] failure open(const std::string& connection) {
    if (auto failed = connection_.open(connection))
      return failed;
    return migrate(connection_, postgresql_steps());
  }

  outcome<lease> acquire(std::string_view scale_set, const lease& who,
                         std::int64_t now_us,
                         const std::function<bool(const lease&)>& is_dead) override {
    lease held;
    // Who asks twice has it as if he had asked once.
    auto failed = twice(durability::power, [&](bool) {
      return transaction([&]() -> failure {
        if (auto unmade = change(sql::make_lease, values().text(scale_set)))
          return unmade;
        const auto found = connection_.run(sql::lock_lease, values().text(scale_set));
        if (const auto* unread = std::get_if<store_error>(&found))
          return *unread;
        held = read_lease(std::get<postgresql_rows>(found));
        if (!may_take(held, who, now_us, is_dead))
          return std::nullopt;
        held = handed_over(held, who);
        return change(sql::set_lease, values()
                                        .text(scale_set)
                                        .number(held.epoch)
                                        .text(held.owner)
                                        .text(held.host)
                                        .number(held.process)
                                        .number(held.expires_us));
      });
    });
    if (failed)
      return *failed;
    return held;
  }

  failure renew(std::string_view scale_set, std::uint64_t epoch,
                std::int64_t expires_us) override {
    return twice(durability::process, [&](bool) {
      return change(sql::renew,
                    values().text(scale_set).number(epoch).number(expires_us),
                    [&] { return lease_lost(scale_set); });
    });
  }

  failure release(std::string_view scale_set, std::uint64_t epoch) override {
    return twice(durability::process, [&](bool) {
      return change(sql::release, values().text(scale_set).number(epoch));
    });
  }

  outcome<lease> holder(std::string_view scale_set) override {
    lease held;
    auto failed = rows_of(sql::lease, values().text(scale_set), [&](const auto& rows) {
      held = rows.count() == 0 ? lease{} : read_lease(rows);
      return failure{};
    });
    if (failed)
      return *failed;
    return held;
  }

  failure create(const upgrade_entry& entry, std::string_view header,
                 std::uint64_t epoch) override {
    return twice(durability::power, [&](bool again) -> failure {
      auto failed = change(sql::create,
                           values()
                             .text(entry.id)
                             .text(entry.scale_set)
                             .number(entry.started_us)
                             .number(entry.ended_us)
                             .text(entry.status)
                             .number(epoch)
                             .bytes(header),
                           [&] { return lease_lost(entry.scale_set); });
      if (!connection_.was_duplicate())
        return failed;
      // The first time may have gone well, and its answer been lost.
      if (again && is_there(sql::same_header, values().text(entry.id).bytes(header)))
        return std::nullopt;
      return upgrade_exists(entry.id);
    });
  }

  failure append(std::string_view id, std::uint64_t number, std::string_view bytes,
                 std::uint64_t epoch, durability how) override {
    return twice(how, [&](bool again) -> failure {
      const auto done = connection_.run(
        sql::append, values().text(id).number(number).bytes(bytes).number(epoch));
      if (const auto* rows = std::get_if<postgresql_rows>(&done);
          rows && rows->changed())
        return std::nullopt;
      if (done.index() == 1 && !connection_.was_duplicate())
        return std::get<store_error>(done);
      if (again
          && is_there(sql::same_record, values().text(id).number(number).bytes(bytes)))
        return std::nullopt;
      return why_not(id, epoch, number);
    });
  }

  failure close(std::string_view id, std::string_view status, std::int64_t ended_us,
                std::uint64_t epoch) override {
    return twice(durability::power, [&](bool) -> failure {
      const auto done = connection_.run(
        sql::close, values().text(id).number(epoch).number(ended_us).text(status));
      if (const auto* failed = std::get_if<store_error>(&done))
        return *failed;
      if (std::get<postgresql_rows>(done).changed())
        return std::nullopt;
      return why_not(id, epoch, std::nullopt);
    });
  }

  outcome<std::vector<upgrade_entry>> list(std::string_view scale_set) override {
    std::vector<upgrade_entry> result;
    auto failed = rows_of(sql::list, values().text(scale_set), [&](const auto& rows) {
      for (int row = 0; row < rows.count(); ++row)
        result.push_back(read_entry(rows, row));
      return failure{};
    });
    if (failed)
      return *failed;
    return result;
  }

  outcome<upgrade_entry> find(std::string_view id) override {
    upgrade_entry result;
    auto failed =
      row_of(sql::find, id, [&](const auto& rows) { result = read_entry(rows, 0); });
    if (failed)
      return *failed;
    return result;
  }

  outcome<std::string> header(std::string_view id) override {
    std::string result;
    auto failed =
      row_of(sql::header, id, [&](const auto& rows) { result = rows.string(0, 0); });
    if (failed)
      return *failed;
    return result;
  }

  failure read(std::string_view id, std::uint64_t first,
               const std::function<bool(std::uint64_t number, std::string_view bytes)>&
                 take) override {
    std::uint64_t upgrade = 0;
    auto failed =
      row_of(sql::number, id, [&](const auto& rows) { upgrade = rows.number(0, 0); });
    auto next = std::max<std::uint64_t>(first, 1);
    // A part at a time: a whole upgrade need not fit into memory.
    for (bool goes_on = true; goes_on && !failed;)
      failed =
        rows_of(sql::read, values().number(upgrade).number(next),
                [&](const auto& rows) -> failure {
                  goes_on = rows.count() > 0;
                  for (int row = 0; row < rows.count() && goes_on; ++row, ++next) {
                    if (rows.number(row, 0) != next)
                      return record_missing(id, next);
                    goes_on = take(next, rows.view(row, 1));
                  }
                  return std::nullopt;
                });
    return failed;
  }

  failure ask(std::string_view id, const request& what) override {
    // Once: whether a request arrived cannot be seen when it is taken at once.
    std::lock_guard guard(mutex_);
    if (auto failed = ready(durability::process))
      return failed;
    return change(sql::ask,
                  values().text(id).text(what.what).text(what.by).number(what.asked_us),
                  [&] { return no_such_upgrade(id); });
  }

  outcome<std::vector<request>> requests(std::string_view id) override {
    std::vector<request> result;
    auto failed = row_of(sql::requests, id, [&](const auto& rows) {
      for (int row = 0; row < rows.count(); ++row)
        if (!rows.view(row, 0).empty())
          result.push_back(
            {rows.string(row, 0), rows.string(row, 1), rows.integer(row, 2)});
    });
    if (failed)
      return *failed;
    return result;
  }

  outcome<std::vector<request>> take_requests(std::string_view id) override {
    std::uint64_t upgrade = 0;
    bool has_some = false;
    std::vector<request> result;
    auto failed = row_of(sql::has_requests, id, [&](const auto& rows) {
      upgrade = rows.number(0, 0);
      has_some = rows.number(0, 1) != 0;
    });
    if (failed)
      return *failed;
    if (!has_some)
      return result;
    std::lock_guard guard(mutex_);
    if (auto unready = ready(durability::process))
      return *unready;
    if (auto unread = take_all(upgrade, result))
      return *unread;
    return result;
  }

private:
  /// Connected, and keeping what is written as it is to be kept, if anything is.
  failure ready(std::optional<durability> how) {
    if (!connection_.is_alive())
      if (auto failed = connection_.open_again())
        return failed;
    return how ? connection_.keep(*how) : failure{};
  }

  /// Does `work`, and once more where the connection was lost meanwhile: it is told
  /// whether this is the second time.
  template <class Work>
  failure twice(std::optional<durability> how, const Work& work) {
    std::lock_guard guard(mutex_);
    failure failed = ready(how);
    if (!failed)
      failed = work(false);
    if (!failed || connection_.is_alive())
      return failed;
    failed = ready(how);
    return failed ? failed : work(true);
  }

  template <class Work>
  failure transaction(const Work& work) {
    if (auto failed = connection_.run("BEGIN"))
      return failed;
    if (failure failed = work()) {
      (void)connection_.run("ROLLBACK");
      return failed;
    }
    return connection_.run("COMMIT");
  }

  failure change(const char* text, const values& with) {
    const auto done = connection_.run(text, with);
    if (const auto* failed = std::get_if<store_error>(&done))
      return *failed;
    return std::nullopt;
  }

  /// `otherwise`: what it means when no row was changed.
  template <class Error>
  failure change(const char* text, const values& with, const Error& otherwise) {
    const auto done = connection_.run(text, with);
    if (const auto* failed = std::get_if<store_error>(&done))
      return *failed;
    if (!std::get<postgresql_rows>(done).changed())
      return otherwise();
    return std::nullopt;
  }

  template <class Take>
  failure rows_of(const char* text, const values& with, const Take& take) {
    return twice(std::nullopt, [&](bool) -> failure {
      const auto found = connection_.run(text, with);
      if (const auto* failed = std::get_if<store_error>(&found))
        return *failed;
      return take(std::get<postgresql_rows>(found));
    });
  }

  /// The row that `text` gives for an upgrade.
  template <class Take>
  failure row_of(const char* text, std::string_view id, const Take& take) {
    return rows_of(text, values().text(id), [&](const auto& rows) -> failure {
      if (rows.count() == 0)
        return no_such_upgrade(id);
      take(rows);
      return std::nullopt;
    });
  }

  bool is_there(const char* text, const values& with) {
    const auto found = connection_.run(text, with);
    const auto* rows = std::get_if<postgresql_rows>(&found);
    return rows != nullptr && rows->count() > 0;
  }

  /// Why nothing was written to an upgrade, no record of this number if any.
  store_error why_not(std::string_view id, std::uint64_t epoch,
                      std::optional<std::uint64_t> number) {
    const auto found = connection_.run(sql::place, values().text(id));
    if (const auto* failed = std::get_if<store_error>(&found))
      return *failed;
    const auto& rows = std::get<postgresql_rows>(found);
    if (rows.count() == 0)
      return no_such_upgrade(id);
    if (!number || rows.view(0, 1).empty() || rows.number(0, 0) != epoch)
      return lease_lost(rows.view(0, 2));
    return wrong_number(id, *number, rows.number(0, 3));
  }

  failure take_all(std::uint64_t upgrade, std::vector<request>& result) {
    if (auto failed = connection_.run("BEGIN"))
      return failed;
    const auto taken = connection_.run(sql::take_requests, values().number(upgrade));
    if (const auto* failed = std::get_if<store_error>(&taken)) {
      (void)connection_.run("ROLLBACK");
      return *failed;
    }
    const auto& rows = std::get<postgresql_rows>(taken);
    for (int row = 0; row < rows.count(); ++row)
      result.push_back(
        {rows.string(row, 0), rows.string(row, 1), rows.integer(row, 2)});
    auto failed = connection_.run("COMMIT");
    // Lost just now, it may be done or not: a request that comes twice does less harm
    // than one that never comes.
    return failed && connection_.is_alive() ? failed : failure{};
  }

  std::mutex mutex_;
  postgresql_connection connection_;
};

} // namespace

outcome<std::unique_ptr<upgrade_store>> open_postgresql(const std::string& connection) {
  auto made = std::make_unique<postgresql_store>();
  if (auto failed = made->open(connection))
    return *failed;
  return made;
}

} // namespace drydock::inline v1::store
