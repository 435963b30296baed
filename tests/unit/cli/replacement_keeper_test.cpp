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

  [[nodiscard]] std::shared_ptr<config::fleet_file> read() const {
    auto result = config::parse(text, folder / "fleet.toml", nullptr);
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

TEST_CASE("members that are upgraded in place give no names away") {
  const place p;
  replacement_keeper keeper(p.read(), nullptr);
  auto batch = batch_of({0, 2});
  batch.surge = false;
  keeper.on_event(batch, duration{0});
  keeper.on_pause({});
  CHECK_FALSE(std::filesystem::exists(p.folder / "fleet.toml.instances.json"));
}
