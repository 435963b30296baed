// SPDX-License-Identifier: Apache-2.0
#include "replacement_keeper.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

const std::string text = R"(
[scale_set]
name = "web"
[scale_set.instances]
count = 2
port = { from = 9000 }
[[scale_set.instance]]
id = "db-a"
[change]
tags = { a = "b" }
[health.command]
argv = ["true"]
[driver]
kind = "command"
[driver.command]
in_place = ["true"]
create = ["true"]
delete = ["true"]
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_surge = true
)";

/// A fleet file in a folder of its own, and what is kept beside it.
struct place {
  place() { std::filesystem::create_directories(folder); }
  ~place() { std::filesystem::remove_all(folder); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  [[nodiscard]] std::shared_ptr<config::fleet_file>
  read(const std::vector<config::setting>& settings = {},
       const std::string& more = "") const {
    auto result = config::parse(text + more, folder / "fleet.toml", nullptr, settings);
    if (const auto* wrong = std::get_if<std::vector<config::diagnostic>>(&result))
      FAIL(to_string(wrong->front()));
    return std::make_shared<config::fleet_file>(
      std::get<config::fleet_file>(std::move(result)));
  }

  /// What is kept; an empty one where nothing is.
  [[nodiscard]] config::replaced_instances kept() const {
    return std::get<config::kept_instances>(
             config::read_replaced(folder / "fleet.toml"))
      .replaced;
  }

  const std::filesystem::path folder = std::filesystem::temp_directory_path()
                                       / ("drydock-keeper-" + std::to_string(getpid()));
};

told::batch_started batch_of(std::vector<instance_index> members) {
  told::batch_started e;
  e.instances = std::move(members);
  e.surge = true;
  return e;
}

/// Reads what is kept at the moment at which a turn is written.
struct no_journal : protocol::upgrade_journal {
  bool next(protocol::recorded_turn&) override { return false; }
  [[nodiscard]] duration since_last_turn() const override { return {}; }
  void begin(instant, std::span<const rollout_input>) override {}
  void told(const upgrade_event&) override {}
  std::optional<std::string> commit(std::span<const rollout_command>) override {
    before = of.read();
    return std::nullopt;
  }
  explicit no_journal(const place& where) : of(where) {}
  const place& of;
  std::shared_ptr<config::fleet_file> before;
};

std::string next_id(const config::fleet_file& file, instance_index i) {
  return std::string(file.instances.id(file.instances.replacement_of(i)));
}

} // namespace

TEST_CASE("names are kept before replacements are made, and never given again") {
  const place p;
  {
    replacement_keeper keeper(p.read(), nullptr);
    keeper.on_event(batch_of({1, 2}), duration{0});
    // It may die here: nobody was made yet, and nobody will be called like that.
  }
  auto file = p.read();
  CHECK(next_id(*file, 0) == "web-4"); // web-3 was for the other
  CHECK(next_id(*file, 1) == "web-5");
  CHECK(next_id(*file, 2) == "db-a-3");
  told::batch_extended more;
  more.instances = {0};
  more.surge = true;
  replacement_keeper keeper(file, nullptr);
  keeper.on_event(more, duration{0});
  CHECK(next_id(*p.read(), 0) == "web-6");
}

TEST_CASE("what create told is kept before it is written that its instance took over") {
  const place p;
  const auto learnt = std::make_shared<drivers::learnt_details>();
  learnt->learn(5, {"10.0.0.9", std::nullopt, {{"vm", "i-7"}}});
  const auto inner = std::make_shared<no_journal>(p);
  replacement_keeper keeper(p.read(), learnt);
  keeping_journal journal(inner, keeper);
  const told::instance_replaced took{2, 5};
  journal.told(took);
  CHECK_FALSE(journal.commit({}));
  REQUIRE(inner->before->made.contains("db-a-2"));
  const auto& made = inner->before->made.at("db-a-2");
  CHECK(made.address == "10.0.0.9");
  CHECK(made.port == 0);
  CHECK(made.vars.at("vm") == "i-7");
  CHECK(inner->before->replaced.empty()); // that is what the journal says

  keeper.on_event(took, duration{0});
  keeper.on_pause({});
  const auto after = p.read();
  CHECK(after->made.empty());
  CHECK(after->replaced.at("db-a").now.address == "10.0.0.9");
  CHECK(after->instances.address(2) == "10.0.0.9");
}

TEST_CASE("members that are upgraded in place give no names away") {
  const place p;
  replacement_keeper keeper(p.read(), nullptr);
  auto batch = batch_of({0, 2});
  batch.surge = false;
  keeper.on_event(batch, duration{0});
  keeper.on_pause({});
  CHECK_FALSE(std::filesystem::exists(p.folder / "fleet.toml.instances.json"));
}

TEST_CASE("numbers of new instances are kept before those are made") {
  const place p;
  const std::vector<config::setting> five{{"change.capacity", "5"}};
  const auto file = p.read(five);
  const auto& all = file->instances;
  REQUIRE(all.first_arrival() == 6);
  CHECK(all.id(6) == "web-4"); // web-2 and web-3 are to replace others
  CHECK(all.id(7) == "web-5");
  replacement_keeper keeper(file, nullptr);
  keeper.on_event(told::scaling_started{3, 5, {}, {6, 7}}, duration{0});
  // It may die here: nobody was made yet, and nobody will be called like that.
  const auto again = p.read(five);
  CHECK(next_id(*again, 0) == "web-6");
  CHECK(next_id(*again, 1) == "web-7");
  CHECK(again->instances.id(6) == "web-8");
}

TEST_CASE("what create told of a new one is kept before it is written that it came") {
  const place p;
  const auto learnt = std::make_shared<drivers::learnt_details>();
  learnt->learn(6, {"10.0.0.9", std::nullopt, {}});
  const auto inner = std::make_shared<no_journal>(p);
  replacement_keeper keeper(p.read({{"change.capacity", "4"}}), learnt);
  keeping_journal journal(inner, keeper);
  const told::instance_settled came{6, failure_reason::none, false, {}};
  journal.told(came);
  CHECK_FALSE(journal.commit({}));
  REQUIRE(inner->before->made.contains("web-4"));
  CHECK(inner->before->made.at("web-4").address == "10.0.0.9");
  CHECK(inner->before->instances.size() == 3);

  keeper.on_event(came, duration{0});
  keeper.on_pause({});
  const auto after = p.read();
  CHECK(after->made.empty());
  REQUIRE(after->instances.size() == 4);
  CHECK(after->instances.id(3) == "web-4");
  CHECK(after->instances.address(3) == "10.0.0.9");
  CHECK(after->replaced.at("web-2").extra); // as it is called once the count is 3
}

namespace {

std::vector<config::setting> count_of(int count) {
  return {{"scale_set.instances.count", std::to_string(count)}};
}

/// Who is there, in order.
std::string there(const config::fleet_file& file) {
  std::string ids;
  for (instance_index i = 0; i < file.instances.size(); ++i)
    ids += (ids.empty() ? "" : " ") + std::string(file.instances.id(i));
  return ids;
}

void depart(replacement_keeper& keeper, instance_index i) {
  keeper.on_event(told::instance_deleted{i, deletion_reason::scale_in}, duration{0});
  keeper.on_pause({});
}

std::vector<instance_index> range(instance_index end) {
  std::vector<instance_index> all(end);
  for (instance_index i = 0; i < end; ++i)
    all[i] = i;
  return all;
}

} // namespace

TEST_CASE("who went is kept, and who stays whom a lower count leaves out") {
  const place p;
  const auto file = p.read(count_of(5));
  REQUIRE(there(*file) == "web-0 web-1 web-2 web-3 web-4 db-a");
  replacement_keeper keeper(file, nullptr);
  keeper.on_event(told::scaling_started{6, 4, {0, 1}, {}}, duration{0});
  keeper.on_pause({});
  CHECK(p.kept().empty()); // nobody is gone yet
  depart(keeper, 0);
  auto kept = p.kept();
  CHECK(kept.at("web-0").deleted);
  CHECK_FALSE(kept.at("web-0").extra);
  CHECK_FALSE(kept.contains("web-1"));
  CHECK_FALSE(kept.contains("web-2"));
  for (const auto* id : {"web-3", "web-4", "db-a"}) {
    CAPTURE(std::string(id));
    REQUIRE(kept.contains(id));
    CHECK(kept.at(id).extra);
    CHECK_FALSE(kept.at(id).deleted);
    CHECK(kept.at(id).born == 0);
  }
  CHECK(kept.at("web-4").now.port == 9004);
  depart(keeper, 1);
  CHECK(p.kept().at("web-1").deleted);
  // The count as it was, the capacity, and the capacity without who is listed.
  CHECK(there(*p.read(count_of(5))) == "web-2 web-3 web-4 db-a");
  CHECK(there(*p.read(count_of(4))) == "web-2 web-3 db-a web-4");
  CHECK(there(*p.read(count_of(3))) == "web-2 db-a web-3 web-4");
}

TEST_CASE("nobody is kept as staying where somebody was deleted by others") {
  const place p;
  replacement_keeper keeper(p.read(count_of(5)), nullptr);
  keeper.on_event(told::scaling_started{6, 5, {0}, {}}, duration{0});
  keeper.on_event(told::instance_deleted{3, deletion_reason::deleted}, duration{0});
  keeper.on_pause({});
  CHECK(p.kept().empty());
}

TEST_CASE("one that came goes again under the name that it is kept by") {
  const place p;
  const auto file = p.read({{"change.capacity", "4"}});
  replacement_keeper keeper(file, nullptr);
  keeper.on_event(told::instance_settled{6, failure_reason::none, false, {}},
                  duration{0});
  keeper.on_pause({});
  const auto grown = p.read();
  REQUIRE(there(*grown) == "web-0 web-1 db-a web-4");
  replacement_keeper next(grown, nullptr);
  next.on_event(told::scaling_started{4, 3, {3}, {}}, duration{0});
  depart(next, 3);
  REQUIRE(p.kept().contains("web-2"));
  CHECK(p.kept().at("web-2").deleted);
  CHECK_FALSE(p.kept().contains("web-4"));
  CHECK(there(*p.read()) == "web-0 web-1 db-a");
}

TEST_CASE("of a set with an inventory all is kept but what that tells of") {
  const place p;
  std::ofstream(p.folder / "there.json") << R"([{"id": "vm-1"}, {"id": "vm-2"}])";
  const auto inventory = "[scale_set.inventory]\nfile = \"there.json\"\n";
  const auto file = p.read({}, inventory);
  REQUIRE(there(*file) == "web-0 web-1 vm-1 vm-2 db-a");
  replacement_keeper keeper(file, nullptr);
  keeper.on_event(told::scaling_started{5, 3, {0, 2}, {}}, duration{0});
  depart(keeper, 2); // the inventory will not list it any more
  CHECK_FALSE(p.kept().contains("vm-1"));
  CHECK_FALSE(p.kept().contains("vm-2")); // nor is it kept for staying
  CHECK(p.kept().at("web-1").extra);
  depart(keeper, 0);
  CHECK(p.kept().at("web-0").deleted);
  std::ofstream(p.folder / "there.json") << R"([{"id": "vm-2"}])";
  CHECK(there(*p.read({}, inventory)) == "web-1 vm-2 db-a");
}

TEST_CASE("who came to a set with an inventory is the inventory's to list") {
  const place p;
  const auto file = p.read({{"change.capacity", "4"}});
  file->has_inventory = true;
  replacement_keeper keeper(file, nullptr);
  keeper.on_event(told::instance_settled{6, failure_reason::none, false, {}},
                  duration{0});
  keeper.on_pause({});
  CHECK(p.kept().empty());
}

TEST_CASE("a large set is not kept anew for each who goes while a journal has it") {
  const place p;
  const auto file = p.read(count_of(200));
  const auto all = file->instances.size();
  const told::scaling_started begun{static_cast<std::uint32_t>(all),
                                    static_cast<std::uint32_t>(all - 100),
                                    range(100),
                                    {}};
  {
    replacement_keeper keeper(file, nullptr);
    keeper.on_event(begun, duration{0});
    depart(keeper, 0);
    CHECK(p.kept().at("web-0").deleted); // nothing else says it
    std::filesystem::remove(p.folder / "fleet.toml.instances.json");
  }
  {
    replacement_keeper keeper(file, nullptr);
    const keeping_journal journal(std::make_shared<no_journal>(p), keeper);
    keeper.on_event(begun, duration{0});
    depart(keeper, 0);
    CHECK(p.kept().empty());
    depart(keeper, 1);
    CHECK(p.kept().at("web-0").deleted);
    CHECK(p.kept().at("web-1").deleted);
    depart(keeper, 2);
    CHECK_FALSE(p.kept().contains("web-2"));
    keeper.on_event(told::scaling_finished{}, duration{0});
    keeper.on_pause({});
    CHECK(p.kept().at("web-2").deleted);
    depart(keeper, 3);
    CHECK_FALSE(p.kept().contains("web-3"));
    keeper.on_event(told::upgrade_finished{}, duration{0});
    CHECK(p.kept().at("web-3").deleted);
    keeper.on_event(told::instance_deleted{4, deletion_reason::scale_in},
                    std::chrono::seconds(9));
    keeper.on_pause({});
    CHECK_FALSE(p.kept().contains("web-4"));
    keeper.on_event(told::step_started{}, std::chrono::seconds(10));
    keeper.on_pause({});
    CHECK(p.kept().at("web-4").deleted);
    depart(keeper, 5);
    CHECK_FALSE(p.kept().contains("web-5"));
  }
  // Whoever goes on is told all of it again.
  replacement_keeper told_again(file, nullptr);
  const keeping_journal journal(std::make_shared<no_journal>(p), told_again);
  told_again.on_event(begun, duration{0});
  for (instance_index i = 0; i < 6; ++i)
    told_again.on_event(told::instance_deleted{i, deletion_reason::scale_in},
                        duration{0});
  told_again.on_pause({});
  CHECK(p.kept().at("web-5").deleted);
}
