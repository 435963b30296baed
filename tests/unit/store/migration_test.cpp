// SPDX-License-Identifier: Apache-2.0
// Files of earlier and later versions.
#include "places.hpp"
#include "sqlite_schema.hpp"

#include <array>

namespace drydock::test {

using kind = store::store_error::kind;
using store::sqlite_connection;
using store::sqlite_step;

namespace {

// A file as the first version made it. It is not changed with the product.
constexpr const char* first_version = R"(
  CREATE TABLE lease (scale_set TEXT PRIMARY KEY, epoch INTEGER NOT NULL,
    owner TEXT NOT NULL, host TEXT NOT NULL, process INTEGER NOT NULL,
    expires_us INTEGER NOT NULL);
  CREATE TABLE upgrade (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    scale_set TEXT NOT NULL, started_us INTEGER NOT NULL, ended_us INTEGER NOT NULL,
    status TEXT NOT NULL);
  CREATE TABLE header (upgrade INTEGER PRIMARY KEY REFERENCES upgrade,
    bytes BLOB NOT NULL);
  CREATE TABLE record (upgrade INTEGER NOT NULL REFERENCES upgrade,
    number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (upgrade, number));
  CREATE TABLE request (number INTEGER PRIMARY KEY AUTOINCREMENT,
    upgrade INTEGER NOT NULL REFERENCES upgrade, what TEXT NOT NULL,
    asked_by TEXT NOT NULL, asked_us INTEGER NOT NULL);
  CREATE INDEX request_of_upgrade ON request (upgrade, number);
  INSERT INTO lease VALUES ('web', 7, 'a', 'h', 1, 1000);
  INSERT INTO upgrade VALUES (1, 'u1', 'web', 10, 0, '');
  INSERT INTO header VALUES (1, x'68656164');
  INSERT INTO record VALUES (1, 1, x'6f6e65'), (1, 2, x'74776f');
  INSERT INTO request (upgrade, what, asked_by, asked_us) VALUES (1, 'cancel', 'x', 3);
  PRAGMA application_id = 1146247492;
  PRAGMA user_version = 1;)";

struct open_file {
  explicit open_file(const std::string& path) { works(connection.open(path, true)); }
  std::string value(const char* sql) {
    store::sqlite_statement statement;
    works(statement.prepare(connection, sql));
    store::sqlite_use use(statement);
    const int code = use.step();
    return code == SQLITE_ROW ? use.string(0) : "nothing";
  }
  sqlite_connection connection;
};

store::failure second(sqlite_connection& x) {
  return x.run("ALTER TABLE upgrade ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';"
               "UPDATE upgrade SET colour = 'blue' WHERE id = 'u1'");
}
store::failure third(sqlite_connection& x) {
  return x.run("CREATE TABLE third (x); INSERT INTO third SELECT colour FROM upgrade");
}
store::failure broken(sqlite_connection& x) {
  if (auto failed = x.run("CREATE TABLE half (x); DELETE FROM record"))
    return failed;
  return x.run("INSERT INTO nowhere VALUES (1)");
}

const sqlite_step first = store::sqlite_steps()[0];

} // namespace

TEST_CASE("a file of the first version is read and written on") {
  temp_folder folder;
  const auto path = folder / "s.db";
  works(open_file(path).connection.run(first_version));
  const auto in = get(store::open_sqlite(path, false));
  const auto held = get(in->holder("web"));
  CHECK(held.owner == "a");
  CHECK(held.epoch == 7);
  CHECK(get(in->header("u1")) == "head");
  CHECK(records(*in, "u1") == std::vector<std::string>{"one", "two"});
  CHECK(get(in->take_requests("u1")).at(0).what == "cancel");
  works(in->append("u1", 3, "three", 7, store::durability::power));
}

TEST_CASE("a file is brought to a later version step by step, and keeps what it has") {
  temp_folder folder;
  open_file file(folder / "s.db");
  works(file.connection.run(first_version));
  constexpr std::array steps = {sqlite_step{}, sqlite_step{second}, sqlite_step{third}};
  works(store::migrate(file.connection, steps));
  CHECK(file.value("PRAGMA user_version") == "3");
  CHECK(file.value("SELECT x FROM third") == "blue");
  CHECK(file.value("SELECT count(*) FROM record") == "2");
  // Done already: no step is taken twice.
  works(store::migrate(file.connection, steps));
  CHECK(file.value("SELECT count(*) FROM third") == "1");
}

TEST_CASE("a new file goes through all steps") {
  temp_folder folder;
  open_file file(folder / "s.db");
  const std::array steps = {first, sqlite_step{second}, sqlite_step{third}};
  works(store::migrate(file.connection, steps));
  CHECK(file.value("PRAGMA user_version") == "3");
  CHECK(file.value("SELECT count(*) FROM third") == "0");
}

TEST_CASE("a step that fails leaves the file in its version") {
  temp_folder folder;
  open_file file(folder / "s.db");
  works(file.connection.run(first_version));
  const std::array steps = {first, sqlite_step{second}, sqlite_step{broken}};
  CHECK(store::migrate(file.connection, steps).has_value());
  CHECK(file.value("PRAGMA user_version") == "1");
  CHECK(file.value("SELECT count(*) FROM record") == "2");
  CHECK(file.value("SELECT count(*) FROM pragma_table_info('upgrade') "
                   "WHERE name = 'colour'")
        == "0");
  (void)get(store::open_sqlite(folder / "s.db", false));
}

TEST_CASE("a file of a later version is told, and stays as it is") {
  temp_folder folder;
  const auto path = folder / "s.db";
  {
    open_file file(path);
    works(file.connection.run(first_version));
    works(file.connection.run("PRAGMA user_version = 99; DROP TABLE record"));
  }
  const auto failed = store::open_sqlite(path, true);
  CHECK(is(failed, kind::newer));
  const auto text = std::get<store::store_error>(failed).text;
  CHECK(text.find(path + " was written by a later version of drydock") == 0);
  CHECK(open_file(path).value("PRAGMA journal_mode") == "delete");
  CHECK(open_file(path).value("PRAGMA user_version") == "99");
}

} // namespace drydock::test
