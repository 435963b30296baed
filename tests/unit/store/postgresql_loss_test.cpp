// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL store whose connections, answers and server are lost, and whose process.
#include "child.hpp"
#include "lossy_relay.hpp"
#include "places.hpp"

#include <atomic>
#include <thread>

#include <unistd.h>

namespace drydock::test {

using store::durability;
using kind = store::store_error::kind;

namespace {

/// Ends every other connection of the server.
void cut() {
  postgresql_place::sql("SELECT count(pg_terminate_backend(pid, 5000)) "
                        "FROM pg_stat_activity "
                        "WHERE pid <> pg_backend_pid() AND backend_type = 'client "
                        "backend'");
}

void restart() {
  const auto* command = std::getenv("DRYDOCK_TEST_POSTGRESQL_RESTART");
  REQUIRE(command != nullptr);
  REQUIRE(std::system(command) == 0);
}

template <class T>
bool is_lost(const store::outcome<T>& x) {
  const auto* failed = std::get_if<store::store_error>(&x);
  return failed != nullptr && failed->what == kind::unavailable;
}

} // namespace

TEST_CASE("postgresql: a connection that was lost between calls is made anew") {
  postgresql_place place;
  const auto in = place.open();
  const begun old(*in);
  cut();
  works(in->append("u1", 1, "one", old.epoch, durability::power));
  cut();
  works(in->renew("web", old.epoch, 9000));
  cut();
  CHECK(get(in->holder("web")).expires_us == 9000);
  cut();
  CHECK(get(in->acquire("web", owner("a"), 0, {})).epoch == old.epoch);
  cut();
  works(in->create(entry("u2"), "header", old.epoch));
  cut();
  works(in->ask("u2", {"cancel", "", 1}));
  cut();
  CHECK(get(in->take_requests("u2")).size() == 1);
  cut();
  works(in->close("u2", "Completed", 1, old.epoch));
  cut();
  CHECK(records(*in, "u1") == std::vector<std::string>{"one"});
  cut();
  works(in->release("web", old.epoch));
}

TEST_CASE(
  "postgresql: connections that are cut at any moment lose and double no record") {
  constexpr std::uint64_t count = 300;
  postgresql_place place;
  const auto in = place.open();
  const begun old(*in);
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> cuts = 0;
  std::thread cutter([&] {
    while (!done) {
      cut();
      ++cuts;
    }
  });
  for (std::uint64_t number = 1; number <= count;) {
    const auto failed =
      in->append("u1", number, numbered(number, 3000), old.epoch,
                 number % 2 ? durability::process : durability::power);
    // Cut twice in one call: whether it is there is to be looked up.
    if (!failed) {
      ++number;
      continue;
    }
    CHECK(failed->what == kind::unavailable);
    const auto found = in->find("u1");
    if (const auto* kept = std::get_if<store::upgrade_entry>(&found)) {
      CHECK(kept->records + 1 >= number);
      CHECK(kept->records <= number);
      number = kept->records + 1;
    }
  }
  done = true;
  cutter.join();
  CHECK(cuts > 0);
  const auto all = records(*place.open(), "u1");
  REQUIRE(all.size() == count);
  for (std::uint64_t number = 1; number <= count; ++number)
    if (all[number - 1] != numbered(number, 3000))
      FAIL("record " << number << " is another");
}

TEST_CASE("postgresql: an answer that is lost does nothing twice, and loses nothing") {
  // More than any call waits for, connecting anew included.
  constexpr int answers = 12;
  int lost = 0;
  for (int number = 1; number <= answers; ++number)
    for (const bool is_first : {false, true}) {
      INFO("answer " << number << ", " << is_first);
      postgresql_place place;
      lossy_relay relay;
      const auto in = get(store::open_postgresql(relay.connection()));
      const auto lose = [&](int which) {
        lost += relay.has_lost();
        relay.lose_answer(which);
      };
      // Statements are prepared the first time: then there are more answers.
      const auto warm = get(in->acquire("db", owner("a"), 0, {}));
      if (!is_first) {
        works(in->create(entry("w1", "db"), "", warm.epoch));
        works(in->append("w1", 1, "x", warm.epoch, durability::power));
        works(in->close("w1", "Completed", 1, warm.epoch));
        works(in->release("db", warm.epoch));
      }
      lose(number);
      const auto held = get(in->acquire("web", owner("a"), 0, {}));
      CHECK(held.owner == "a");
      CHECK(held.epoch == 1);
      lose(number);
      works(in->create(entry("u1"), "header", held.epoch));
      lose(number);
      works(in->append("u1", 1, "one", held.epoch, durability::power));
      lose(number);
      works(in->append("u1", 2, "two", held.epoch, durability::process));
      // Lost here, it could not be told from one that was to be done.
      lose(0);
      CHECK(
        is(in->append("u1", 2, "two", held.epoch, durability::process), kind::refused));
      lose(number);
      works(in->renew("web", held.epoch, 7000));
      lose(number);
      works(in->close("u1", "Completed", 9, held.epoch));
      lose(number);
      CHECK(records(*in, "u1") == std::vector<std::string>{"one", "two"});
      lose(number);
      works(in->release("web", held.epoch));
      lose(number);
      const auto all = get(in->list("web"));
      REQUIRE(all.size() == 1);
      CHECK(all[0].status == "Completed");
      CHECK(get(in->holder("web")).owner.empty());
      lose(0);
    }
  CHECK(lost > 50);
}

TEST_CASE(
  "postgresql: a request whose answer is lost is told, one that is taken comes") {
  for (int number = 1; number <= 6; ++number) {
    INFO("answer " << number);
    postgresql_place place;
    lossy_relay relay;
    const auto in = get(store::open_postgresql(relay.connection()));
    const auto elsewhere = place.open();
    const begun old(*elsewhere);
    relay.lose_answer(number);
    const auto failed = in->ask("u1", {"cancel", "", 1});
    if (failed)
      CHECK(is(failed, kind::unavailable));
    relay.lose_answer(0);
    const auto asked = get(elsewhere->take_requests("u1")).size();
    CHECK(asked <= 1);
    CHECK((failed || asked == 1));
    works(elsewhere->ask("u1", {"cancel_now", "", 1}));
    relay.lose_answer(number);
    auto taken = in->take_requests("u1");
    relay.lose_answer(0);
    if (is_lost(taken))
      taken = in->take_requests("u1");
    REQUIRE(get(taken).size() == 1);
    CHECK(get(taken)[0].what == "cancel_now");
  }
}

TEST_CASE("postgresql: after the server fell and rose what was kept against a loss of "
          "power is there") {
  postgresql_place place;
  const auto in = place.open();
  const begun old(*in);
  for (std::uint64_t number = 1; number <= 20; ++number)
    works(
      in->append("u1", number, numbered(number, 500), old.epoch, durability::process));
  works(in->append("u1", 21, numbered(21, 500), old.epoch, durability::power));
  restart();
  REQUIRE(records(*in, "u1").size() == 21);
  CHECK(get(in->holder("web")).epoch == old.epoch);
  works(in->append("u1", 22, "more", old.epoch, durability::power));
}

TEST_CASE(
  "postgresql: of a process that is killed while it writes, each record is there "
  "whole") {
  postgresql_place place;
  (void)begun(*place.open());
  std::size_t confirmed = 0;
  for (int round = 0; round < 8; ++round) {
    const auto name = "owner " + std::to_string(round);
    const auto first = confirmed + 1;
    child writer([&](int to) {
      const auto in = store::open_postgresql(postgresql_place::connection());
      if (in.index() != 0)
        return;
      auto& out = *std::get<0>(in);
      const auto got =
        out.acquire("web", owner(name.c_str()), 0, [](const auto&) { return true; });
      if (got.index() != 0)
        return;
      for (std::uint64_t number = first;; ++number)
        if (out.append("u1", number, numbered(number, 2000), std::get<0>(got).epoch,
                       durability::process)
            || ::write(to, "+", 1) != 1)
          return;
    });
    confirmed += writer.read(1 + static_cast<std::size_t>(round) * 3).size();
    writer.kill();
    writer.reap();
    confirmed += writer.read_all().size();
    REQUIRE(confirmed >= first);
    // A take-over waits for what the dead process had begun.
    const auto in = place.open();
    (void)get(in->acquire("web", owner("judge"), 0, [](const auto&) { return true; }));
    const auto all = records(*in, "u1");
    CHECK(all.size() >= confirmed);
    CHECK(all.size() <= confirmed + 1);
    for (std::uint64_t number = 1; number <= all.size(); ++number)
      CHECK(all[number - 1] == numbered(number, 2000));
    confirmed = all.size();
  }
}

} // namespace drydock::test
