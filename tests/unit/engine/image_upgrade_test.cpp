// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/admission.hpp"
#include "drydock/engine/image_upgrade.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace std::chrono_literals;

TEST_CASE("the newest image is the one that was published last") {
  const image_release all[] = {{"1.0.0", 0s}, {"1.2.0", 5h}, {"1.1.0", 2h}};
  CHECK(newest_image(all, 0s) == "1.0.0");
  CHECK(newest_image(all, 2h) == "1.1.0");
  CHECK(newest_image(all, 9h) == "1.2.0");
  CHECK(newest_image({}, 9h).empty());
  CHECK(next_release(all, 0s) == 2h);
  CHECK(next_release(all, 2h) == 5h);
  CHECK(next_release(all, 5h) == duration::max());
  const image_release both[] = {{"1.0.0", 0s}, {"1.0.1", 0s}};
  CHECK(newest_image(both, 0s) == "1.0.1");
}

TEST_CASE("a model says whether it follows the newest image") {
  value model;
  CHECK_FALSE(wants_latest_image(model));
  CHECK(image_version_of(model).empty());
  model.set("image.version", "latest");
  CHECK(wants_latest_image(model));
  const auto settled = with_image_version(model, "1.1.0");
  CHECK_FALSE(wants_latest_image(settled));
  CHECK(image_version_of(settled) == "1.1.0");
}

TEST_CASE("an image upgrade is rolling, by Azure's numbers or by the set's own") {
  upgrade_policy usual;
  usual.mode = upgrade_mode::manual;
  usual.rolling.max_batch_instance_percent = 50;
  usual.rolling.max_unhealthy_instance_percent = 60;
  usual.rolling.pause_time_between_batches = 9s;
  usual.rolling.max_surge = true;
  usual.rolling.health_timeout = 7s;
  usual.rolling.min_ready = 3s;
  usual.rolling.progress_deadline = 8s;
  automatic_os_upgrade how;
  const auto built_in = policy_of_image_upgrade(usual, how, true);
  CHECK(built_in.mode == upgrade_mode::rolling);
  CHECK(built_in.rolling.max_batch_instance_percent == 20);
  CHECK(built_in.rolling.max_unhealthy_instance_percent == 20);
  CHECK(built_in.rolling.max_unhealthy_upgraded_instance_percent == 20);
  CHECK(built_in.rolling.pause_time_between_batches == 0s);
  CHECK_FALSE(built_in.rolling.max_surge);
  CHECK(built_in.rolling.health_timeout == 7s);
  CHECK(built_in.rolling.min_ready == 3s);
  CHECK(built_in.rolling.progress_deadline == 8s);
  how.use_rolling_upgrade_policy = true;
  const auto own = policy_of_image_upgrade(usual, how, true);
  CHECK(own.mode == upgrade_mode::rolling);
  CHECK(own.rolling.max_batch_instance_percent == 50);
  CHECK(own.rolling.max_surge);
  CHECK_FALSE(policy_of_image_upgrade(usual, how, false).rolling.max_surge);
}

TEST_CASE("where the newest image is followed it counts as changed") {
  change_request request;
  request.orchestration = orchestration_mode::uniform;
  request.policy.mode = upgrade_mode::automatic;
  request.current_model.set("image.version", "latest");
  request.latest_model = request.current_model;
  CHECK(admit(request).action == apply_class::none);
  request.follows_latest_image = true;
  CHECK(admit(request).action == apply_class::reimage);
  CHECK(admit(request).changed_paths == std::vector<std::string>{"image.version"});
  request.latest_model.set("vm_size", "large");
  request.latest_model.set("image.offer", "web");
  CHECK(admit(request).changed_paths
        == std::vector<std::string>{"image.offer", "image.version", "vm_size"});
}
