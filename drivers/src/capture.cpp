// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/capture.hpp"

#include "command_text.hpp"
#include "process.hpp"

#include "drydock/drivers/event_loop.hpp"

#include <future>
#include <limits>

namespace drydock::drivers {

void capture_stop::press() {
  const std::lock_guard guard(mutex_);
  pressed_ = true;
  if (kill_)
    kill_();
}

captured_output capture_output(const std::vector<std::string>& argv,
                               const std::string& directory, engine::duration timeout,
                               capture_stop* stop) {
  // Outlives the loop, whose thread may still be inside `set_value`.
  std::promise<process_result> ended;
  event_loop loop;
  std::shared_ptr<process> child; // loop thread only
  loop.post([&] {
    process_options options;
    options.argv = argv;
    options.directory = directory;
    options.timeout = timeout;
    options.captured_max = std::numeric_limits<std::size_t>::max();
    child = process::start(loop.get(), std::move(options), [&](process_result result) {
      child = nullptr;
      ended.set_value(std::move(result));
    });
  });
  const auto kill = [&] {
    loop.post([&] {
      if (child)
        child->kill();
    });
  };
  if (stop != nullptr) {
    const std::lock_guard guard(stop->mutex_);
    stop->kill_ = kill;
    if (stop->pressed_)
      kill();
  }
  auto result = ended.get_future().get();
  if (stop != nullptr) {
    const std::lock_guard guard(stop->mutex_);
    stop->kill_ = nullptr;
  }
  auto error = describe(argv.empty() ? "the command" : argv.front(), result, timeout);
  if (!error.empty())
    return {false, {}, std::move(error)};
  return {true, std::move(result.output), {}};
}

} // namespace drydock::drivers
