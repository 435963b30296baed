// SPDX-License-Identifier: Apache-2.0
// Who has another image than the rest, by what is told of an upgrade.
#include "image_memory.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

/// A fleet of three, with image 1, that follows the newest one.
std::shared_ptr<config::fleet_file> three() {
  auto result = config::parse(R"(
[scale_set]
name = "web"
orchestration_mode = "uniform"
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = 3
[change]
image = { version = "latest" }
[health.command]
argv = ["true"]
[driver]
kind = "command"
[driver.command]
reimage = ["true"]
latest_image = ["echo", "2"]
[upgrade_policy]
mode = "rolling"
)",
                              "fleet.toml", nullptr, {});
  if (const auto* wrong = std::get_if<std::vector<config::diagnostic>>(&result))
    FAIL(to_string(wrong->front()));
  return std::make_shared<config::fleet_file>(
    std::get<config::fleet_file>(std::move(result)));
}

told::batch_started batch(std::vector<instance_index> members, bool surge) {
  told::batch_started x;
  x.instances = std::move(members);
  x.surge = surge;
  return x;
}

told::instance_settled settled(instance_index i, failure_reason why) {
  told::instance_settled x;
  x.instance = i;
  x.reason = why;
  return x;
}

told::rollback_finished given_back(instance_index i, bool succeeded) {
  told::rollback_finished x;
  x.instance = i;
  x.succeeded = succeeded;
  return x;
}

image_versions after(const std::shared_ptr<config::fleet_file>& file,
                     const std::vector<upgrade_event>& events, image_versions x = {}) {
  image_memory memory(x, file);
  for (const auto& e : events)
    memory.on_event(e, {});
  return x;
}

} // namespace

TEST_CASE("who has an image given back has what it had before, or its own") {
  const auto file = three();
  const std::vector<upgrade_event> events{
    batch({0, 1}, false), settled(0, failure_reason::health_timeout),
    given_back(0, true), settled(1, failure_reason::health_timeout),
    given_back(1, false)};
  CHECK(after(file, events) == image_versions{{"web-0", "1"}});
  file->own_images = {{"web-0", "0"}};
  CHECK(after(file, events, file->own_images) == image_versions{{"web-0", "0"}});
  // Where the version is the file's own, nobody asks later.
  file->request.follows_latest_image = false;
  CHECK(after(file, events).empty());
}

TEST_CASE("whoever gets the image of the upgrade has no other one any more") {
  const auto file = three();
  const image_versions own{{"web-0", "0"}, {"web-1", "0"}, {"web-2", "0"}};
  CHECK(after(file, {batch({0}, false), settled(0, failure_reason::none)}, own)
        == image_versions{{"web-1", "0"}, {"web-2", "0"}});
  CHECK(after(file, {told::instance_replaced{1, 4}}, own)
        == image_versions{{"web-0", "0"}, {"web-2", "0"}});
  file->instances.set_latest_model_applied(2, true);
  CHECK(after(file, {told::upgrade_started{}}, own)
        == image_versions{{"web-0", "0"}, {"web-1", "0"}});
}

TEST_CASE("whose replacement does not do keeps its image") {
  const auto file = three();
  CHECK(after(file, {batch({0, 1}, true), settled(0, failure_reason::health_timeout)})
        == image_versions{{"web-0", "1"}});
  // In place it has what failed.
  told::surge_short few;
  few.instances = {0, 1};
  CHECK(
    after(file, {batch({0, 1}, true), few, settled(0, failure_reason::health_timeout)})
      .empty());
}
