// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker_pool.hpp"

#include <drydock/drydock.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

/// The machines of a small cloud, by name, as its own services see them. May be called
/// from any thread.
class machine_park {
public:
  /// Versions from here on are bad: they boot, and never serve.
  static constexpr std::int64_t first_bad_version = 100;

  void add(std::string_view name, std::int64_t version);
  void set_image(std::string_view name, std::int64_t version);
  void set_in_rotation(std::string_view name, bool yes);
  void set_broken(std::string_view name, bool yes);

  [[nodiscard]] std::int64_t version(std::string_view name) const;
  [[nodiscard]] bool serves(std::string_view name) const;
  /// Whether it got an image while it was in rotation, so that its users were cut off.
  [[nodiscard]] bool cut_users_off(std::string_view name) const;

private:
  struct machine {
    std::int64_t version = 0;
    bool in_rotation = true;
    bool broken = false;
    bool cut_users_off = false;
  };

  mutable std::mutex mutex_;
  std::map<std::string, machine, std::less<>> machines_;
};

/// Upgrades the machines of one scale set: every call becomes work of the pool, and the
/// pool's threads answer.
class park_driver : public drydock::driver {
public:
  /// Park and pool must outlive the engine. `hooks`: machines are taken out of rotation
  /// before they get another image.
  park_driver(machine_park& park, worker_pool& pool, bool hooks)
    : park_(park), pool_(pool), hooks_(hooks) {}

  [[nodiscard]] drydock::driver_features features() const override {
    return {.before_instance = hooks_, .after_instance = hooks_, .inspect = true};
  }
  void upgrade(const drydock::instance& target, const drydock::action& what,
               drydock::completion done) override;
  void before_instance(const drydock::instance& target, const drydock::action& what,
                       drydock::completion done) override;
  void after_instance(const drydock::instance& target, const drydock::action& what,
                      drydock::completion done) override;
  void inspect(const drydock::instance& target, drydock::inspection done) override;

private:
  machine_park& park_;
  worker_pool& pool_;
  bool hooks_;
};

/// Asks machines whether they serve.
class park_prober : public drydock::prober {
public:
  /// As for `park_driver`.
  park_prober(const machine_park& park, worker_pool& pool) : park_(park), pool_(pool) {}

  void probe(const drydock::instance& target, drydock::probe_completion done) override;

private:
  const machine_park& park_;
  worker_pool& pool_;
};
