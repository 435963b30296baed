// SPDX-License-Identifier: Apache-2.0
#include "repair_ear.hpp"

#include <chrono>
#include <utility>

namespace drydock::cli {

namespace {

/// How soon a word is heard.
constexpr std::chrono::milliseconds look_every{200};

} // namespace

void repair_ear::listen(std::filesystem::path file,
                        std::function<void(const repair_word&)> tell) {
  thread_ = std::thread([this, file = std::move(file), tell = std::move(tell)] {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, look_every, [this] { return stop_; })) {
      lock.unlock();
      if (const auto word = take_repair_word(file))
        tell(*word);
      lock.lock();
    }
  });
}

void repair_ear::stop() {
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

} // namespace drydock::cli
