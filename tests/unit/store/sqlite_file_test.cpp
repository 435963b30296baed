// SPDX-License-Identifier: Apache-2.0
// What a SQLite store makes of the file it is given, and of the disk under it.
#include "child.hpp"
#include "places.hpp"
#include "sqlite_schema.hpp"

#include <barrier>
#include <fstream>
#include <thread>

#include <unistd.h>

namespace drydock::test {

using store::durability;
using kind = store::store_error::kind;

namespace {

std::string text_of(const store::outcome<std::unique_ptr<store::upgrade_store>>& x) {
  const auto* failed = std::get_if<store::store_error>(&x);
  return failed == nullptr ? "" : failed->text;
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void sql(const std::string& path, const char* text) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, text, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

} // namespace

TEST_CASE("a store that is not there is made only where it may be") {
  temp_folder folder;
  const auto path = folder / "s.db";
  const auto missing = store::open_sqlite(path, false);
  CHECK(is(missing, kind::not_found));
  CHECK(has(text_of(missing), path));
  CHECK(!std::filesystem::exists(path));
  (void)get(store::open_sqlite(path, true));
  CHECK(std::filesystem::exists(path));
  (void)get(store::open_sqlite(path, false));
}

TEST_CASE("a folder that is not there is told, and not made") {
  temp_folder folder;
  const auto path = folder / "no/s.db";
  const auto failed = store::open_sqlite(path, true);
  CHECK(is(failed, kind::unavailable));
  CHECK(has(text_of(failed), path));
  CHECK(has(text_of(failed), "folder"));
  CHECK(!std::filesystem::exists(folder / "no"));
}

TEST_CASE("names that mean something to SQLite are names of files") {
  temp_folder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  for (const char* name : {":memory:", "file:s.db?mode=memory", "s 1%41.db"}) {
    (void)get(store::open_sqlite(name, true));
    CHECK(std::filesystem::exists(folder / name));
  }
  std::filesystem::current_path(before);
}

TEST_CASE("a file of somebody else is told, and stays as it is") {
  temp_folder folder;
  const auto path = folder / "s.db";
  SUBCASE("a text") {
    write_file(path, std::string(5000, 'x'));
  }
  SUBCASE("a short text") {
    write_file(path, "kind = \"sqlite\"\n");
  }
  SUBCASE("a database of another program") {
    sql(path, "CREATE TABLE t (x); PRAGMA user_version = 1");
  }
  SUBCASE("a database that says what it is") {
    sql(path, "PRAGMA application_id = 77; CREATE TABLE t (x)");
  }
  const auto before = read_file(path);
  for (const bool create : {false, true}) {
    const auto failed = store::open_sqlite(path, create);
    CHECK(is(failed, kind::damaged));
    CHECK(has(text_of(failed), path));
    CHECK(has(text_of(failed), "no store of drydock"));
  }
  CHECK(read_file(path) == before);
}

TEST_CASE("a file that was begun and is empty becomes a store") {
  temp_folder folder;
  write_file(folder / "s.db", "");
  const auto in = get(store::open_sqlite(folder / "s.db", false));
  CHECK(get(in->list("")).empty());
}

TEST_CASE("pages that make no sense are damage, not an end") {
  temp_folder folder;
  const auto path = folder / "s.db";
  {
    const auto in = get(store::open_sqlite(path, true));
    const begun old(*in);
    for (std::uint64_t number = 1; number <= 50; ++number)
      works(in->append("u1", number, numbered(number, 3000), old.epoch,
                       durability::process));
  }
  auto bytes = read_file(path);
  REQUIRE(bytes.size() > 100'000);
  SUBCASE("overwritten") {
    for (std::size_t at = 4096; at < bytes.size(); ++at)
      bytes[at] = static_cast<char>(0x5a);
  }
  SUBCASE("cut off") {
    bytes.resize(20'000);
  }
  write_file(path, bytes);
  const auto opened = store::open_sqlite(path, false);
  store::failure failed;
  if (const auto* at_once = std::get_if<store::store_error>(&opened))
    failed = *at_once;
  else
    failed = std::get<0>(opened)->read("u1", 1, [](auto, auto) { return true; });
  REQUIRE(failed);
  CHECK(is(failed, kind::damaged));
  CHECK(has(failed->text, path));
  CHECK(has(failed->text, "backup"));
}

TEST_CASE("a record that is missing between others is damage") {
  temp_folder folder;
  const auto path = folder / "s.db";
  {
    const auto in = get(store::open_sqlite(path, true));
    const begun old(*in);
    for (std::uint64_t number = 1; number <= 5; ++number)
      works(in->append("u1", number, "x", old.epoch, durability::process));
  }
  sql(path, "DELETE FROM record WHERE number = 3");
  const auto in = get(store::open_sqlite(path, false));
  std::uint64_t seen = 0;
  const auto failed = in->read("u1", 1, [&](std::uint64_t number, std::string_view) {
    seen = number;
    return true;
  });
  CHECK(is(failed, kind::damaged));
  CHECK(seen == 2);
}

TEST_CASE("many that open a new store at once all get it") {
  for (int round = 0; round < 10; ++round) {
    constexpr int openers = 4;
    temp_folder folder;
    std::barrier together(openers);
    std::array<std::string, openers> said;
    std::vector<std::thread> threads;
    threads.reserve(openers);
    for (auto& mine : said)
      threads.emplace_back([&] {
        together.arrive_and_wait();
        const auto opened = store::open_sqlite(folder / "s.db", true);
        mine = text_of(opened);
      });
    for (auto& one : threads)
      one.join();
    for (const auto& mine : said)
      CHECK(mine.empty());
  }
}

TEST_CASE("what may not be written is told before anything is begun, and can be read") {
  temp_folder folder;
  const auto path = folder / "s.db";
  {
    const auto in = get(store::open_sqlite(path, true));
    const begun old(*in);
  }
  using std::filesystem::perms;
  std::filesystem::permissions(folder.path(), perms::all);
  std::filesystem::permissions(path, perms::owner_read | perms::others_read);
  const auto to_write =
    said_by_nobody([&] { return text_of(store::open_sqlite(path, true)); });
  CHECK(has(to_write, path));
  CHECK(has(to_write, "may not be written"));
  const auto to_read = said_by_nobody([&] {
    const auto opened = store::open_sqlite(path, false);
    if (opened.index() == 1)
      return text_of(opened);
    auto& in = *std::get<0>(opened);
    const auto all = in.list("");
    const auto failed = in.ask("u1", {"cancel", "", 1});
    return (all.index() == 0 ? std::get<0>(all).at(0).id : "?") + ", "
           + (failed ? failed->text : "?");
  });
  CHECK(has(to_read, "u1, "));
  CHECK(has(to_read, "may not be written"));
}

TEST_CASE("a folder that may not be written is told") {
  temp_folder folder;
  using std::filesystem::perms;
  std::filesystem::permissions(folder.path(), perms::owner_all | perms::others_read
                                                | perms::others_exec);
  const auto path = folder / "s.db";
  const auto failed =
    said_by_nobody([&] { return text_of(store::open_sqlite(path, true)); });
  CHECK(has(failed, path));
  CHECK(has(failed, "writable"));
}

TEST_CASE("on a full disk nothing is lost, and with room the upgrade goes on") {
  temp_folder folder;
  const auto path = folder / "s.db";
  const auto said = said_on_small_disk(folder.path(), 1 << 20, [&]() -> std::string {
    const auto ballast = folder / "ballast";
    write_file(ballast, std::string(300'000, 'x'));
    const auto in = get(store::open_sqlite(path, true));
    const begun old(*in);
    std::uint64_t number = 0;
    store::failure failed;
    while (!failed && number < 1000) {
      ++number;
      const auto how = number % 2 == 0 ? durability::power : durability::process;
      failed = in->append("u1", number, numbered(number, 10'000), old.epoch, how);
    }
    if (!failed)
      return "the disk was never full";
    auto result = failed->text + "\n";
    const auto kept = records(*in, "u1").size();
    std::filesystem::remove(ballast);
    failed = in->append("u1", number, "more", old.epoch, durability::power);
    result += failed ? failed->text : "went on";
    result += kept == number - 1 ? ", nothing lost" : ", lost";
    return result;
  });
  if (said.empty()) {
    MESSAGE("no disk may be mounted here: the faulty disk is full in its place");
    return;
  }
  CHECK(said
        == "the disk of the store " + path
             + " is full: make room on it and resume the upgrade\n"
               "went on, nothing lost");
}

} // namespace drydock::test
