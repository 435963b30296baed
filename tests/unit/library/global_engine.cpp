// SPDX-License-Identifier: Apache-2.0
// A program whose engine is a global: it ends after `main`, with one upgrade behind it
// and another one that runs. Exit status 0: so it did, and told its end.
#include "fixture.hpp"

#include <unistd.h>

using namespace drydock;
using namespace drydock::testing;

namespace {

/// Destroyed after the engine.
struct witness {
  ~witness() {
    if (ended_by != "EngineDestroyed")
      _exit(2);
  }

  std::mutex mutex;
  std::vector<completion> kept; // outlive the engine
  std::string ended_by;
};

witness& witness_of_program() {
  static witness it;
  return it;
}

upgrade_engine& engine_of_program() {
  static upgrade_engine it;
  return it;
}

} // namespace

int main() {
  auto& seen = witness_of_program();
  auto& engine = engine_of_program();
  auto first = engine.add(make_set(10, std::make_shared<scripted_driver>(succeed)));
  if (first.value().start_upgrade(to_version(2)).value().wait().progress.successful
      != 10)
    return 1;
  auto second =
    engine.add(make_set(10,
                        std::make_shared<scripted_driver>(
                          [&](const instance&, const action&, completion done) {
                            const std::lock_guard guard(seen.mutex);
                            seen.kept.push_back(std::move(done));
                          }),
                        "second"));
  const auto runs = second.value().start_upgrade(to_version(2)).value();
  runs.on_finish(
    [&](const upgrade_report& report) { seen.ended_by = report.error.code; });
  const auto is_called = [&] {
    const std::lock_guard guard(seen.mutex);
    return !seen.kept.empty();
  };
  return eventually(is_called) ? 0 : 1;
}
