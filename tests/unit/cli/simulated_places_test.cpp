// SPDX-License-Identifier: Apache-2.0
#include "simulated_places.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

const std::string text = R"(
[scale_set]
name = "web"
zones = ["1", "2"]
[scale_set.instances]
count = 2
[[scale_set.instance]]
id = "db-a"
zone = "2"
[change]
tags = { a = "b" }
[health.command]
argv = ["true"]
[driver]
kind = "simulated"
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_surge = true
)";

/// A watch of the file, as far as its instances go.
struct watched {
  std::vector<config::setting> settings;
  config::fleet_file file = parse();
  drivers::simulated_fleet world{std::get<simulated_spec>(file.driver), file.health,
                                 file.instances};
  simulated_places places;

  watched() = default;
  watched(std::string key, std::string value)
    : settings{{std::move(key), std::move(value)}} {}

  [[nodiscard]] config::fleet_file parse() const {
    auto result = config::parse(text, "fleet.toml", nullptr, settings);
    if (const auto* wrong = std::get_if<std::vector<config::diagnostic>>(&result))
      FAIL(to_string(wrong->front()));
    return std::get<config::fleet_file>(std::move(result));
  }

  void next_run() {
    file = parse();
    places.settle(file, world);
  }

  /// A replacement is made for the member, and takes over or is deleted.
  void make_for(instance_index member, bool takes_over = true) {
    const auto next = file.instances.replacement_of(member);
    world.assume_created(next);
    world.assume_deleted(takes_over ? member : next);
  }

  /// Who is there, and who may replace them.
  [[nodiscard]] std::string ids() const {
    std::string all;
    for (instance_index i = 0; i < file.instances.positions(); ++i)
      all += std::string(i == 0                       ? ""
                         : i == file.instances.size() ? " | "
                                                      : " ")
             + std::string(file.instances.id(i));
    return all;
  }
};

} // namespace

TEST_CASE("the next run is of those who replaced others, and no number comes twice") {
  watched w;
  CHECK(w.ids() == "web-0 web-1 db-a | web-2 web-3 db-a-2");
  w.next_run();
  CHECK(w.ids() == "web-0 web-1 db-a | web-2 web-3 db-a-2");
  w.make_for(1);
  w.make_for(2);
  w.next_run();
  CHECK(w.ids() == "web-0 web-3 db-a-2 | web-4 web-5 db-a-3");
  w.make_for(1);
  w.make_for(2);
  w.next_run();
  CHECK(w.ids() == "web-0 web-5 db-a-3 | web-6 web-7 db-a-4");
  CHECK(w.file.instances.zone_name(1) == "2");
  CHECK(w.file.instances.zone_name(4) == "2");
  CHECK(w.file.instances.zone_name(3) == "1");
  w.next_run();
  CHECK(w.ids() == "web-0 web-5 db-a-3 | web-6 web-7 db-a-4");
}

TEST_CASE("the name of a replacement that did not do is nobody else's") {
  watched w;
  w.make_for(0, false);
  w.make_for(2, false);
  w.next_run();
  CHECK(w.ids() == "web-0 web-1 db-a | web-4 web-3 db-a-3");
}

TEST_CASE("nobody is called like one whom the file lists") {
  watched w("scale_set.instance",
            R"([{ id = "web-4", zone = "1" }, { id = "web-4-3", zone = "2" }])");
  CHECK(w.ids() == "web-0 web-1 web-4 web-4-3 | web-2 web-3 web-4-2 web-4-3-2");
  w.make_for(1);
  w.make_for(2);
  w.next_run();
  CHECK(w.ids() == "web-0 web-3 web-4-2 web-4-3 | web-6 web-5 web-4-4 web-4-3-2");
}

TEST_CASE("names are filled in as the file's template says") {
  watched w("scale_set.instances.id", "vm-{index:03}-a");
  w.make_for(0);
  w.next_run();
  CHECK(w.ids() == "vm-002-a vm-001-a db-a | vm-004-a vm-003-a db-a-2");
}

TEST_CASE("a file that is read while a run is under way has those of the last one") {
  watched w;
  w.make_for(1);
  w.next_run();
  const auto known = w.ids();
  w.make_for(1);
  w.file = w.parse();
  w.places.apply(w.file);
  CHECK(w.ids() == known);
}

TEST_CASE("where nobody can be replaced the file stays as it is") {
  watched w("max_surge", "false");
  w.next_run();
  CHECK(w.ids() == "web-0 web-1 db-a");
}
