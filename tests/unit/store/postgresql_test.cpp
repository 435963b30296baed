// SPDX-License-Identifier: Apache-2.0
// What is PostgreSQL's alone: what users get wrong, rights, versions.
#include "places.hpp"
#include "postgresql_schema.hpp"

#include <barrier>
#include <thread>

namespace drydock::test {

using store::durability;
using kind = store::store_error::kind;
using store::postgresql_connection;
using store::postgresql_step;

namespace {

std::string text_of(const store::outcome<std::unique_ptr<store::upgrade_store>>& x) {
  CHECK(is(x, kind::unavailable));
  const auto* failed = std::get_if<store::store_error>(&x);
  return failed == nullptr ? "" : failed->text;
}

} // namespace

TEST_CASE("postgresql: durability says what the server waits for") {
  postgresql_place place;
  postgresql_connection in;
  works(in.open(place.connection()));
  const auto setting = [&] {
    const auto rows =
      get(in.run("SELECT current_setting('synchronous_commit')::text", {}));
    return rows.string(0, 0);
  };
  works(in.keep(durability::process));
  CHECK(setting() == "off");
  works(in.keep(durability::power));
  CHECK(setting() == "on");
  works(in.open_again());
  works(in.keep(durability::process));
  CHECK(setting() == "off");
}

TEST_CASE("postgresql: a server that is not there is told, without the password") {
  for (const char* where : {"host=/nowhere dbname=x user=y password=s3cret",
                            "postgresql://y:s3cret@127.0.0.1:1/x",
                            "host=127.0.0.1 port=1 password=s3cret"}) {
    const auto text = text_of(store::open_postgresql(where));
    CHECK(has(text, "cannot reach the store: "));
    CHECK(text.find("s3cret") == std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("postgresql: a connection that says nothing is told, without the password") {
  for (const char* where : {"", "s3cret", "host=a s3cret", "postgresql://y:s3cret@[x/b",
                            "postgresql://h/b?passwort=s3cret"}) {
    const auto text = text_of(store::open_postgresql(where));
    CHECK(has(text, "postgresql://HOST/BASE"));
    CHECK(text.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("postgresql: a base or a user that is not there is told") {
  const auto where = postgresql_place::connection();
  CHECK(has(text_of(store::open_postgresql(where + " dbname=nobase")), "nobase"));
  CHECK(has(text_of(store::open_postgresql(where + " user=nouser")), "nouser"));
}

TEST_CASE("postgresql: a user without rights is told, and one with few can work") {
  postgresql_place place;
  place.sql("DROP ROLE IF EXISTS few");
  place.sql("CREATE ROLE few LOGIN");
  const auto where = place.connection() + " user=few";
  CHECK(has(text_of(store::open_postgresql(where)), "permission denied"));
  (void)begun(*place.open());
  place.sql("GRANT USAGE ON SCHEMA drydock TO few");
  place.sql("GRANT SELECT ON ALL TABLES IN SCHEMA drydock TO few");
  // Whoever may read can list; nobody has to be able to make tables.
  const auto in = get(store::open_postgresql(where));
  CHECK(get(in->list("")).size() == 1);
  const auto failed = in->ask("u1", {"cancel", "", 1});
  CHECK(is(failed, kind::unavailable));
  CHECK(has(failed->text, "permission denied"));
  place.sql("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA drydock TO few");
  works(in->ask("u1", {"cancel", "", 1}));
  const auto got = get(in->acquire("web", owner("b"), 2000, {}));
  works(in->append("u1", 1, "one", got.epoch, durability::power));
  place.sql("DROP SCHEMA drydock CASCADE");
  place.sql("DROP ROLE few");
}

TEST_CASE("postgresql: a server that takes no writes is told, and can be read") {
  postgresql_place place;
  (void)begun(*place.open());
  const auto in = get(store::open_postgresql(
    place.connection() + " options='-c default_transaction_read_only=on'"));
  const auto failed = in->acquire("web", owner("b"), 2000, {});
  CHECK(is(failed, kind::unavailable));
  CHECK(has(std::get<store::store_error>(failed).text, "takes no writes"));
  CHECK(get(in->find("u1")).id == "u1");
}

TEST_CASE(
  "postgresql: a holder that is stopped inside a transaction holds up others for "
  "some seconds only, and then they are told") {
  postgresql_place place;
  const auto in = place.open();
  const begun old(*in);
  postgresql_connection other;
  works(other.open(place.connection()));
  works(other.run("BEGIN; SELECT * FROM drydock.lease FOR UPDATE"));
  const auto failed = in->append("u1", 1, "one", old.epoch, durability::process);
  CHECK(is(failed, kind::unavailable));
  CHECK(has(failed->text, "another process"));
  works(other.run("ROLLBACK"));
  works(in->append("u1", 1, "one", old.epoch, durability::process));
}

TEST_CASE("postgresql: many that open a new store at once all get it") {
  for (int round = 0; round < 5; ++round) {
    constexpr int openers = 4;
    const postgresql_place place;
    std::barrier together(openers);
    std::array<std::string, openers> said;
    std::vector<std::thread> threads;
    threads.reserve(openers);
    for (auto& mine : said)
      threads.emplace_back([&] {
        together.arrive_and_wait();
        const auto opened = store::open_postgresql(postgresql_place::connection());
        if (const auto* failed = std::get_if<store::store_error>(&opened))
          mine = failed->text;
      });
    for (auto& one : threads)
      one.join();
    for (const auto& mine : said)
      CHECK(mine.empty());
  }
}

TEST_CASE("postgresql: tables that went away meanwhile are damage") {
  postgresql_place place;
  const auto in = place.open();
  const begun old(*in);
  place.sql("DROP TABLE drydock.record");
  CHECK(is(in->append("u1", 1, "one", old.epoch, durability::process), kind::damaged));
}

TEST_CASE("postgresql: a schema of a later version is told, and stays as it is") {
  postgresql_place place;
  (void)begun(*place.open());
  place.sql("UPDATE drydock.version SET version = 99");
  const auto failed = store::open_postgresql(place.connection());
  CHECK(is(failed, kind::newer));
  CHECK(has(std::get<store::store_error>(failed).text,
            "was written by a later version of drydock"));
  CHECK(place.sql("SELECT version FROM drydock.version") == "99");
  CHECK(place.sql("SELECT id FROM drydock.upgrade") == "u1");
}

TEST_CASE("postgresql: a schema is brought to a later version whole, or not at all") {
  postgresql_place place;
  (void)begun(*place.open());
  postgresql_connection in;
  works(in.open(place.connection()));
  const postgresql_step first = store::postgresql_steps()[0];
  const postgresql_step second = [](postgresql_connection& x) {
    return x.run("ALTER TABLE drydock.upgrade ADD COLUMN colour text DEFAULT 'red'");
  };
  const postgresql_step broken = [](postgresql_connection& x) {
    return x.run("DELETE FROM drydock.header; INSERT INTO nowhere VALUES (1)");
  };
  CHECK(store::migrate(in, std::array{first, second, broken}).has_value());
  CHECK(place.sql("SELECT version FROM drydock.version") == "1");
  CHECK(place.sql("SELECT count(*) FROM drydock.header") == "1");
  works(store::migrate(in, std::array{first, second}));
  CHECK(place.sql("SELECT version FROM drydock.version") == "2");
  CHECK(place.sql("SELECT colour FROM drydock.upgrade") == "red");
}

TEST_CASE("postgresql: a record that is missing between others is damage") {
  postgresql_place place;
  const auto in = place.open();
  const begun old(*in);
  for (std::uint64_t number = 1; number <= 5; ++number)
    works(in->append("u1", number, "x", old.epoch, durability::process));
  place.sql("DELETE FROM drydock.record WHERE number = 3");
  CHECK(is(in->read("u1", 1, [](auto, auto) { return true; }), kind::damaged));
}

} // namespace drydock::test
