// SPDX-License-Identifier: Apache-2.0
// Stores that fail while an engine uses them.
#include "kept.hpp"

#include <drydock/coroutine.hpp>
#include <drydock/store/store.hpp>

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

namespace {

/// A store in memory that can be told to fail.
class failing_store : public store::upgrade_store {
public:
  using failure = store::failure;

  std::atomic<bool> no_create{false};
  std::atomic<bool> no_append{false};
  std::atomic<bool> no_close{false};

  store::outcome<store::lease>
  acquire(std::string_view set, const store::lease& who, std::int64_t now,
          const std::function<bool(const store::lease&)>& dead) override {
    return in_->acquire(set, who, now, dead);
  }
  failure renew(std::string_view set, std::uint64_t epoch, std::int64_t to) override {
    return in_->renew(set, epoch, to);
  }
  failure release(std::string_view set, std::uint64_t epoch) override {
    return in_->release(set, epoch);
  }
  store::outcome<store::lease> holder(std::string_view set) override {
    return in_->holder(set);
  }
  failure create(const store::upgrade_entry& entry, std::string_view header,
                 std::uint64_t epoch) override {
    return no_create ? full() : in_->create(entry, header, epoch);
  }
  failure append(std::string_view id, std::uint64_t number, std::string_view bytes,
                 std::uint64_t epoch, store::durability how) override {
    return no_append ? full() : in_->append(id, number, bytes, epoch, how);
  }
  failure close(std::string_view id, std::string_view status, std::int64_t at,
                std::uint64_t epoch) override {
    return no_close ? full() : in_->close(id, status, at, epoch);
  }
  store::outcome<std::vector<store::upgrade_entry>>
  list(std::string_view set) override {
    return in_->list(set);
  }
  store::outcome<store::upgrade_entry> find(std::string_view id) override {
    return in_->find(id);
  }
  store::outcome<std::string> header(std::string_view id) override {
    return in_->header(id);
  }
  failure
  read(std::string_view id, std::uint64_t first,
       const std::function<bool(std::uint64_t, std::string_view)>& take) override {
    return in_->read(id, first, take);
  }
  failure ask(std::string_view id, const store::request& what) override {
    return in_->ask(id, what);
  }
  store::outcome<std::vector<store::request>> requests(std::string_view id) override {
    return in_->requests(id);
  }
  store::outcome<std::vector<store::request>>
  take_requests(std::string_view id) override {
    return in_->take_requests(id);
  }

private:
  static failure full() {
    return store::store_error{store::store_error::kind::unavailable,
                              "the disk is full: make room on it"};
  }

  std::unique_ptr<store::upgrade_store> in_ = store::make_memory_store();
};

task<std::size_t> count_events(event_stream& stream) {
  std::size_t count = 0;
  while (co_await stream.next())
    ++count;
  co_return count;
}

store_options use(const std::shared_ptr<failing_store>& in) {
  store_options result;
  result.kind = store_kind::memory;
  result.memory = in;
  return result;
}

} // namespace

TEST_CASE("an upgrade that cannot be written down does not begin") {
  const auto in = std::make_shared<failing_store>();
  const auto by = std::make_shared<scripted_driver>(succeed);
  kept_engine one(use(in), by);
  in->no_create = true;
  const auto run = one.set().start_upgrade(to_version(2));
  REQUIRE_FALSE(run);
  CHECK(run.error().code == error_code::store_unavailable);
  CHECK(run.error().message.find("make room") != std::string::npos);
  CHECK(by->upgrades == 0);
  CHECK(version_in(one.set().model()) == 1);
  CHECK_FALSE(one.set().running());
  in->no_create = false;
  CHECK(one.set().start_upgrade(to_version(2))->wait().progress.successful == 10);
}

TEST_CASE("and leaves nobody behind who waits to hear of it") {
  const auto in = std::make_shared<failing_store>();
  kept_engine one(use(in), std::make_shared<scripted_driver>(succeed));
  in->no_create = true;
  const auto token = std::make_shared<int>(1);
  for (int i = 0; i < 10; ++i) {
    start_options how;
    how.on_event = [token](const event&) {};
    REQUIRE_FALSE(one.set().start_upgrade(to_version(2), std::move(how)));
  }
  CHECK(eventually([&] { return token.use_count() == 1; }));
  start_options how;
  event_stream stream(how);
  REQUIRE_FALSE(one.set().start_upgrade(to_version(2), std::move(how)));
  auto count = spawn(count_events(stream));
  const auto ends = count.wait_for(10s) == std::future_status::ready;
  CHECK(ends);
  if (!ends)
    stream.close();
  CHECK(count.get() == 0);
}

TEST_CASE("nor does one that inspects first") {
  const auto in = std::make_shared<failing_store>();
  const auto by = std::make_shared<scripted_driver>(succeed);
  by->can.inspect = true;
  kept_engine one(use(in), by);
  in->no_create = true;
  const auto report = one.set().start_upgrade(to_version(2))->wait();
  CHECK(report.status == upgrade_status::faulted);
  CHECK(report.error.code == "JournalUnavailable");
  CHECK(report.error.message.find("make room") != std::string::npos);
  CHECK(by->upgrades == 0);
  CHECK_FALSE(*one.set().unfinished());
  in->no_create = false;
  CHECK(one.set().start_upgrade({})->wait().progress.successful == 10);
}

TEST_CASE("an upgrade whose store fails stops, and goes on in the same engine") {
  const auto in = std::make_shared<failing_store>();
  machine_world world;
  const auto by = std::make_shared<world_driver>(world, 4);
  by->on_inspect_action = [](const instance&, const action&, action_inspection done) {
    done.answer(action_fate::done);
  };
  kept_engine one(use(in), by);
  auto run = one.set().start_upgrade(to_version(2));
  REQUIRE(eventually([&] { return by->held() == 2; }));
  in->no_append = true;
  for (auto& done : by->take_held())
    done.succeed();
  const auto report = run->wait();
  CHECK(report.status == upgrade_status::rolling_forward);
  CHECK(report.error.code == "JournalUnavailable");
  CHECK(report.error.message.find("make room") != std::string::npos);
  CHECK(by->upgrades == 6);
  CHECK(one.set().start_upgrade(to_version(3)).error().code
        == error_code::unfinished_upgrade);
  in->no_append = false;
  run = one.set().resume_upgrade();
  REQUIRE(run);
  while (!run->wait_for(10ms))
    for (auto& done : by->take_held())
      done.succeed();
  CHECK(run->wait().progress.successful == 10);
  CHECK(by->upgrades == 10);
}

TEST_CASE("an end that could not be written down is written later") {
  const auto in = std::make_shared<failing_store>();
  const auto by = std::make_shared<scripted_driver>(succeed);
  log_lines log;
  std::optional<kept_engine> one;
  one.emplace(use(in), by, clock_kind::real, log.handler());
  in->no_close = true;
  CHECK(one->set().start_upgrade(to_version(2))->wait().progress.successful == 10);
  CHECK(log.count("has ended, but that could not be written") == 1);
  SUBCASE("before the next one begins") {
    CHECK(one->set().start_upgrade(to_version(3)).error().code
          == error_code::store_unavailable);
    in->no_close = false;
    CHECK(one->set().start_upgrade(to_version(3))->wait().progress.successful == 10);
  }
  SUBCASE("or by the next engine, which does nothing else") {
    one.reset();
    in->no_close = false;
    one.emplace(use(in), by);
    REQUIRE(*one->set().unfinished());
    const auto report = one->set().resume_upgrade()->wait();
    CHECK(report.status == upgrade_status::completed);
    CHECK(report.progress.successful == 10);
    CHECK(by->upgrades == 10);
  }
  CHECK_FALSE(*one->set().unfinished());
}
