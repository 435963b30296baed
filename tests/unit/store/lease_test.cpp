// SPDX-License-Identifier: Apache-2.0
// Who gets the lease of a scale set, and that nobody else writes.
#include "places.hpp"

#include <atomic>
#include <barrier>
#include <thread>

namespace drydock::test {

using store::durability;
using store::lease;
using kind = store::store_error::kind;

TEST_CASE_TEMPLATE("a lease that nobody had goes to who asks, with epoch 1", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const auto before = get(store->holder("web"));
  CHECK(before.epoch == 0);
  CHECK(before.owner.empty());
  const auto got = get(store->acquire("web", owner("a", 500), 0, {}));
  for (const auto& one : {got, get(store->holder("web"))}) {
    CHECK(one.epoch == 1);
    CHECK(one.owner == "a");
    CHECK(one.host == "host of a");
    CHECK(one.process == 4711);
    CHECK(one.expires_us == 500);
  }
}

TEST_CASE_TEMPLATE("a lease that somebody has stays his until the instant it ends",
                   Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  (void)get(store->acquire("web", owner("a", 500), 0, {}));
  const auto refused = get(store->acquire("web", owner("b", 900), 499, {}));
  CHECK(refused.owner == "a");
  CHECK(refused.epoch == 1);
  CHECK(refused.expires_us == 500);
  const auto got = get(store->acquire("web", owner("b", 900), 500, {}));
  CHECK(got.owner == "b");
  CHECK(got.epoch == 2);
  CHECK(got.expires_us == 900);
}

TEST_CASE_TEMPLATE("an owner that asks again keeps his epoch, with another end", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  (void)get(store->acquire("web", owner("a", 500), 0, {}));
  const auto again = get(store->acquire("web", owner("a", 800), 100, {}));
  CHECK(again.epoch == 1);
  CHECK(get(store->holder("web")).expires_us == 800);
}

TEST_CASE_TEMPLATE("the lease of a dead owner is taken over before it ends", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  (void)get(store->acquire("web", owner("a", 500), 0, {}));
  std::string asked;
  const auto alive = [&](const lease& held) {
    asked = held.owner + " of " + held.host;
    return false;
  };
  CHECK(get(store->acquire("web", owner("b"), 1, alive)).owner == "a");
  CHECK(asked == "a of host of a");
  const auto dead = [](const lease& held) { return held.process == 4711; };
  const auto got = get(store->acquire("web", owner("b"), 1, dead));
  CHECK(got.owner == "b");
  CHECK(got.epoch == 2);
}

TEST_CASE_TEMPLATE("a lease given up goes to the next, the same owner included", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  (void)get(store->acquire("web", owner("a"), 0, {}));
  works(store->release("web", 1));
  const auto nobody = get(store->holder("web"));
  CHECK(nobody.owner.empty());
  CHECK(nobody.epoch == 1);
  CHECK(get(store->acquire("web", owner("a"), 0, {})).epoch == 2);
  works(store->release("web", 1)); // of the first time: nothing happens
  CHECK(get(store->holder("web")).owner == "a");
  works(store->release("web", 2));
  CHECK(get(store->acquire("web", owner("b"), 0, {})).epoch == 3);
}

TEST_CASE_TEMPLATE("only the owner moves the end of his lease", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  CHECK(is(store->renew("web", 0, 700), kind::not_the_owner));
  (void)get(store->acquire("web", owner("a", 500), 0, {}));
  works(store->renew("web", 1, 700));
  CHECK(get(store->holder("web")).expires_us == 700);
  // Late, but nobody took it meanwhile.
  works(store->renew("web", 1, 900));
  (void)get(store->acquire("web", owner("b", 2000), 900, {}));
  CHECK(is(store->renew("web", 1, 3000), kind::not_the_owner));
  CHECK(get(store->holder("web")).expires_us == 2000);
  works(store->release("web", 2));
  CHECK(is(store->renew("web", 2, 3000), kind::not_the_owner));
}

TEST_CASE_TEMPLATE("scale sets have leases of their own", Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  CHECK(get(store->acquire("web", owner("a"), 0, {})).owner == "a");
  CHECK(get(store->acquire("db", owner("b"), 0, {})).owner == "b");
  works(store->release("db", 1));
  CHECK(get(store->holder("web")).owner == "a");
}

TEST_CASE_TEMPLATE("who lost the lease writes nothing any more", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const begun old(*store);
  works(store->append("u1", 1, "one", old.epoch, durability::process));
  const auto taken = get(store->acquire("web", owner("b"), 1000, {}));
  REQUIRE(taken.epoch == old.epoch + 1);
  for (const auto how : {durability::process, durability::power})
    CHECK(is(store->append("u1", 2, "two", old.epoch, how), kind::not_the_owner));
  CHECK(is(store->create(entry("u2"), "", old.epoch), kind::not_the_owner));
  CHECK(is(store->close("u1", "Completed", 99, old.epoch), kind::not_the_owner));
  CHECK(records(*store, "u1") == std::vector<std::string>{"one"});
  CHECK(get(store->list("")).size() == 1);
  CHECK(get(store->find("u1")).status.empty());
  works(store->append("u1", 2, "two of b", taken.epoch, durability::process));
  CHECK(records(*store, "u1", 2) == std::vector<std::string>{"two of b"});
}

TEST_CASE_TEMPLATE("an epoch of nobody, of the future or given up writes nothing",
                   Place, DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  CHECK(is(store->create(entry("u0"), "", 0), kind::not_the_owner));
  const begun old(*store);
  CHECK(is(store->append("u1", 1, "", old.epoch + 1, durability::process),
           kind::not_the_owner));
  CHECK(is(store->append("u1", 1, "", 0, durability::process), kind::not_the_owner));
  works(store->release("web", old.epoch));
  CHECK(is(store->append("u1", 1, "", old.epoch, durability::process),
           kind::not_the_owner));
  CHECK(is(store->close("u1", "Completed", 99, old.epoch), kind::not_the_owner));
  CHECK(is(store->create(entry("u2"), "", old.epoch), kind::not_the_owner));
}

TEST_CASE_TEMPLATE("a lease that has ended is good until somebody takes it", Place,
                   DRYDOCK_STORES) {
  Place place;
  const auto store = place.open();
  const auto got = get(store->acquire("web", owner("a", 5), 0, {}));
  works(store->create(entry("u1"), "", got.epoch));
  works(store->append("u1", 1, "one", got.epoch, durability::process));
}

TEST_CASE_TEMPLATE("of many that ask at once exactly one gets the lease", Place,
                   DRYDOCK_STORES) {
  constexpr int askers = 4;
  constexpr int rounds = 10;
  Place place;
  std::vector<std::shared_ptr<store::upgrade_store>> stores;
  stores.reserve(askers);
  for (int i = 0; i < askers; ++i)
    stores.push_back(place.open());
  std::barrier together(askers);
  std::array<std::atomic<int>, rounds> winners{};
  std::array<std::atomic<int>, rounds> told_of_winner{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < askers; ++i)
    threads.emplace_back([&, i] {
      const auto name = "owner " + std::to_string(i);
      for (std::size_t round = 0; round < rounds; ++round) {
        together.arrive_and_wait();
        const auto scale_set = "set " + std::to_string(round);
        const auto got = stores[i]->acquire(scale_set, owner(name.c_str()), 0, {});
        if (const auto* held = std::get_if<lease>(&got)) {
          winners[round] += held->owner == name;
          told_of_winner[round] += held->epoch == 1 && !held->owner.empty();
        }
      }
    });
  for (auto& one : threads)
    one.join();
  for (std::size_t round = 0; round < rounds; ++round) {
    CHECK(winners[round] == 1);
    CHECK(told_of_winner[round] == askers);
  }
}

TEST_CASE_TEMPLATE("nothing of the old owner comes after the first of the new one",
                   Place, DRYDOCK_STORES) {
  Place place;
  const auto old_store = place.open();
  const auto new_store = place.open();
  const begun old(*old_store);
  std::atomic<std::uint64_t> written = 0;
  store::failure last;
  std::thread writer([&] {
    for (std::uint64_t number = 1; !last; ++number) {
      last = old_store->append("u1", number, "old", old.epoch, durability::process);
      if (!last)
        written = number;
    }
  });
  while (written < 20)
    std::this_thread::yield();
  const auto taken = get(new_store->acquire("web", owner("b"), 1000, {}));
  const auto at = get(new_store->find("u1")).records;
  const auto first =
    new_store->append("u1", at + 1, "new", taken.epoch, durability::process);
  writer.join();
  works(first);
  CHECK(last->what == kind::not_the_owner);
  const auto all = records(*new_store, "u1");
  REQUIRE(all.size() == at + 1);
  CHECK(written == at);
  for (std::size_t i = 0; i < at; ++i)
    CHECK(all[i] == "old");
  CHECK(all.back() == "new");
}

} // namespace drydock::test
