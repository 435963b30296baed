// SPDX-License-Identifier: Apache-2.0
// A lease that is kept alive, and owners that are gone.
#include "child.hpp"
#include "places.hpp"

#include "drydock/store/lease_keeper.hpp"

#include <condition_variable>
#include <future>
#include <limits>
#include <mutex>
#include <thread>

#include <sqlite3.h>
#include <unistd.h>

namespace drydock::test {

using namespace std::chrono_literals;
using kind = store::store_error::kind;
using store::lease;
using store::lease_keeper;

namespace {

/// The leases of a memory store, with renewals that may fail and can be waited for.
class watched_store final : public store::upgrade_store {
public:
  store::outcome<lease>
  acquire(std::string_view scale_set, const lease& who, std::int64_t now_us,
          const std::function<bool(const lease&)>& dead) override {
    return inner_->acquire(scale_set, who, now_us, dead);
  }
  store::failure renew(std::string_view scale_set, std::uint64_t epoch,
                       std::int64_t expires_us) override {
    std::lock_guard guard(mutex_);
    ++asked_;
    changed_.notify_all();
    if (failing_ > 0) {
      --failing_;
      return store::store_error{kind::unavailable, "out of reach"};
    }
    return inner_->renew(scale_set, epoch, expires_us);
  }
  store::failure release(std::string_view scale_set, std::uint64_t epoch) override {
    return inner_->release(scale_set, epoch);
  }
  store::outcome<lease> holder(std::string_view scale_set) override {
    return inner_->holder(scale_set);
  }
  store::failure create(const store::upgrade_entry&, std::string_view,
                        std::uint64_t) override {
    return {};
  }
  store::failure append(std::string_view, std::uint64_t, std::string_view,
                        std::uint64_t, store::durability) override {
    return {};
  }
  store::failure close(std::string_view, std::string_view, std::int64_t,
                       std::uint64_t) override {
    return {};
  }
  store::outcome<std::vector<store::upgrade_entry>> list(std::string_view) override {
    return std::vector<store::upgrade_entry>{};
  }
  store::outcome<store::upgrade_entry> find(std::string_view) override {
    return store::upgrade_entry{};
  }
  store::outcome<std::string> header(std::string_view) override { return ""; }
  store::failure
  read(std::string_view, std::uint64_t,
       const std::function<bool(std::uint64_t, std::string_view)>&) override {
    return {};
  }
  store::failure ask(std::string_view, const store::request&) override { return {}; }
  store::outcome<std::vector<store::request>> requests(std::string_view) override {
    return std::vector<store::request>{};
  }
  store::outcome<std::vector<store::request>> take_requests(std::string_view) override {
    return std::vector<store::request>{};
  }

  void fail(int times) {
    std::lock_guard guard(mutex_);
    failing_ = times;
  }
  /// Whether so many renewals were asked for, in a time that is long enough.
  bool was_asked(int times) {
    std::unique_lock guard(mutex_);
    return changed_.wait_for(guard, 60s, [&] { return asked_ >= times; });
  }

private:
  std::unique_ptr<store::upgrade_store> inner_ = store::make_memory_store();
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  int failing_ = 0;
};

/// The lease of the keeper, and what it says when it loses it.
struct kept {
  explicit kept(store::upgrade_store& in, std::chrono::microseconds duration) {
    auto got = lease_keeper::take(
      in, {"web", duration, true, [this](const auto& x) { lost.set_value(x); }});
    REQUIRE(got.index() == 0);
    keeper = std::move(std::get<0>(got));
  }
  store::store_error wait_lost() {
    auto told = lost.get_future();
    REQUIRE(told.wait_for(60s) == std::future_status::ready);
    return told.get();
  }
  std::promise<store::store_error> lost;
  std::unique_ptr<lease_keeper> keeper;
};

lease lease_of(const std::string& text) {
  lease result;
  const auto first = text.find('\n');
  const auto second = text.find('\n', first + 1);
  REQUIRE(second != std::string::npos);
  result.owner = text.substr(0, first);
  result.host = text.substr(first + 1, second - first - 1);
  result.process = std::stol(text.substr(second + 1));
  return result;
}

/// A process that tells its lease, and lives on.
struct living {
  living()
    : process([](int to) {
        const auto mine = store::lease_of_this_process();
        const auto text =
          mine.owner + "\n" + mine.host + "\n" + std::to_string(mine.process) + "\n";
        const auto padded = text + std::string(512 - text.size(), ' ');
        if (::write(to, padded.data(), padded.size()) > 0)
          for (;;)
            pause();
      }),
      its(lease_of(process.read(512))) {}
  child process;
  lease its;
};

} // namespace

TEST_CASE("a lease is renewed while it is kept, and given up then") {
  watched_store in;
  {
    const kept mine(in, 60ms);
    const auto first = get(in.holder("web"));
    CHECK(first.owner != "");
    CHECK(first.process == getpid());
    CHECK(mine.keeper->epoch() == 1);
    REQUIRE(in.was_asked(5));
    const auto later = get(in.holder("web"));
    CHECK(later.owner == first.owner);
    CHECK(later.epoch == 1);
    CHECK(later.expires_us > first.expires_us);
  }
  CHECK(get(in.holder("web")).owner.empty());
}

TEST_CASE("who asks for a lease that is kept is told who has it") {
  watched_store in;
  const kept mine(in, 1h);
  const auto got = lease_keeper::take(in, {"web", 1h, true, {}});
  REQUIRE(std::holds_alternative<lease>(got));
  CHECK(std::get<lease>(got).process == getpid());
  CHECK(std::get<lease>(got).epoch == 1);
  CHECK(lease_keeper::take(in, {"db", 1h, true, {}}).index() == 0);
}

TEST_CASE("who lost his lease is told, and does not give up that of the next") {
  watched_store in;
  {
    kept mine(in, 60ms);
    const auto taken =
      get(in.acquire("web", owner("b", 1), 0, [](const lease&) { return true; }));
    REQUIRE(taken.owner == "b");
    CHECK(mine.wait_lost().what == kind::not_the_owner);
  }
  CHECK(get(in.holder("web")).owner == "b");
}

TEST_CASE("a store that is out of reach for a moment costs no lease") {
  watched_store in;
  kept mine(in, 3s);
  in.fail(1);
  REQUIRE(in.was_asked(2));
  const auto told = mine.lost.get_future();
  CHECK(told.wait_for(0s) == std::future_status::timeout);
}

TEST_CASE("a lease whose time is up while the store is out of reach is lost") {
  watched_store in;
  kept mine(in, 90ms);
  in.fail(1'000'000);
  const auto lost = mine.wait_lost();
  CHECK(lost.what == kind::unavailable);
  CHECK(lost.text == "out of reach");
  CHECK(in.was_asked(2));
}

TEST_CASE("a store that cannot be used gives no lease") {
  temp_folder folder;
  const auto in = get(store::open_sqlite(folder / "s.db", true));
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((folder / "s.db").c_str(), &database) == SQLITE_OK);
  sqlite3_exec(database, "DROP TABLE lease", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  const auto got = lease_keeper::take(*in, {"web", 1h, true, {}});
  CHECK(std::holds_alternative<store::store_error>(got));
}

TEST_CASE("each lease has an owner of its own, and the host's name for people") {
  const auto one = store::lease_of_this_process();
  const auto other = store::lease_of_this_process();
  CHECK(one.owner != other.owner);
  CHECK(one.host == other.host);
  CHECK(one.process == getpid());
  std::array<char, 256> name{};
  REQUIRE(gethostname(name.data(), name.size() - 1) == 0);
  CHECK(store::host_name(one) == name.data());
}

TEST_CASE("a process is dead once it has ended, its parent looking or not") {
  living other;
  CHECK(other.its.process == other.process.process());
  CHECK(!store::process_is_dead(other.its));
  CHECK(!store::process_is_dead(store::lease_of_this_process()));
  other.process.kill();
  // The pipe ends with the process.
  CHECK(other.process.read_all().empty());
  while (!store::process_is_dead(other.its))
    std::this_thread::yield();
  other.process.reap();
  CHECK(store::process_is_dead(other.its));
}

TEST_CASE("a process of root is not dead for others") {
  CHECK(said_by_nobody([mine = store::lease_of_this_process()] {
          return store::process_is_dead(mine) ? "dead" : "alive";
        })
        == "alive");
}

TEST_CASE("a number that another process has now belongs to a dead one") {
  auto mine = store::lease_of_this_process();
  mine.owner = "1" + mine.owner;
  CHECK(store::process_is_dead(mine));
}

TEST_CASE("of other hosts, of other starts and of other spaces nobody is known dead") {
  living other;
  other.process.kill();
  other.process.reap();
  REQUIRE(store::process_is_dead(other.its));
  auto its = other.its;
  SUBCASE("another host") {
    its.host = "x" + its.host;
  }
  SUBCASE("another start") {
    its.host.insert(its.host.find('/') + 1, "0");
  }
  SUBCASE("another space") {
    its.host += "1";
  }
  SUBCASE("a host alone") {
    its.host = store::host_name(its);
  }
  SUBCASE("no process") {
    its.process = 0;
  }
  CHECK(!store::process_is_dead(its));
}

TEST_CASE("after another start of the host the lease of a local store is free") {
  auto earlier = store::lease_of_this_process();
  CHECK(!store::is_of_another_start(earlier));
  earlier.host.insert(earlier.host.find('/') + 1, "0");
  CHECK(store::is_of_another_start(earlier));
  earlier.expires_us = std::numeric_limits<std::int64_t>::max();
  for (const bool is_local : {false, true}) {
    watched_store in;
    (void)get(in.acquire("web", earlier, 0, {}));
    const auto got = lease_keeper::take(in, {"web", 1h, is_local, {}});
    CHECK((got.index() == 0) == is_local);
  }
}

TEST_CASE("the lease of a process that was killed goes to the next at once") {
  temp_folder folder;
  const auto path = folder / "s.db";
  child first([&](int to) {
    const auto in = store::open_sqlite(path, true);
    if (in.index() != 0)
      return;
    const auto got = lease_keeper::take(*std::get<0>(in), {"web", 1h, true, {}});
    if (got.index() == 0 && ::write(to, "+", 1) == 1)
      for (;;)
        pause();
  });
  REQUIRE(first.read(1) == "+");
  const auto in = get(store::open_sqlite(path, true));
  CHECK(std::holds_alternative<lease>(lease_keeper::take(*in, {"web", 1h, true, {}})));
  first.kill();
  first.reap();
  const auto got = lease_keeper::take(*in, {"web", 1h, true, {}});
  REQUIRE(got.index() == 0);
  CHECK(std::get<0>(got)->epoch() == 2);
}

} // namespace drydock::test
