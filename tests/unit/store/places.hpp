// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/store/store.hpp"

#include <doctest/doctest.h>

#include <filesystem>

namespace drydock::test {

/// A folder of its own, gone with its object.
class temp_folder {
public:
  temp_folder();
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;
  ~temp_folder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const char* name) const {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

// Where a store may be kept; each `open` of one place gives a handle on the same
// store, which is empty at first.

class memory_place {
public:
  [[nodiscard]] std::shared_ptr<store::upgrade_store> open() { return store_; }

private:
  std::shared_ptr<store::upgrade_store> store_ = store::make_memory_store();
};

class sqlite_place {
public:
  [[nodiscard]] std::shared_ptr<store::upgrade_store> open();

private:
  temp_folder folder_;
};

/// The server that tests/store/with_postgresql.sh has started: its schema `drydock`,
/// which is made anew.
class postgresql_place {
public:
  postgresql_place();
  [[nodiscard]] std::shared_ptr<store::upgrade_store> open();

  /// How the server is reached.
  [[nodiscard]] static std::string connection();
  /// The first value of what a superuser asks; empty where there is none.
  static std::string sql(const char* text);
};

/// The value, or the end of the test.
template <class T>
T get(store::outcome<T> from) {
  if (const auto* failed = std::get_if<store::store_error>(&from))
    FAIL(failed->text);
  return std::get<T>(std::move(from));
}

/// Whether a call failed as it was to.
[[nodiscard]] bool is(const store::failure& failed, store::store_error::kind what);
template <class T>
[[nodiscard]] bool is(const store::outcome<T>& from, store::store_error::kind what) {
  const auto* failed = std::get_if<store::store_error>(&from);
  return failed != nullptr && is(store::failure(*failed), what);
}
/// Whether `part` is in `text`.
[[nodiscard]] bool has(const std::string& text, const std::string& part);
/// Fails the test with the text of the failure.
void works(const store::failure& failed);

[[nodiscard]] store::lease owner(const char* name, std::int64_t expires_us = 1000);
[[nodiscard]] store::upgrade_entry entry(const char* id, const char* scale_set = "web",
                                         std::int64_t started_us = 10);

/// `a` has the lease of `web`, and upgrade `u1` has begun.
struct begun {
  explicit begun(store::upgrade_store& in);
  std::uint64_t epoch = 0;
};

/// All records from `first`.
[[nodiscard]] std::vector<std::string> records(store::upgrade_store& in, const char* id,
                                               std::uint64_t first = 1);
/// A record that tells its number, of `size` bytes, with zero bytes among them.
[[nodiscard]] std::string numbered(std::uint64_t number, std::size_t size);

} // namespace drydock::test

TYPE_TO_STRING(drydock::test::memory_place);
TYPE_TO_STRING(drydock::test::sqlite_place);
TYPE_TO_STRING(drydock::test::postgresql_place);
#define DRYDOCK_STORES                                                                 \
  drydock::test::memory_place, drydock::test::sqlite_place,                            \
    drydock::test::postgresql_place
