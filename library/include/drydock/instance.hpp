// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/engine/fleet.hpp>
#include <drydock/engine/value.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace drydock::inline v1 {

using engine::fleet;
using engine::instance_index;
using engine::instance_spec;
using engine::value;

namespace detail {
/// What all calls of one upgrade have in common; never changed once made.
struct upgrade_facts {
  std::string upgrade_id;
  std::string scale_set;
  std::shared_ptr<const fleet> instances;
  value latest_model;
  value previous_model;
};
} // namespace detail

/// One instance, as drivers and probers see it. A copy is as good as the original,
/// costs a reference count, and keeps all that it shows; it may outlive the upgrade
/// and the engine, and be used from any thread.
class instance {
public:
  /// For the engine.
  instance(std::shared_ptr<const detail::upgrade_facts> facts, instance_index index)
    : facts_(std::move(facts)), index_(index) {}

  /// Its position in the scale set, from 0.
  [[nodiscard]] instance_index index() const { return index_; }
  /// Unique in its scale set.
  [[nodiscard]] std::string_view id() const { return facts_->instances->id(index_); }
  /// Empty: none.
  [[nodiscard]] std::string_view zone() const {
    return facts_->instances->zone_name(index_);
  }
  /// Where it is reached: a host name or an address.
  [[nodiscard]] const std::string& address() const {
    return facts_->instances->address(index_);
  }
  /// 0: none was given.
  [[nodiscard]] std::uint16_t port() const { return facts_->instances->port(index_); }
  /// The user's own value `name` (`instance_spec::vars`), or null.
  [[nodiscard]] const std::string* var(std::string_view name) const {
    return facts_->instances->var(index_, name);
  }
  /// The name of its scale set.
  [[nodiscard]] const std::string& scale_set() const { return facts_->scale_set; }
  /// The same for all calls of one upgrade, and no other's.
  [[nodiscard]] const std::string& upgrade_id() const { return facts_->upgrade_id; }
  /// The model that the upgrade brings.
  [[nodiscard]] const value& latest_model() const { return facts_->latest_model; }
  /// The model before the change, and what a rollback goes back to; the latest one
  /// where nothing changed.
  [[nodiscard]] const value& previous_model() const { return facts_->previous_model; }

private:
  std::shared_ptr<const detail::upgrade_facts> facts_;
  instance_index index_;
};

} // namespace drydock::inline v1
