// SPDX-License-Identifier: Apache-2.0
// Upgrades three simulated instances and prints the library's version: enough to
// have everything loaded that the library needs.
#include <drydock/drydock.hpp>

#include <cstdio>
#include <string>

int main() {
  drydock::scale_set_options options;
  options.name = "web";
  for (int i = 0; i < 3; ++i) {
    drydock::instance_spec instance;
    instance.id = "web-" + std::to_string(i);
    options.instances.add(instance);
  }
  options.orchestration = drydock::orchestration_mode::uniform;
  options.model.set("image.version", "1.0.0");
  options.driver = drydock::simulated_spec{};

  drydock::upgrade_engine engine({.clock = drydock::clock_kind::virtual_time});
  auto set = engine.add(options);
  drydock::change change;
  change.patch.set("image.version", "2.0.0");
  change.all_instances = true;
  const auto report = set.value().start_upgrade(change).value().wait();
  if (report.progress.successful != 3) {
    std::fprintf(stderr, "%u of 3 instances were upgraded\n",
                 report.progress.successful);
    return 1;
  }

  std::puts(drydock::version_text());
  return drydock::version() == DRYDOCK_VERSION ? 0 : 1;
}
