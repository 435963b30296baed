// SPDX-License-Identifier: Apache-2.0
// Scale sets whose turn has not come, by their file and what its store keeps.
#include "explain_unbegun.hpp"

#include "controller.hpp"
#include "fleets.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <utility>

#include <unistd.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

using kind = set_turn::kind;

/// c after b, b after a; and d.
constexpr const char* fleet_text = R"([driver]
kind = "simulated"
[scale_set.instances]
count = 1
[[set]]
after = ["b"]
scale_set = { name = "c" }
[[set]]
after = ["a"]
scale_set = { name = "b" }
[[set]]
scale_set = { name = "a" }
[[set]]
scale_set = { name = "d" }
)";

/// A fleet file, and a store that keeps upgrades of its sets.
class kept_sets {
public:
  kept_sets() {
    char name[] = "/tmp/explain_unbegun_XXXXXX";
    const auto descriptor = mkstemp(name);
    REQUIRE(descriptor >= 0);
    close(descriptor);
    file_ = name;
    std::ofstream(file_) << fleet_text;
  }
  ~kept_sets() { std::filesystem::remove(file_); }
  kept_sets(const kept_sets&) = delete;
  kept_sets& operator=(const kept_sets&) = delete;

  /// `ended` 0: it is under way, by a process whose lease has not ended where `held`.
  void add(const std::string& scale_set, std::int64_t started, std::int64_t ended,
           const std::string& status = {}, bool held = true) {
    store::lease who;
    who.owner = "a test";
    who.expires_us = held ? wall_now_us() + 600'000'000 : 1;
    const auto lease = in_.store->acquire(scale_set, who, 0, {});
    const auto epoch = std::get<store::lease>(lease).epoch;
    journal::header header;
    header.scale_set = scale_set;
    header.upgrade_id = scale_set + std::to_string(started);
    header.instances = std::make_shared<const fleet>(make_fleet(1));
    store::upgrade_entry entry;
    entry.id = header.upgrade_id;
    entry.scale_set = scale_set;
    entry.started_us = started;
    REQUIRE_FALSE(in_.store->create(entry, journal::write_header(header), epoch));
    if (ended > 0)
      REQUIRE_FALSE(in_.store->close(entry.id, status, ended, epoch));
  }

  [[nodiscard]] std::optional<set_turn> look(const std::string& scale_set) const {
    auto found = find_unbegun(in_, file_, scale_set);
    REQUIRE(std::holds_alternative<std::optional<set_turn>>(found));
    return std::move(std::get<0>(found));
  }
  [[nodiscard]] std::string words(const std::string& scale_set) const {
    const auto turn = look(scale_set);
    return turn ? describe_unbegun(*turn, "F") : std::string();
  }

private:
  std::string file_;
  named_store in_{store::make_memory_store(), "F", {}, {}, false, true};
};

} // namespace

TEST_CASE("where nothing of a file has begun, or a set comes after nobody, it is told "
          "as ever") {
  kept_sets x;
  for (const auto* name : {"a", "b", "c", "d", "e"})
    CHECK_FALSE(x.look(name));
  x.add("d", 100, 0);
  for (const auto* name : {"a", "b", "c", "d", "e"})
    CHECK_FALSE(x.look(name));
}

TEST_CASE("a set that comes after another one waits until that has completed") {
  kept_sets x;
  x.add("a", 100, 0);
  CHECK_FALSE(x.look("a"));
  const auto turn = x.look("b");
  REQUIRE(turn);
  CHECK(turn->is == kind::not_begun);
  CHECK_FALSE(turn->hopeless);
  REQUIRE(turn->after.size() == 1);
  CHECK(turn->after[0].status == "RollingForward");
  CHECK(turn->after[0].upgrade_id == "a100");
  CHECK(turn->after[0].run);
  CHECK(x.words("b")
        == "b has not begun: it comes after a, whose upgrade a100 is under way. It "
           "begins when what it comes after has completed; `drydock explain F "
           "--scale-set a` says what that waits for.");
  CHECK(
    x.words("c")
    == "c has not begun: it comes after b, which has not begun either (it comes "
       "after a, whose upgrade a100 is under way). It begins when what it comes "
       "after has completed; `drydock explain F --scale-set a` says what that waits "
       "for.");
}

TEST_CASE("nobody waits for an upgrade that no process runs") {
  kept_sets x;
  x.add("a", 100, 0, {}, false);
  CHECK(x.words("b").find("is under way and run by no process. ") != std::string::npos);
  CHECK(x.words("b").ends_with("To go on: run `drydock resume F`."));
}

TEST_CASE("whoever comes after one that did not complete is not begun any more") {
  kept_sets x;
  x.add("a", 100, 200, "Faulted");
  REQUIRE(x.look("b"));
  CHECK(x.look("b")->hopeless);
  CHECK(
    x.words("b")
    == "b is not begun: it comes after a, which ended Faulted. It does not begin by "
       "itself any more. To go on: see what `drydock explain F --scale-set a` says, "
       "and run `drydock run F` again.");
  CHECK(x.words("c").starts_with(
    "c is not begun: it comes after b, which has not begun either (it comes after a, "
    "which ended Faulted). It does not begin by itself any more."));
}

TEST_CASE("an upgrade of a set that was over before those before it began is another") {
  kept_sets x;
  x.add("a", 100, 200, "Cancelled");
  x.add("b", 300, 400, "Faulted");
  CHECK_FALSE(x.look("b")); // it was run after that, and says itself how it ended
  REQUIRE(x.look("c"));
  CHECK(
    x.words("c").starts_with("c is not begun: it comes after b, which ended Faulted."));
  x.add("a", 500, 0);
  REQUIRE(x.look("b"));
  CHECK_FALSE(x.look("b")->hopeless);
  REQUIRE(x.look("c"));
  CHECK_FALSE(x.look("c")->hopeless);
  CHECK(x.words("c").find("(it comes after a, whose upgrade a500 is under way)")
        != std::string::npos);
}
