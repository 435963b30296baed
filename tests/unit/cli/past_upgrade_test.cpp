// SPDX-License-Identifier: Apache-2.0
#include "past_upgrade.hpp"

#include "fleets.hpp"

#include "drydock/drivers/simulated.hpp"
#include "drydock/store/stored_journal.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include <unistd.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

constexpr std::size_t fleet_size = 6;

class event_count : public actors::upgrade_listener {
public:
  void on_event(const upgrade_event&, duration at) override {
    ++count;
    last = at;
  }

  std::size_t count = 0;
  duration last{};
};

/// A store in memory whose lease is ours.
struct held_store {
  held_store() {
    store::lease who;
    who.owner = "a test";
    epoch = std::get<store::lease>(kept->acquire("web", who, 0, {})).epoch;
  }

  void create(const std::string& id, const std::string& header_bytes) {
    store::upgrade_entry entry;
    entry.id = id;
    entry.scale_set = "web";
    REQUIRE_FALSE(kept->create(entry, header_bytes, epoch));
  }

  [[nodiscard]] store::upgrade_entry entry(const std::string& id) {
    return std::get<store::upgrade_entry>(kept->find(id));
  }

  std::unique_ptr<store::upgrade_store> kept = store::make_memory_store();
  std::uint64_t epoch = 0;
};

journal::header make_header() {
  journal::header x;
  x.scale_set = "web";
  x.upgrade_id = "4711";
  x.rollout.policy.mode = upgrade_mode::rolling;
  x.rollout.policy.rolling.max_batch_instances = 1;
  x.rollout.action = apply_class::reimage;
  x.rollout.has_health = true;
  x.instances = std::make_shared<const fleet>(make_fleet(fleet_size));
  return x;
}

/// Runs an upgrade of simulated instances to its end, written down as 4711.
upgrade_report run_into(held_store& to, actors::upgrade_listener& heard) {
  const auto header = make_header();
  to.create("4711", journal::write_header(header));
  actors::run_setup setup;
  setup.instances = header.instances;
  setup.rollout = header.rollout;
  setup.lifecycle.action = header.rollout.action;
  setup.lifecycle.has_health = true;
  setup.health.kind = health_kind::binary_extension;
  setup.virtual_clock = true;
  simulated_spec spec;
  auto& takes = spec.durations[static_cast<std::size_t>(apply_class::reimage)];
  takes.first = 60s;
  const auto world =
    std::make_shared<drivers::simulated_fleet>(spec, setup.health, *setup.instances);
  setup.driver = world;
  setup.prober = world;
  setup.journal = std::make_shared<store::stored_journal>(
    *to.kept, "4711", to.epoch, store::stored_journal::wall_clock{});
  return actors::upgrade_run(std::move(setup), heard).run();
}

/// The first `count` records of one store in another one.
void copy_records(held_store& from, held_store& to, std::uint64_t count) {
  to.create("4711", std::get<std::string>(from.kept->header("4711")));
  REQUIRE_FALSE(
    from.kept->read("4711", 1, [&](std::uint64_t number, std::string_view bytes) {
      if (number > count)
        return false;
      CHECK_FALSE(
        to.kept->append("4711", number, bytes, to.epoch, store::durability::process));
      return true;
    }));
}

std::string complaint_of(const std::optional<std::string>& where) {
  const auto opened = open_named_store(where);
  REQUIRE(std::holds_alternative<complaint>(opened));
  return std::get<complaint>(opened);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A folder that goes with its object.
class folder {
public:
  folder() {
    char name[] = "/tmp/past_upgrade_XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  [[nodiscard]] std::string file(const std::string& name,
                                 const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

private:
  std::filesystem::path path_;
};

} // namespace

TEST_CASE("an upgrade that was written down is told again as it was") {
  held_store kept;
  event_count heard;
  const auto report = run_into(kept, heard);
  REQUIRE(report.status == upgrade_status::completed);
  event_count again;
  const auto read = read_upgrade(*kept.kept, kept.entry("4711"), &again);
  const auto& past = std::get<past_upgrade>(read);
  CHECK(past.report.status == upgrade_status::completed);
  CHECK(past.report.progress.successful == fleet_size);
  CHECK(past.report.batches.size() == report.batches.size());
  CHECK(past.report.end - past.report.start == report.end - report.start);
  CHECK(past.max_unavailable == 1);
  CHECK(past.resumed == 0);
  CHECK(past.in_hand.empty());
  CHECK_FALSE(past.waits);
  CHECK(again.count == heard.count);
  CHECK(again.last == heard.last);
}

TEST_CASE("an upgrade that was cut short stands where its last record left it") {
  held_store kept;
  event_count heard;
  run_into(kept, heard);
  const auto all = kept.entry("4711").records;
  auto seen_in_hand = false;
  for (std::uint64_t count = 0; count < all; ++count) {
    CAPTURE(count);
    held_store cut;
    copy_records(kept, cut, count);
    const auto read = read_upgrade(*cut.kept, cut.entry("4711"), nullptr);
    const auto& past = std::get<past_upgrade>(read);
    CHECK(past.report.status == upgrade_status::rolling_forward);
    CHECK(past.in_hand.size() == past.report.progress.in_progress);
    CHECK(past.in_hand.size() <= 1);
    seen_in_hand = seen_in_hand || !past.in_hand.empty();
  }
  CHECK(seen_in_hand);
}

TEST_CASE("a journal that is damaged is said to be, with the record's number") {
  held_store kept;
  kept.create("4711", journal::write_header(make_header()));
  REQUIRE_FALSE(
    kept.kept->append("4711", 1, "no record", kept.epoch, store::durability::process));
  const auto turn = read_upgrade(*kept.kept, kept.entry("4711"), nullptr);
  CHECK(has(std::get<complaint>(turn), "record 1 of upgrade 4711 is damaged"));
  kept.create("4712", "no header");
  const auto header = read_upgrade(*kept.kept, kept.entry("4712"), nullptr);
  CHECK(has(std::get<complaint>(header), "the journal of upgrade 4712 cannot be read"));
}

TEST_CASE("an upgrade is found by its id, or by how that begins") {
  held_store kept;
  for (const auto* id : {"ab", "abc", "abd", "b"})
    kept.create(id, "");
  const auto found = [&](const char* id) {
    const auto x = find_upgrade(*kept.kept, id);
    const auto* entry = std::get_if<store::upgrade_entry>(&x);
    return entry != nullptr ? entry->id : std::get<complaint>(x);
  };
  CHECK(found("b") == "b");
  CHECK(found("abc") == "abc");
  CHECK(found("ab") == "ab"); // though two others begin with it
  CHECK(has(found("a"), "several upgrades begin with a"));
  CHECK(has(found("c"), "there is no upgrade c"));
  CHECK(has(found("abcd"), "there is no upgrade abcd"));
}

TEST_CASE("a store is named by a fleet file, by its own file, or by its name alone") {
  const folder here;
  const auto fleet_text = R"([scale_set]
name = "web"
[scale_set.instances]
count = 1
[driver]
kind = "simulated"
)";
  CHECK(has(complaint_of(here.file("plain.toml", fleet_text)), "keeps nothing"));
  const auto kept = here.file("kept.toml", std::string(fleet_text) + "[store]\n");
  CHECK(has(complaint_of(kept), "there is no store at " + kept + ".db"));
  CHECK(has(complaint_of(kept + ".db"), "there is no store at " + kept + ".db"));
  REQUIRE(std::get<0>(store::open_sqlite(kept + ".db", true)) != nullptr);
  for (const auto& where : {kept, kept + ".db"})
    CHECK(std::get<named_store>(open_named_store(where)).name == where);
  // Known by what is in it, whatever it is called.
  std::filesystem::rename(kept + ".db", kept + ".backup");
  CHECK(std::holds_alternative<named_store>(open_named_store(kept + ".backup")));
  CHECK(has(complaint_of(here.file("text.db", "a text")), "is no store of drydock"));
  CHECK(has(complaint_of(here.file("bad.toml", "a text")), "bad.toml:1:"));
}
