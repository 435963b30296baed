// SPDX-License-Identifier: Apache-2.0
// Upgrades, their records, and what others ask of them.
#include "places.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace drydock::test {

using store::durability;
using kind = store::store_error::kind;

TEST_CASE_TEMPLATE("an upgrade is found as it was made", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  std::string header = "more";
  header += '\0';
  header += numbered(7, 300'000);
  works(store->create(entry("u2", "web", 1'700'000'000'000'000), header, old.epoch));
  const auto found = get(store->find("u2"));
  CHECK(found.id == "u2");
  CHECK(found.scale_set == "web");
  CHECK(found.started_us == 1'700'000'000'000'000);
  CHECK(found.ended_us == 0);
  CHECK(found.status.empty());
  CHECK(found.records == 0);
  CHECK(get(store->header("u2")) == header);
  CHECK(get(store->header("u1")) == "header of u1");
}

TEST_CASE_TEMPLATE("two upgrades cannot have one id", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  CHECK(is(store->create(entry("u1"), "other", old.epoch), kind::refused));
  CHECK(get(store->header("u1")) == "header of u1");
  CHECK(get(store->list("")).size() == 1);
}

TEST_CASE_TEMPLATE("what is not there is not found", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  CHECK(is(store->find("u9"), kind::not_found));
  CHECK(is(store->header("u9"), kind::not_found));
  CHECK(is(store->read("u9", 1, [](auto, auto) { return true; }), kind::not_found));
  CHECK(
    is(store->append("u9", 1, "", old.epoch, durability::process), kind::not_found));
  CHECK(is(store->close("u9", "Completed", 1, old.epoch), kind::not_found));
  CHECK(is(store->ask("u9", {"cancel", "me", 1}), kind::not_found));
  CHECK(is(store->take_requests("u9"), kind::not_found));
}

TEST_CASE_TEMPLATE("lists have the newest first, of one scale set or of all", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  CHECK(get(store->list("")).empty());
  const auto web = get(store->acquire("web", owner("a"), 0, {})).epoch;
  const auto db = get(store->acquire("db", owner("a"), 0, {})).epoch;
  works(store->create(entry("w1", "web", 10), "", web));
  works(store->create(entry("w3", "web", 30), "", web));
  works(store->create(entry("d2", "db", 20), "", db));
  works(store->create(entry("w2", "web", 10), "", web));
  works(store->append("w3", 1, "x", web, durability::process));
  const auto ids = [](const std::vector<store::upgrade_entry>& all) {
    std::string result;
    for (const auto& one : all)
      result += one.id + (one.records == 0 ? " " : "* ");
    return result;
  };
  // Of two that began at one instant the later made is the newer.
  CHECK(ids(get(store->list(""))) == "w3* d2 w2 w1 ");
  CHECK(ids(get(store->list("web"))) == "w3* w2 w1 ");
  CHECK(ids(get(store->list("db"))) == "d2 ");
  CHECK(ids(get(store->list("none"))).empty());
}

TEST_CASE_TEMPLATE("records come back in order, byte for byte, from any number", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  std::vector<std::string> wanted;
  for (std::uint64_t number = 1; number <= 700; ++number) {
    wanted.push_back(numbered(number, number % 13 == 0 ? 0 : (number * 37) % 9000));
    works(store->append("u1", number, wanted.back(), old.epoch, durability::process));
  }
  CHECK(get(store->find("u1")).records == 700);
  CHECK(records(*store, "u1") == wanted);
  CHECK(records(*place.open(), "u1") == wanted);
  CHECK(records(*store, "u1", 699) == std::vector(wanted.end() - 2, wanted.end()));
  CHECK(records(*store, "u1", 701).empty());
  std::uint64_t seen = 0;
  works(store->read("u1", 0, [&](std::uint64_t number, std::string_view) {
    CHECK(number == ++seen);
    return number < 300;
  }));
  CHECK(seen == 300);
  // One that was left early does not hold up the next.
  works(store->append("u1", 701, "last", old.epoch, durability::power));
  CHECK(records(*store, "u1", 701) == std::vector<std::string>{"last"});
}

TEST_CASE_TEMPLATE("a record has the number after the last one's, or is refused", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  const auto append = [&](std::uint64_t number) {
    return store->append("u1", number, "x", old.epoch, durability::process);
  };
  CHECK(is(append(0), kind::refused));
  CHECK(is(append(2), kind::refused));
  works(append(1));
  CHECK(is(append(1), kind::refused));
  CHECK(is(append(3), kind::refused));
  works(append(2));
  CHECK(get(store->find("u1")).records == 2);
}

TEST_CASE_TEMPLATE("each upgrade counts its own records", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  works(store->create(entry("u2"), "", old.epoch));
  for (std::uint64_t number = 1; number <= 3; ++number) {
    works(store->append("u1", number, "of u1", old.epoch, durability::process));
    works(store->append("u2", number, "of u2", old.epoch, durability::power));
  }
  CHECK(records(*store, "u1") == std::vector<std::string>(3, "of u1"));
  CHECK(records(*store, "u2") == std::vector<std::string>(3, "of u2"));
}

TEST_CASE_TEMPLATE("the end of an upgrade is told in lists", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  works(store->append("u1", 1, "x", old.epoch, durability::process));
  works(store->close("u1", "Completed", 99, old.epoch));
  for (const auto& one : {get(store->find("u1")), get(store->list("")).at(0)}) {
    CHECK(one.status == "Completed");
    CHECK(one.ended_us == 99);
    CHECK(one.started_us == 10);
    CHECK(one.records == 1);
  }
}

TEST_CASE_TEMPLATE("a record of 20 MB is kept whole", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  const auto large = numbered(3, 20'000'000);
  works(store->append("u1", 1, large, old.epoch, durability::power));
  works(store->append("u1", 2, "small", old.epoch, durability::process));
  const auto all = records(*place.open(), "u1");
  REQUIRE(all.size() == 2);
  CHECK(all[0] == large);
}

TEST_CASE_TEMPLATE("10000 records are kept", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  for (std::uint64_t number = 1; number <= 10'000; ++number)
    works(store->append("u1", number, numbered(number, 90), old.epoch,
                        durability::process));
  const auto all = records(*store, "u1");
  REQUIRE(all.size() == 10'000);
  for (std::uint64_t number = 1; number <= all.size(); ++number)
    if (all[number - 1] != numbered(number, 90))
      FAIL("record " << number << " is another");
}

TEST_CASE_TEMPLATE("what is asked is handed over once, in order", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const auto elsewhere = place.open();
  const begun old(*store);
  works(store->create(entry("u2"), "", old.epoch));
  CHECK(get(store->take_requests("u1")).empty());
  works(elsewhere->ask("u1", {"cancel", "anna on tty1", 17}));
  works(elsewhere->ask("u1", {"cancel_now", "", 18}));
  works(elsewhere->ask("u2", {"cancel", "ben", 19}));
  for (int twice = 0; twice < 2; ++twice) { // who only looks takes nothing
    const auto seen = get(store->requests("u1"));
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].what == "cancel");
    CHECK(seen[0].by == "anna on tty1");
    CHECK(seen[1].asked_us == 18);
  }
  CHECK(is(store->requests("u9"), kind::not_found));
  const auto first = get(store->take_requests("u1"));
  REQUIRE(first.size() == 2);
  CHECK(first[0].what == "cancel");
  CHECK(first[0].by == "anna on tty1");
  CHECK(first[0].asked_us == 17);
  CHECK(first[1].what == "cancel_now");
  CHECK(get(store->take_requests("u1")).empty());
  CHECK(get(store->requests("u1")).empty());
  CHECK(get(elsewhere->take_requests("u1")).empty());
  CHECK(get(store->take_requests("u2")).size() == 1);
}

TEST_CASE_TEMPLATE("of two that take what is asked each gets a request of his own",
                   Place, DRYDOCK_STORES) {
  constexpr int asked = 60;
  Place place;
  const auto store = place.open();
  const begun old(*store);
  std::atomic<bool> all_asked = false;
  std::vector<std::string> got[2];
  std::vector<std::thread> threads;
  for (auto& mine : got)
    threads.emplace_back([&, handle = place.open()] {
      for (bool last = false; !last;) {
        last = all_asked;
        for (const auto& one : get(handle->take_requests("u1")))
          mine.push_back(one.what);
      }
    });
  for (int i = 0; i < asked; ++i)
    works(store->ask("u1", {"request " + std::to_string(100 + i), "", i}));
  all_asked = true;
  for (auto& one : threads)
    one.join();
  for (const auto& mine : got)
    CHECK(std::is_sorted(mine.begin(), mine.end()));
  auto together = got[0];
  together.insert(together.end(), got[1].begin(), got[1].end());
  std::sort(together.begin(), together.end());
  CHECK(std::unique(together.begin(), together.end()) == together.end());
  CHECK(together.size() == asked);
}

TEST_CASE_TEMPLATE("a reader sees whole records while another handle writes", Place,
                   DRYDOCK_STORES) {
  constexpr std::uint64_t count = 400;
  Place place;
  const auto store = place.open();
  const begun old(*store);
  store::failure failed;
  std::atomic<bool> written = false;
  std::thread writer([&, handle = place.open()] {
    for (std::uint64_t number = 1; number <= count && !failed; ++number)
      failed = handle->append("u1", number, numbered(number, 5000), old.epoch,
                              durability::process);
    written = true;
  });
  std::size_t before = 0;
  for (bool last = false; !last;) {
    last = written;
    const auto all = records(*store, "u1");
    CHECK(all.size() >= before);
    before = all.size();
    for (std::uint64_t number = 1; number <= all.size(); ++number)
      if (all[number - 1] != numbered(number, 5000))
        FAIL_CHECK("record " << number << " is another");
  }
  writer.join();
  works(failed);
  CHECK(before == count);
}

TEST_CASE_TEMPLATE("members may be called from many threads", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      const auto id = "own " + std::to_string(i);
      failures += store->create(entry(id.c_str()), "", old.epoch).has_value();
      for (std::uint64_t number = 1; number <= 50; ++number) {
        const auto how = number % 10 == 0 ? durability::power : durability::process;
        failures += store->append(id, number, id, old.epoch, how).has_value();
        failures += store->ask("u1", {id, "", 0}).has_value();
        failures += store->renew("web", old.epoch, 5000).has_value();
      }
    });
  for (auto& one : threads)
    one.join();
  CHECK(failures == 0);
  CHECK(get(store->take_requests("u1")).size() == 200);
  for (const char* id : {"own 0", "own 1", "own 2", "own 3"})
    CHECK(records(*store, id) == std::vector<std::string>(50, id));
}

} // namespace drydock::test
