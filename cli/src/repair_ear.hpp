// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "repair_record.hpp"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

namespace drydock::cli {

/// Hears what `drydock repairs` asks of a run while an upgrade is under way.
class repair_ear {
public:
  repair_ear() = default;
  ~repair_ear() { stop(); }
  repair_ear(const repair_ear&) = delete;
  repair_ear& operator=(const repair_ear&) = delete;

  /// From now on words that are left beside `file` reach `tell`, on a thread of its
  /// own, until `stop`. Once.
  void listen(std::filesystem::path file, std::function<void(const repair_word&)> tell);
  /// Nothing is told once this has returned.
  void stop();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::thread thread_;
};

} // namespace drydock::cli
