// SPDX-License-Identifier: Apache-2.0
#include "worker_pool.hpp"

#include <utility>

worker_pool::worker_pool(int threads) {
  for (int i = 0; i < threads; ++i)
    threads_.emplace_back([this] { run(); });
}

worker_pool::~worker_pool() {
  {
    const std::lock_guard guard(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  for (auto& one : threads_)
    one.join();
}

void worker_pool::post(work what, std::chrono::milliseconds after) {
  const std::lock_guard guard(mutex_);
  queue_.emplace(clock::now() + after, std::move(what));
  changed_.notify_one();
}

void worker_pool::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (queue_.empty()) {
      changed_.wait(lock);
    } else if (const auto due = queue_.begin()->first; due > clock::now()) {
      changed_.wait_until(lock, due);
    } else {
      auto next = std::move(queue_.extract(queue_.begin()).mapped());
      lock.unlock();
      next();
      lock.lock();
    }
  }
}
