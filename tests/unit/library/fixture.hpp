// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/drydock.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace drydock::testing {

using namespace std::chrono_literals;

/// A driver that does what a test says, and counts what is in its hands at a time.
class scripted_driver : public driver {
public:
  using step = std::function<void(const instance&, const action&, completion)>;

  explicit scripted_driver(step on_upgrade) : on_upgrade_(std::move(on_upgrade)) {}

  [[nodiscard]] driver_features features() const override { return can; }
  void upgrade(const instance& target, const action& what, completion done) override;
  void before_instance(const instance& target, const action& what,
                       completion done) override;
  void after_instance(const instance& target, const action& what,
                      completion done) override;
  void inspect(const instance& target, inspection done) override;
  void inspect_action(const instance& target, const action& what,
                      action_inspection done) override;
  void kill(const instance& target) override;

  driver_features can;
  step on_before;
  step on_after;
  std::function<void(const instance&, inspection)> on_inspect;
  std::function<void(const instance&, const action&, action_inspection)>
    on_inspect_action;
  std::function<void(const instance&)> on_kill;

  [[nodiscard]] std::vector<std::string> calls();
  void note(std::string what);
  std::atomic<int> upgrades{0};
  std::atomic<int> kills{0};

private:
  step on_upgrade_;
  std::mutex mutex_;
  std::vector<std::string> calls_;
};

/// A prober that does what a test says.
class scripted_prober : public prober {
public:
  using look = std::function<void(const instance&, probe_completion)>;

  explicit scripted_prober(look on_probe) : on_probe_(std::move(on_probe)) {}
  void probe(const instance& target, probe_completion done) override {
    on_probe_(target, std::move(done));
  }

private:
  look on_probe_;
};

/// One that finds everybody healthy.
std::shared_ptr<prober> healthy_prober();

/// Completes at once.
void succeed(const instance&, const action&, completion done);

/// `count` instances `i-0`, `i-1`, … with a model at version 1, and a rolling policy of
/// 20 %.
scale_set_options make_set(std::uint32_t count, std::shared_ptr<driver> by,
                           std::string name = "web");

/// To version `version` of settings.app.
change to_version(int version);

/// Lines of the log of an engine.
class log_lines {
public:
  [[nodiscard]] log_handler handler();
  /// All lines that hold `part`.
  [[nodiscard]] std::size_t count(std::string_view part);

private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A folder of its own, gone with it.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] std::string file(std::string_view name) const {
    return (path_ / name).string();
  }

private:
  std::filesystem::path path_;
};

/// Waits until `is_so`, ten seconds at most.
bool eventually(const std::function<bool()>& is_so);

} // namespace drydock::testing
