// SPDX-License-Identifier: Apache-2.0
#include "replacement_keeper.hpp"

#include <doctest/doctest.h>

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
  read(const std::vector<config::setting>& settings = {}) const {
    auto result = config::parse(text, folder / "fleet.toml", nullptr, settings);
    if (const auto* wrong = std::get_if<std::vector<config::diagnostic>>(&result))
      FAIL(to_string(wrong->front()));
    return std::make_shared<config::fleet_file>(
      std::get<config::fleet_file>(std::move(result)));
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
