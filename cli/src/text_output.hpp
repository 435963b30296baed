// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace drydock::cli {

/// Writes text to an open file, in order. One thread makes the text, in memory
/// that this class lends it; either another thread, its own, writes the file
/// meanwhile, or the maker writes it whenever it hands over. With a thread of its
/// own the maker waits only when the file is some megabytes behind.
class text_output {
public:
  /// Whose thread writes.
  enum class writer : std::uint8_t { own_thread, caller };

  /// The most bytes that can be reserved at a time.
  static constexpr std::size_t piece_max = 4096;

  /// `descriptor` stays the caller's, and open until `finish`.
  text_output(int descriptor, writer who);

  /// Writes what is left, as `finish` does.
  ~text_output() { finish(); }

  text_output(const text_output&) = delete;
  text_output& operator=(const text_output&) = delete;

  /// Memory for at least `most` ≤ `piece_max` bytes, until `commit`.
  [[nodiscard]] char* reserve(std::size_t most) {
    if (block::size - used_ < most)
      open_next();
    return open_->memory.get() + used_;
  }

  /// The first `count` bytes of what was reserved are text.
  void commit(std::size_t count) { used_ += count; }

  /// Any text, of any length.
  void append(std::string_view text);

  /// All text so far is to be written: at once, or, by a thread that has just
  /// written some, a millisecond later at most.
  void hand_over();

  /// Writes all text and ends the thread. Nothing may be appended afterwards.
  /// Returns the `errno` of the first failure, 0 for none; what came after one is
  /// lost. Can be called again.
  int finish();

private:
  struct block {
    static constexpr std::size_t size = std::size_t{1} << 17;

    std::unique_ptr<char[]> memory{new char[size]};
    /// How much of it may be written, and how much has been.
    std::size_t handed = 0;
    std::size_t written = 0;
    /// The maker has gone on to the next one.
    bool full = false;
  };

  /// Enough for a writing thread that has to wait for a processor.
  static constexpr std::size_t blocks_max = 32;
  /// The longest that a thread of its own puts off what is handed over.
  static constexpr std::chrono::milliseconds nap{1};

  void open_next();
  void write(const block& from, std::size_t begin, std::size_t end);
  void run();
  void take_a_nap(std::unique_lock<std::mutex>& guard);
  /// Whether there is so much to write that no nap is worth it.
  [[nodiscard]] bool is_behind() const { return queue_.size() > blocks_max / 4; }

  int descriptor_;
  int error_ = 0; // the writing thread's
  // The maker's: the last block of the queue, and how much of it is text.
  block* open_ = nullptr;
  std::size_t used_ = 0;

  std::mutex mutex_; // guards what follows
  std::condition_variable changed_;
  std::deque<std::unique_ptr<block>> queue_;
  /// The one used last is taken first: it is still in the cache.
  std::vector<std::unique_ptr<block>> spare_;
  bool closed_ = false;
  bool napping_ = false; // and not to be woken for a little text
  std::thread thread_;
};

} // namespace drydock::cli
