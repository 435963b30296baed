// SPDX-License-Identifier: Apache-2.0
// A control plane that is to be killed: `victim STORE FOLDER` upgrades the twelve
// machines of FOLDER, a file each, to version 2, and takes its time.
#include "fixture.hpp"

#include <fstream>

using namespace drydock;
using namespace drydock::testing;

int main(int, char** argv) {
  const std::filesystem::path machines(argv[2]);
  const auto by = std::make_shared<scripted_driver>(
    [&](const instance& target, const action&, completion done) {
      std::ofstream(machines / target.id(), std::ios::app) << "2\n";
      std::thread([done = std::move(done)]() mutable {
        std::this_thread::sleep_for(40ms);
        done.succeed();
      }).detach();
    });
  engine_options how;
  how.store = store_options::sqlite(argv[1]);
  upgrade_engine engine(std::move(how));
  auto set = engine.add(make_set(12, by)).value();
  return set.start_upgrade(to_version(2)).value().wait().progress.successful == 12 ? 0
                                                                                   : 1;
}
