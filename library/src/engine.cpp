// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine.hpp"

#include "engine_core.hpp"
#include "set_state.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace drydock::inline v1 {

class upgrade_engine::impl {
public:
  explicit impl(engine_options options)
    : core_(std::make_shared<detail::engine_core>(std::move(options))) {}

  ~impl() {
    core_->stop();
    for (const auto& set : sets_) {
      detail::set_state::released goes;
      static_cast<void>(set->close(goes));
    }
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  result<scale_set> add(scale_set_options options) {
    if (auto problem = detail::find_problem(options))
      return std::move(*problem);
    if (auto problem = detail::find_clock_problem(options, core_->options().clock))
      return std::move(*problem);
    const auto name = options.name;
    if (find(name))
      return taken(name);
    // Not under the lock: it asks the driver for its features.
    const auto made = detail::set_state::take_on(core_, std::move(options));
    if (!made)
      return made.error();
    const auto& set = *made;
    // Neither this: it asks the store.
    if (auto problem = set->take_lease(*core_))
      return find(name) ? taken(name) : std::move(*problem);
    const std::lock_guard guard(mutex_);
    if (position(name) != sets_.end())
      return taken(name);
    sets_.push_back(set);
    return scale_set(set);
  }

  result<void> remove(std::string_view name) {
    detail::set_state::released goes; // after the lock
    std::shared_ptr<detail::set_state> gone;
    const std::lock_guard guard(mutex_);
    const auto at = position(name);
    if (at == sets_.end())
      return unknown(name);
    gone = *at;
    if (!gone->close(goes))
      return error{error_code::upgrade_in_progress, "OperationNotAllowed",
                   "scale set \"" + std::string(name)
                     + "\" is being upgraded; cancel that upgrade or wait for its end"};
    sets_.erase(at);
    return {};
  }

  result<scale_set> find(std::string_view name) {
    const std::lock_guard guard(mutex_);
    const auto at = position(name);
    if (at == sets_.end())
      return unknown(name);
    return scale_set(*at);
  }

  std::vector<scale_set> scale_sets() {
    const std::lock_guard guard(mutex_);
    return {sets_.begin(), sets_.end()};
  }

private:
  using set_list = std::vector<std::shared_ptr<detail::set_state>>;

  set_list::iterator position(std::string_view name) {
    return std::find_if(sets_.begin(), sets_.end(),
                        [name](const auto& set) { return set->name() == name; });
  }

  static error taken(const std::string& name) {
    return {error_code::already_exists,
            {},
            "there is a scale set \"" + name
              + "\" already; remove it first, or choose another name"};
  }

  static error unknown(std::string_view name) {
    return {error_code::not_found,
            {},
            "there is no scale set \"" + std::string(name) + "\"; add it first"};
  }

  std::shared_ptr<detail::engine_core> core_;
  std::mutex mutex_;
  set_list sets_;
};

upgrade_engine::upgrade_engine(engine_options options)
  : impl_(std::make_unique<impl>(std::move(options))) {}

upgrade_engine::upgrade_engine(upgrade_engine&& other) noexcept = default;
upgrade_engine& upgrade_engine::operator=(upgrade_engine&& other) noexcept = default;
upgrade_engine::~upgrade_engine() = default;

result<scale_set> upgrade_engine::add(scale_set_options options) {
  return impl_->add(std::move(options));
}

result<void> upgrade_engine::remove(std::string_view name) {
  return impl_->remove(name);
}

result<scale_set> upgrade_engine::find(std::string_view name) const {
  return impl_->find(name);
}

std::vector<scale_set> upgrade_engine::scale_sets() const {
  return impl_->scale_sets();
}

} // namespace drydock::inline v1
