// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/protocol/effects.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace drydock::test {

/// How long a test waits for what must happen.
inline constexpr auto patience = std::chrono::seconds(20);

/// A folder that goes away with the test.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name = {}) const;
  /// Writes an executable `/bin/sh` script and returns its name, `./NAME`.
  std::string script(const std::string& name, const std::string& text) const;
  /// The text of a file; empty if there is none.
  [[nodiscard]] std::string read(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const;

private:
  std::filesystem::path path_;
};

/// Looks every few milliseconds until `x` holds; false when patience ran out.
bool eventually(const std::function<bool()>& x);

/// Whether a process, dead but unreaped ones not counted, has this id.
bool is_alive(const std::string& pid);

/// `count` instances called `web-0` and so on.
std::shared_ptr<engine::fleet> make_fleet(std::size_t count);

/// Collects what several threads say, for one that waits.
template <class T>
class mailbox {
public:
  void push(T x) {
    std::lock_guard guard(mutex_);
    items_.push_back(std::move(x));
    changed_.notify_all();
  }

  /// Waits until there are `count`, or patience runs out; gives all so far.
  std::vector<T> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return items_.size() >= count; });
    return items_;
  }

  std::size_t size() {
    std::lock_guard guard(mutex_);
    return items_.size();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> items_;
};

class step_recorder : public protocol::step_port {
public:
  struct answer {
    protocol::ticket id;
    protocol::step_result result;
  };

  struct fate_answer {
    protocol::ticket id;
    engine::action_fate fate = engine::action_fate::unknown;
    std::string error;
  };

  void begun(protocol::ticket id, engine::duration) override { begun_.push(id); }
  void finished(protocol::ticket id, protocol::step_result result,
                engine::duration) override {
    finished_.push({id, std::move(result)});
  }
  void inspected(protocol::ticket id, engine::action_fate fate, std::string error,
                 engine::duration) override {
    inspected_.push({id, fate, std::move(error)});
  }

  std::vector<protocol::ticket> wait_begun(std::size_t n) { return begun_.wait(n); }
  std::vector<answer> wait_finished(std::size_t n) { return finished_.wait(n); }
  std::vector<fate_answer> wait_inspected(std::size_t n) { return inspected_.wait(n); }
  std::size_t begun_count() { return begun_.size(); }
  std::size_t finished_count() { return finished_.size(); }
  std::size_t inspected_count() { return inspected_.size(); }

private:
  mailbox<protocol::ticket> begun_;
  mailbox<answer> finished_;
  mailbox<fate_answer> inspected_;
};

class probe_recorder : public protocol::probe_port {
public:
  void answered(std::vector<protocol::probe_answer> answers) override;

  /// Waits for `count` answers; gives them ordered by instance.
  std::vector<protocol::probe_answer> wait(std::size_t count);
  std::size_t size() { return answers_.size(); }
  std::size_t batches() { return batches_.size(); }

private:
  mailbox<protocol::probe_answer> answers_;
  mailbox<std::size_t> batches_;
};

} // namespace drydock::test
