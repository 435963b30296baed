// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

/// Threads with one queue: what a control plane has to make its calls with.
class worker_pool {
public:
  /// What is to be done; it may hold what cannot be copied, such as a completion.
  using work = std::packaged_task<void()>;

  explicit worker_pool(int threads);

  /// What has not begun is dropped. A completion in it answers with a failure then.
  ~worker_pool();

  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// From any thread; returns at once.
  void post(work what, std::chrono::milliseconds after = {});

private:
  using clock = std::chrono::steady_clock;

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<clock::time_point, work> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};
