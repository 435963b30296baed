// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;

TEST_CASE("a scale set has its defaults") {
  const auto file = loaded(minimal);
  CHECK(file.name == "web");
  CHECK(file.request.orchestration == engine::orchestration_mode::flexible);
  CHECK(file.request.limits == engine::compatibility::extended);
  CHECK_FALSE(file.request.service_fabric);
  CHECK(file.request.features.empty());
  CHECK(file.instances.zones().empty());
  CHECK(file.request.current_model.find("zones") == nullptr);
  CHECK(*file.request.current_model.find("orchestration_mode")
        == engine::value("flexible"));
  CHECK(file.request.latest_model == file.request.current_model);
  CHECK_FALSE(file.request.vm_size_on_other_hardware);
  CHECK(file.request.overrides.empty());
  CHECK(file.action == engine::apply_class::none);
  CHECK(file.changed_paths.empty());
  CHECK_FALSE(file.knows_latest_model);
}

TEST_CASE("an instance has its defaults") {
  const auto file = loaded(minimal + "[[scale_set.instance]]\nid = \"special\"\n");
  REQUIRE(file.instances.size() == 5);
  for (const engine::instance_index i : {0U, 4U}) {
    CAPTURE(i);
    CHECK(file.instances.zone(i) == engine::fleet::no_zone);
    CHECK(file.instances.update_domain(i) == engine::fleet::no_update_domain);
    CHECK(file.instances.address(i) == "127.0.0.1");
    CHECK(file.instances.port(i) == 0);
    CHECK_FALSE(file.instances.protected_from_actions(i));
    CHECK_FALSE(file.instances.latest_model_applied(i));
  }
  CHECK(file.instances.id(0) == "web-0");
  CHECK(file.instances.id(4) == "special");
}

TEST_CASE("an upgrade policy has its defaults") {
  const auto policy = loaded(minimal).request.policy;
  CHECK(policy.mode == engine::upgrade_mode::manual);
  CHECK(policy.max_parallel == 0);
  const auto& rolling = policy.rolling;
  CHECK(rolling.max_batch_instance_percent == 20);
  CHECK(rolling.max_unhealthy_instance_percent == 20);
  CHECK(rolling.max_unhealthy_upgraded_instance_percent == 20);
  CHECK(rolling.pause_time_between_batches == 0s);
  CHECK_FALSE(rolling.prioritize_unhealthy_instances);
  CHECK_FALSE(rolling.enable_cross_zone_upgrade);
  CHECK_FALSE(rolling.max_surge);
  CHECK_FALSE(rolling.rollback_failed_instances_on_policy_breach);
  CHECK(rolling.max_batch_instances == 0);
  CHECK(rolling.max_unhealthy_instances == 0);
  CHECK(rolling.min_ready == 0s);
  CHECK(rolling.health_timeout == 5min);
  CHECK(rolling.progress_deadline == 30min);
  CHECK_FALSE(rolling.ignore_unhealthy_before_start);
}

TEST_CASE("without a health table there is no health source") {
  const auto file = loaded(minimal);
  CHECK(file.health.kind == engine::health_kind::none);
  CHECK(file.request.health_sources.empty());
}

TEST_CASE("the application health extension has its defaults") {
  const auto health = loaded(minimal + R"([health.application_health_extension]
protocol = "http"
request_path = "/health"
)")
                        .health;
  CHECK(health.kind == engine::health_kind::binary_extension);
  CHECK(health.protocol == engine::probe_protocol::http);
  CHECK(health.port == 0);
  CHECK(health.request_path == "/health");
  CHECK(health.interval == 5s);
  CHECK(health.number_of_probes == 1);
  CHECK(health.grace_period == 0s);
  CHECK(health.timeout == 30s);
}

TEST_CASE("the grace period of the rich extension is interval times number of probes") {
  const std::string rich = minimal + R"([health.application_health_extension]
states = "rich"
protocol = "http"
request_path = "/"
)";
  CHECK(loaded(rich).health.kind == engine::health_kind::rich_extension);
  CHECK(loaded(rich).health.grace_period == 5s);
  CHECK(loaded(rich + "interval = \"7s\"\nnumber_of_probes = 3\n").health.grace_period
        == 21s);
  CHECK(loaded(rich + "grace_period = \"10m\"\n").health.grace_period == 10min);
}

TEST_CASE("a load balancer probe has its defaults") {
  const auto health = loaded(minimal + R"([health.load_balancer_probe]
protocol = "https"
request_path = "/"
)")
                        .health;
  CHECK(health.kind == engine::health_kind::load_balancer);
  CHECK(health.protocol == engine::probe_protocol::https);
  CHECK(health.port == 0);
  CHECK(health.interval == 15s);
  CHECK(health.number_of_probes == 1);
  CHECK(health.timeout == 30s);
}

TEST_CASE("a health command has its defaults") {
  const auto health =
    loaded(minimal + "[health.command]\nargv = [\"./check\", \"{instance.id}\"]\n")
      .health;
  CHECK(health.kind == engine::health_kind::command);
  CHECK(health.argv == std::vector<std::string>{"./check", "{instance.id}"});
  CHECK(health.interval == 5s);
  CHECK(health.number_of_probes == 1);
  CHECK(health.timeout == 30s);
}

TEST_CASE("a simulated driver has its defaults") {
  const auto file = loaded(minimal);
  const auto& x = std::get<engine::simulated_spec>(file.driver);
  CHECK(x.seed == 1);
  CHECK(x.virtual_clock);
  CHECK(x.timeout == 0s);
  for (const auto& length : x.durations) {
    CHECK(length.kind == engine::duration_distribution::shape::fixed);
    CHECK(length.first == 0s);
  }
  CHECK(x.boot.first == 0s);
  CHECK(x.action_failure == 0.0);
  CHECK(x.transient_failure == 0.0);
  CHECK(x.unhealthy_after_upgrade == 0.0);
  CHECK(x.faults.empty());
}

TEST_CASE("a simulated fault has its defaults") {
  const auto file =
    loaded(minimal + "[[driver.simulated.fault]]\ninstance = \"web-3\"\n");
  const auto& faults = std::get<engine::simulated_spec>(file.driver).faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].instance == "web-3");
  CHECK(faults[0].line == 7);
  CHECK(faults[0].health == engine::health_state::healthy);
  CHECK(faults[0].action == engine::simulated_fault::action_fate::succeed);
  CHECK(faults[0].health_after == engine::health_state::healthy);
  CHECK_FALSE(faults[0].recovers_after.has_value());
  CHECK_FALSE(faults[0].phase.has_value());
  CHECK_FALSE(faults[0].skip_upgrade);
}

TEST_CASE("a command driver has its defaults") {
  const auto file = loaded(head + "[driver]\nkind = \"command\"\n");
  const auto& x = std::get<engine::command_spec>(file.driver);
  CHECK(x.directory == std::filesystem::current_path().string());
  CHECK(x.log_directory == "f.logs");
  for (const auto& argv : x.actions)
    CHECK(argv.empty());
  CHECK(x.inspect.empty());
  CHECK(x.inspect_expect.empty());
  CHECK(x.setup.empty());
  CHECK(x.teardown.empty());
  CHECK(x.before_instance.empty());
  CHECK(x.after_instance.empty());
  CHECK(x.retry.timeout == 10min);
  CHECK(x.retry.max_attempts == 3);
  CHECK_FALSE(x.retry.retry_timeouts);
  CHECK(x.retry.backoff_initial == 1s);
  CHECK(x.retry.backoff_max == 1min);
  CHECK(x.max_processes == 16);
}

TEST_CASE("the fingerprint is the FNV-1a hash of the bytes") {
  CHECK(loaded(minimal).fingerprint == loaded(minimal).fingerprint);
  CHECK(loaded(minimal).fingerprint != loaded(minimal + "\n").fingerprint);
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char x : minimal)
    hash = (hash ^ static_cast<unsigned char>(x)) * 0x100000001b3U;
  CHECK(loaded(minimal).fingerprint == hash);
}
