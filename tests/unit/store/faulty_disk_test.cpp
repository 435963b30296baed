// SPDX-License-Identifier: Apache-2.0
// A SQLite store on a disk that is full, fails, tears writes, or loses its power.
#include "places.hpp"
#include "store/faulty_disk.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace drydock::test {

using store::durability;
using kind = store::store_error::kind;
using fault = faulty_disk::fault;

namespace {

/// What a run of the store was told to have done.
struct confirmed {
  bool opened = false;
  bool leased = false;
  std::map<std::string, std::uint64_t> records;
  std::string ended;
  std::size_t asked = 0;
  /// The first failure; nothing was tried after it.
  store::failure failed;
};

std::string bytes_of(const std::string& id, std::uint64_t number) {
  return id + numbered(number, (number * 1009) % 7000);
}

/// Two upgrades one after the other, as far as the disk goes along.
confirmed use(const std::string& path) {
  confirmed done;
  auto opened = store::open_sqlite(path, true);
  if (const auto* failed = std::get_if<store::store_error>(&opened)) {
    done.failed = *failed;
    return done;
  }
  done.opened = true;
  auto& in = *std::get<0>(opened);
  const auto got = in.acquire("web", owner("a"), 0, {});
  if (const auto* failed = std::get_if<store::store_error>(&got)) {
    done.failed = *failed;
    return done;
  }
  done.leased = true;
  const auto epoch = std::get<store::lease>(got).epoch;
  for (const std::string id : {"u1", "u2"}) {
    if ((done.failed = in.create(entry(id.c_str()), numbered(5, 9000), epoch)))
      return done;
    done.records[id] = 0;
    for (std::uint64_t number = 1; number <= 6; ++number) {
      const auto how = number % 3 == 0 ? durability::power : durability::process;
      if ((done.failed = in.append(id, number, bytes_of(id, number), epoch, how)))
        return done;
      done.records[id] = number;
    }
    if ((done.failed = in.ask(id, {"cancel", "me", 1})))
      return done;
    ++done.asked;
    if ((done.failed = in.close(id, "Completed", 9, epoch)))
      return done;
    done.ended = id;
  }
  return done;
}

/// Everything that was confirmed is there, whole, and no more than one step beyond.
void check_kept(const std::string& path, const confirmed& done) {
  const auto in = get(store::open_sqlite(path, true));
  if (done.leased)
    CHECK(get(in->holder("web")).owner == "a");
  const auto all = get(in->list(""));
  CHECK(all.size() >= done.records.size());
  CHECK(all.size() <= done.records.size() + 1);
  std::size_t asked = 0;
  for (const auto& one : all) {
    const auto known = done.records.find(one.id);
    const auto least = known == done.records.end() ? 0 : known->second;
    CHECK(get(in->header(one.id)) == numbered(5, 9000));
    const auto kept = records(*in, one.id.c_str());
    CHECK(kept.size() == one.records);
    CHECK(kept.size() >= least);
    CHECK(kept.size() <= least + 1);
    for (std::uint64_t number = 1; number <= kept.size(); ++number)
      CHECK(kept[number - 1] == bytes_of(one.id, number));
    if (one.id <= done.ended)
      CHECK(one.status == "Completed");
    asked += get(in->take_requests(one.id)).size();
  }
  CHECK(asked >= done.asked);
  CHECK(asked <= done.asked + 1);
}

/// Goes on where `done` ended, as a run that resumes does.
void go_on(const std::string& path) {
  const auto in = get(store::open_sqlite(path, true));
  const auto epoch = get(in->acquire("web", owner("b"), 5000, {})).epoch;
  works(in->create(entry("u3"), "", epoch));
  for (const auto& one : get(in->list("")))
    works(in->append(one.id, one.records + 1, "more", epoch, durability::power));
  for (const auto& one : get(in->list("")))
    CHECK(records(*in, one.id.c_str()).back() == "more");
}

} // namespace

TEST_CASE("whichever write fails, what was confirmed is there and the rest is not half "
          "there") {
  constexpr std::array kinds = {fault::full, fault::failed, fault::torn};
  for (const auto what : kinds)
    for (const bool for_good : {false, true}) {
      std::uint64_t number = 0;
      for (bool reached = true; reached;) {
        ++number;
        INFO("write " << number << " of kind " << static_cast<int>(what) << ", "
                      << for_good);
        temp_folder folder;
        faulty_disk disk;
        disk.fail_write(number, what, for_good);
        const auto done = use(folder / "s.db");
        reached = disk.has_failed();
        if (done.failed) {
          CHECK(is(done.failed, kind::unavailable));
          CHECK(done.failed->text.find(folder / "s.db") != std::string::npos);
          if (what == fault::full)
            CHECK(done.failed->text.find("is full") != std::string::npos);
        }
        disk.heal();
        check_kept(folder / "s.db", done);
        go_on(folder / "s.db");
      }
      // One of each statement at the least.
      CHECK(number > 50);
    }
}

TEST_CASE("whichever flush fails, what was confirmed is there") {
  for (const bool for_good : {false, true}) {
    std::uint64_t number = 0;
    for (bool reached = true; reached;) {
      ++number;
      INFO("flush " << number << ", " << for_good);
      temp_folder folder;
      faulty_disk disk;
      disk.fail_sync(number, for_good);
      const auto done = use(folder / "s.db");
      reached = disk.has_failed();
      if (done.failed)
        CHECK(is(done.failed, kind::unavailable));
      disk.heal();
      check_kept(folder / "s.db", done);
      go_on(folder / "s.db");
    }
    CHECK(number > 8);
  }
}

TEST_CASE("a record that did not fit is written again once there is room") {
  temp_folder folder;
  faulty_disk disk;
  const auto in = get(store::open_sqlite(folder / "s.db", true));
  const begun old(*in);
  std::uint64_t last = 0;
  for (std::uint64_t number = 1; number <= 40; ++number) {
    disk.fail_write(1 + number % 9, fault::full, true);
    const auto failed =
      in->append("u1", number, bytes_of("u1", number), old.epoch,
                 number % 2 == 0 ? durability::power : durability::process);
    if (failed) {
      CHECK(is(failed, kind::unavailable));
      CHECK(get(in->find("u1")).records == last);
      disk.heal();
      works(in->append("u1", number, bytes_of("u1", number), old.epoch,
                       durability::process));
    }
    disk.heal();
    last = number;
  }
  const auto all = records(*in, "u1");
  REQUIRE(all.size() == 40);
  for (std::uint64_t number = 1; number <= 40; ++number)
    CHECK(all[number - 1] == bytes_of("u1", number));
}

TEST_CASE("only what is kept against a loss of power waits for the disk") {
  temp_folder folder;
  faulty_disk disk;
  const auto in = get(store::open_sqlite(folder / "s.db", true));
  const begun old(*in);
  works(in->append("u1", 1, "one", old.epoch, durability::power));
  const auto before = disk.syncs();
  for (std::uint64_t number = 2; number <= 100; ++number)
    works(in->append("u1", number, numbered(number, 10'000), old.epoch,
                     durability::process));
  CHECK(disk.syncs() == before);
  for (std::uint64_t number = 101; number <= 110; ++number)
    works(in->append("u1", number, "x", old.epoch, durability::power));
  CHECK(disk.syncs() == before + 10);
}

TEST_CASE("what is kept against a loss of power is there after one") {
  std::uint64_t lost = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 chance(seed);
    temp_folder folder;
    const auto path = folder / "s.db";
    faulty_disk disk;
    std::uint64_t written = 0;
    for (int outage = 0; outage < 3; ++outage) {
      auto in = get(store::open_sqlite(path, true));
      const auto epoch = get(in->acquire("web", owner("a"), 0, {})).epoch;
      CHECK(epoch == 1);
      if (outage == 0)
        works(in->create(entry("u1"), "header", epoch));
      auto sure = written;
      const auto until = written + 1 + chance() % 30;
      while (written < until) {
        const auto how = chance() % 5 == 0 ? durability::power : durability::process;
        ++written;
        works(in->append("u1", written, bytes_of("u1", written), epoch, how));
        if (how == durability::power)
          sure = written;
        if (chance() % 16 == 0) {
          // Also copies the log into the file.
          works(in->close("u1", "Faulted", 1, epoch));
          sure = written;
        }
      }
      disk.lose_power(chance());
      in.reset();
      disk.power_on();
      in = get(store::open_sqlite(path, false));
      const auto kept = records(*in, "u1");
      CHECK(kept.size() >= sure);
      CHECK(kept.size() <= written);
      for (std::uint64_t number = 1; number <= kept.size(); ++number)
        CHECK(kept[number - 1] == bytes_of("u1", number));
      lost += written - kept.size();
      written = kept.size();
    }
  }
  // Else the power was never lost.
  CHECK(lost > 100);
}

} // namespace drydock::test
