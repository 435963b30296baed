// SPDX-License-Identifier: Apache-2.0
#include "text_output.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace drydock::cli {

namespace {

/// A pipe that others use may have been made not to wait.
bool wait_until_writable(int descriptor) {
  pollfd one{descriptor, POLLOUT, 0};
  return poll(&one, 1, -1) > 0 || errno == EINTR;
}

/// Writes all of it and returns 0, or the `errno` of what went wrong.
int write_all(int descriptor, const char* text, std::size_t count) {
  while (count > 0) {
    const auto done = write(descriptor, text, count);
    if (done >= 0) {
      text += done;
      count -= static_cast<std::size_t>(done);
    } else if (errno == EAGAIN ? !wait_until_writable(descriptor) : errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

} // namespace

text_output::text_output(int descriptor, writer who) : descriptor_(descriptor) {
  open_ = queue_.emplace_back(std::make_unique<block>()).get();
  if (who == writer::own_thread)
    thread_ = std::thread([this] { run(); });
}

void text_output::append(std::string_view text) {
  while (!text.empty()) {
    const auto count = std::min(text.size(), piece_max);
    text.copy(reserve(count), count);
    commit(count);
    text.remove_prefix(count);
  }
}

void text_output::hand_over() {
  if (!thread_.joinable()) {
    write(*open_, 0, std::exchange(used_, 0));
    return;
  }
  {
    const std::lock_guard guard(mutex_);
    if (open_->handed == used_)
      return;
    open_->handed = used_;
    if (napping_)
      return;
  }
  changed_.notify_all();
}

/// Goes on with an empty block.
void text_output::open_next() {
  if (!thread_.joinable()) {
    hand_over();
    return;
  }
  {
    std::unique_lock guard(mutex_);
    open_->handed = used_;
    open_->full = true;
    if (!napping_ || is_behind())
      changed_.notify_all();
    changed_.wait(guard,
                  [this] { return !spare_.empty() || queue_.size() < blocks_max; });
    if (spare_.empty())
      spare_.push_back(std::make_unique<block>());
    auto& next = queue_.emplace_back(std::move(spare_.back()));
    spare_.pop_back();
    next->handed = next->written = 0;
    next->full = false;
    open_ = next.get();
  }
  used_ = 0;
}

int text_output::finish() {
  hand_over();
  if (thread_.joinable()) {
    {
      const std::lock_guard guard(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    thread_.join();
    used_ = 0;
  }
  return error_;
}

void text_output::write(const block& from, std::size_t begin, std::size_t end) {
  if (error_ == 0)
    error_ = write_all(descriptor_, from.memory.get() + begin, end - begin);
}

/// To be woken for every few lines costs more than to write them: what is handed
/// over meanwhile goes out together.
void text_output::take_a_nap(std::unique_lock<std::mutex>& guard) {
  napping_ = true;
  changed_.wait_for(guard, nap, [this] { return closed_ || is_behind(); });
  napping_ = false;
}

void text_output::run() {
  std::unique_lock guard(mutex_);
  for (;;) {
    // The maker's own, if not one before it; none while the maker waits for room.
    auto* const first = queue_.empty() ? nullptr : queue_.front().get();
    if (first != nullptr && first->written != first->handed) {
      const auto end = first->handed;
      guard.unlock();
      write(*first, first->written, end);
      guard.lock();
      first->written = end;
      if (!first->full)
        take_a_nap(guard);
    } else if (first != nullptr && first->full) {
      spare_.push_back(std::move(queue_.front()));
      queue_.pop_front();
      changed_.notify_all();
    } else if (closed_) {
      return;
    } else {
      changed_.wait(guard);
    }
  }
}

} // namespace drydock::cli
