// SPDX-License-Identifier: Apache-2.0
#include "places.hpp"

#include <cstdlib>

#include <libpq-fe.h>

namespace drydock::test {

temp_folder::temp_folder() {
  auto name =
    (std::filesystem::temp_directory_path() / "drydock-store-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

temp_folder::~temp_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::shared_ptr<store::upgrade_store> sqlite_place::open() {
  return get(store::open_sqlite(folder_ / "store.db", true));
}

postgresql_place::postgresql_place() {
  sql("DROP SCHEMA IF EXISTS drydock CASCADE");
}

std::shared_ptr<store::upgrade_store> postgresql_place::open() {
  return get(store::open_postgresql(connection()));
}

std::string postgresql_place::connection() {
  const auto* named = std::getenv("DRYDOCK_TEST_POSTGRESQL");
  if (named == nullptr)
    FAIL("DRYDOCK_TEST_POSTGRESQL names no server: run tests/store/with_postgresql.sh");
  return named;
}

std::string postgresql_place::sql(const char* text) {
  auto* server = PQconnectdb(connection().c_str());
  PQsetNoticeProcessor(
    server, [](void*, const char*) {}, nullptr);
  auto* result = PQexec(server, text);
  const auto status = PQresultStatus(result);
  INFO(PQerrorMessage(server));
  CHECK((status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK));
  std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  PQfinish(server);
  return value;
}

bool is(const store::failure& failed, store::store_error::kind what) {
  if (!failed)
    return false;
  INFO(failed->text);
  CHECK(!failed->text.empty());
  CHECK(failed->what == what);
  return failed->what == what;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

void works(const store::failure& failed) {
  if (failed)
    FAIL(failed->text);
}

store::lease owner(const char* name, std::int64_t expires_us) {
  return {0, name, std::string("host of ") + name, 4711, expires_us};
}

store::upgrade_entry entry(const char* id, const char* scale_set,
                           std::int64_t started_us) {
  return {id, scale_set, started_us, 0, "", 0};
}

begun::begun(store::upgrade_store& in)
  : epoch(get(in.acquire("web", owner("a"), 0, {})).epoch) {
  works(in.create(entry("u1"), "header of u1", epoch));
}

std::vector<std::string> records(store::upgrade_store& in, const char* id,
                                 std::uint64_t first) {
  std::vector<std::string> result;
  works(in.read(id, first, [&](std::uint64_t number, std::string_view bytes) {
    CHECK(number == first + result.size());
    result.emplace_back(bytes);
    return true;
  }));
  return result;
}

std::string numbered(std::uint64_t number, std::size_t size) {
  std::string result(size, '\0');
  for (std::size_t at = 0; at < size; ++at)
    result[at] = static_cast<char>((number * 31 + at) & 0xff);
  return result;
}

} // namespace drydock::test
