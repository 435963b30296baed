// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Where upgrades are written down, so that they outlive the process that runs them.
/// What is written are bytes to the store; `journal` gives them their meaning.
namespace drydock::inline v1::store {

/// Why a call did not do what it says.
struct store_error {
  enum class kind : std::uint8_t {
    /// The store cannot be reached, read or written; `text` says why. Nothing is
    /// half written. Where the store fell silent while it confirmed, what was to be
    /// written may be there all the same: `find` tells how many records there are.
    unavailable,
    /// Somebody else holds the lease, or held it since.
    not_the_owner,
    /// There is no such upgrade, or no store where one was to be.
    not_found,
    /// What is stored is damaged, or of another program.
    damaged,
    /// What is to be written does not fit what is there: an upgrade of this id, a
    /// record of another number. Nothing was written.
    refused,
    /// The store is of a later version, and has not been touched.
    newer,
  };
  kind what = kind::unavailable;
  /// A sentence for people that says what to do.
  std::string text;
};

template <class T>
using outcome = std::variant<T, store_error>;
/// Nothing: it worked.
using failure = std::optional<store_error>;

/// How a write is kept.
enum class durability : std::uint8_t {
  /// It survives the end of the process.
  process,
  /// It survives a loss of power.
  power,
};

/// One upgrade as lists show it.
struct upgrade_entry {
  std::string id;
  std::string scale_set;
  /// Microseconds since 1970 UTC.
  std::int64_t started_us = 0;
  /// 0: it has not ended.
  std::int64_t ended_us = 0;
  /// `Completed`, `Faulted`, `Cancelled`; empty while it has not ended.
  std::string status;
  /// Records written so far.
  std::uint64_t records = 0;
};

/// Who runs the upgrades of a scale set.
struct lease {
  /// Grows with each change of hands, and when one who gave it up takes it again; 0:
  /// nobody ever had it.
  std::uint64_t epoch = 0;
  /// Made anew by every process; empty: nobody has it.
  std::string owner;
  std::string host;
  std::int64_t process = 0;
  /// Microseconds since 1970 UTC, on the owner's clock.
  std::int64_t expires_us = 0;
};

/// What somebody else asks of the process that runs an upgrade.
struct request {
  /// `cancel`, `cancel_now`, `approve:3:TEXT`, `reject:3:TEXT`: the number is that of
  /// the question. What a reader does not know it leaves alone.
  std::string what;
  /// Who asked, for people.
  std::string by;
  std::int64_t asked_us = 0;
};

/// One store, opened by one process. Members may be called from any thread; calls
/// wait for one another. Functions that are handed in are called before the member
/// returns, and must neither throw nor call the store. No member throws. Numbers and
/// epochs are below 2^63; texts are UTF-8 without zero bytes.
class upgrade_store {
public:
  virtual ~upgrade_store() = default;

  // -- who is in charge --------------------------------------------------------

  /// Takes the lease of a scale set when nobody has it, when it is `who.owner`'s
  /// already, when it has expired by `now_us`, or when `is_dead` says that its owner
  /// is gone. Gives the lease as it stands then: the caller's when `owner` is
  /// `who.owner`, with an epoch of its own, else that of the one who has it.
  /// `who.owner` is not empty, `who.epoch` is not looked at, `is_dead` may be empty.
  /// Kept against a loss of power.
  [[nodiscard]] virtual outcome<lease>
  acquire(std::string_view scale_set, const lease& who, std::int64_t now_us,
          const std::function<bool(const lease&)>& is_dead) = 0;
  /// Moves the end of one's own lease; `not_the_owner` when it changed hands.
  [[nodiscard]] virtual failure renew(std::string_view scale_set, std::uint64_t epoch,
                                      std::int64_t expires_us) = 0;
  /// Gives it up; nothing happens when it changed hands.
  [[nodiscard]] virtual failure release(std::string_view scale_set,
                                        std::uint64_t epoch) = 0;
  /// The lease as it stands, expired or not.
  [[nodiscard]] virtual outcome<lease> holder(std::string_view scale_set) = 0;

  // -- upgrades ----------------------------------------------------------------

  /// A new upgrade, and its header, kept against a loss of power. `entry.records` is
  /// not looked at. `epoch` is that of the caller's lease of `entry.scale_set`, here
  /// and below; with another one, or after `release`, every write fails with
  /// `not_the_owner` and nothing is written. A lease that has expired is good until
  /// somebody takes it.
  [[nodiscard]] virtual failure
  create(const upgrade_entry& entry, std::string_view header, std::uint64_t epoch) = 0;
  /// Appends one record; `number` is the last one's plus 1, from 1; else `refused`.
  [[nodiscard]] virtual failure append(std::string_view id, std::uint64_t number,
                                       std::string_view bytes, std::uint64_t epoch,
                                       durability how) = 0;
  /// The upgrade has ended; kept against a loss of power.
  [[nodiscard]] virtual failure close(std::string_view id, std::string_view status,
                                      std::int64_t ended_us, std::uint64_t epoch) = 0;

  /// Newest first; of one scale set, or of all when it is empty.
  [[nodiscard]] virtual outcome<std::vector<upgrade_entry>>
  list(std::string_view scale_set) = 0;
  [[nodiscard]] virtual outcome<upgrade_entry> find(std::string_view id) = 0;
  [[nodiscard]] virtual outcome<std::string> header(std::string_view id) = 0;
  /// Hands on the records from `first`, in order, until `take` says false. A record
  /// that is missing between others is `damaged`.
  [[nodiscard]] virtual failure read(
    std::string_view id, std::uint64_t first,
    const std::function<bool(std::uint64_t number, std::string_view bytes)>& take) = 0;

  // -- words from elsewhere ------------------------------------------------------

  /// For whoever runs the upgrade; kept until it is taken.
  [[nodiscard]] virtual failure ask(std::string_view id, const request& what) = 0;
  /// What was asked and not taken yet, in order; it stays.
  [[nodiscard]] virtual outcome<std::vector<request>> requests(std::string_view id) = 0;
  /// Takes what was asked, in order; it is gone then.
  [[nodiscard]] virtual outcome<std::vector<request>>
  take_requests(std::string_view id) = 0;
};

/// Opens a SQLite store at `path`. Where there is none, one is made when `create`, but
/// not its folder; else that is `not_found`. One that may only be read is opened for
/// that unless `create`. Other processes of this machine may have it open as well.
[[nodiscard]] outcome<std::unique_ptr<upgrade_store>>
open_sqlite(const std::string& path, bool create);

/// Opens a PostgreSQL store: `connection` as libpq takes it
/// (`postgresql://host/base` or `host=… dbname=…`). Tables are made where they are
/// missing, in the schema `drydock`. A connection that was lost is made anew, once a
/// call. No text of an error has the password.
[[nodiscard]] outcome<std::unique_ptr<upgrade_store>>
open_postgresql(const std::string& connection);

/// A store that lives and dies with its object; for tests and simulations.
[[nodiscard]] std::unique_ptr<upgrade_store> make_memory_store();

} // namespace drydock::inline v1::store
