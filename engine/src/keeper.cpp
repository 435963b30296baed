// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/keeper.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

value resolve(const value& model, const std::string& newest) {
  return wants_latest_image(model) && !newest.empty()
           ? with_image_version(model, newest)
           : model;
}

} // namespace

std::string_view to_string(upgrade_cause x) {
  switch (x) {
  case upgrade_cause::start:
    return "start";
  case upgrade_cause::file:
    return "file";
  case upgrade_cause::request:
    return "request";
  case upgrade_cause::image:
    break;
  }
  return "image";
}

std::string_view started_by(upgrade_cause x) {
  return x == upgrade_cause::image ? "Platform" : "User";
}

value with_capacity_of(value model, const value& from) {
  const auto* capacity = from.find("capacity");
  value patch;
  patch.set("capacity", capacity == nullptr ? value{} : *capacity);
  return merge(std::move(model), patch);
}

bool same_but_capacity(const value& a, const value& b) {
  return a == b || with_capacity_of(a, b) == b;
}

/// `brings`: there is a model to be brought to instances. In manual mode nobody is
/// named, and so nobody is upgraded; a later mode may have that begin.
keeper::next_upgrade keeper::choose(upgrade_cause cause, bool brings, bool scales,
                                    upgrade_mode mode) {
  settled_ = settled_ && !brings;
  const auto upgrades = brings && mode != upgrade_mode::manual;
  only_capacity_ = scales && !upgrades;
  return upgrades || scales ? next_upgrade(cause) : std::nullopt;
}

/// The fleet is taken to have it; false: which version it is has to be found out yet.
bool keeper::assume_applied(value model) {
  if (wants_latest_image(model))
    return false;
  applied_ = std::move(model);
  return true;
}

void keeper::remember_images(std::string tried, std::string rejected) {
  tried_ = std::move(tried);
  rejected_ = std::move(rejected);
}

std::string keeper::fleet_image() const {
  return applied_ ? image_version_of(*applied_) : image_;
}

std::string keeper::version_for(upgrade_cause cause, const std::string& newest,
                                const automatic_os_upgrade& how) const {
  auto has = fleet_image();
  if (!how.enable_automatic_os_upgrade || has.empty())
    return newest;
  // What was let in once, and did not come to its end, may be asked for again.
  const auto asked_again = cause == upgrade_cause::request && newest == tried_;
  const auto let_in = asked_again || (!settled_ && newest == image_version_of(target_));
  const auto waits = how.os_rolling_upgrade_deferral && !let_in;
  const auto tried = cause == upgrade_cause::start && newest == tried_;
  return newest == rejected_ || waits || tried ? has : newest;
}

keeper::next_upgrade keeper::begin(const beginning& x) {
  file_ = x.model;
  image_ = wants_latest_image(x.model) ? x.image : std::string();
  const auto brings = x.knows && x.lags;
  const auto known =
    brings || assume_applied(resolve(x.model, x.image.empty() ? x.newest : x.image));
  scales_later_ = x.scales && !known;
  return choose(upgrade_cause::start, brings, x.scales && known, x.mode);
}

keeper::next_upgrade keeper::begin_after(cut_short past, const value& model,
                                         upgrade_mode mode, bool scales) {
  file_ = model;
  if (!wants_latest_image(past.previous))
    applied_ = std::move(past.previous);
  // A newer image is not what the file asks for, but found by itself.
  const auto wanted = resolve(model, image_version_of(past.target));
  const auto same = wanted == past.target;
  const auto same_model = same_but_capacity(wanted, past.target);
  only_capacity_ = past.only_capacity;
  if (only_capacity_)
    settled_ = applied_ && same_but_capacity(past.target, *applied_);
  begun(std::move(past.target));
  ended(past.status, past.any_failed);
  if (same)
    return std::nullopt;
  return choose(upgrade_cause::file, !settled_ || !same_model, scales, mode);
}

bool keeper::is_concerned(const value& model, bool asked) const {
  return asked || !settled_ || !applied_ || !same_but_capacity(model, file_);
}

keeper::next_upgrade keeper::take_file(const value& model, upgrade_mode mode,
                                       const std::string& newest, bool asked,
                                       bool scales) {
  const auto as_before = settled_ && !asked && same_but_capacity(model, file_);
  const auto wanted = resolve(model, newest);
  file_ = model;
  if (!wants_latest_image(model))
    pending_.reset();
  if (as_before && !applied_)
    static_cast<void>(assume_applied(wanted));
  const auto same = applied_ && same_but_capacity(wanted, *applied_);
  const auto brings = !as_before && !(same && settled_ && !(asked && some_failed_));
  if (!brings && applied_)
    applied_ = with_capacity_of(std::move(*applied_), wanted);
  return choose(asked ? upgrade_cause::request : upgrade_cause::file, brings, scales,
                mode);
}

keeper::next_upgrade keeper::take_image(const std::string& newest,
                                        const automatic_os_upgrade& how) {
  // Nobody could tell when the watch began: the fleet is taken to have it.
  if (!applied_ && settled_ && !newest.empty() && wants_latest_image(file_)) {
    applied_ = resolve(file_, newest);
    if (std::exchange(scales_later_, false)) {
      only_capacity_ = true;
      return upgrade_cause::start;
    }
  }
  const auto is_known = applied_ || !image_.empty();
  const auto is_new = how.enable_automatic_os_upgrade && !newest.empty() && is_known
                      && wants_latest_image(file_) && newest != tried_
                      && newest != rejected_ && newest != fleet_image();
  if (!is_new) {
    pending_.reset();
    return std::nullopt;
  }
  if (how.os_rolling_upgrade_deferral) {
    pending_ = newest;
    return std::nullopt;
  }
  only_capacity_ = false;
  return upgrade_cause::image;
}

keeper::next_upgrade keeper::take_word(const std::string& version, bool approved) {
  if (!pending_ || *pending_ != version)
    return std::nullopt;
  pending_.reset();
  if (approved) {
    only_capacity_ = false;
    return upgrade_cause::image;
  }
  rejected_ = version;
  return std::nullopt;
}

void keeper::begun(value target, std::optional<value> from) {
  scales_later_ = false;
  if (only_capacity_)
    return;
  from_ = from ? std::move(from) : applied_;
  target_ = std::move(target);
  auto version = image_version_of(target_);
  if (pending_ == version)
    pending_.reset();
  // One that brings nobody to another image tries none.
  if (version != fleet_image())
    tried_ = std::move(version);
}

void keeper::ended(upgrade_status status, bool any_failed) {
  if (only_capacity_)
    return;
  settled_ = status == upgrade_status::completed;
  some_failed_ = any_failed;
  const auto left = settled_ ? from_ : std::optional(target_);
  if (settled_ && !any_failed)
    others_.clear();
  else if (left && !(settled_ && same_but_capacity(*left, target_))
           && std::find(others_.begin(), others_.end(), *left) == others_.end())
    others_.push_back(*left);
  if (settled_)
    applied_ = target_;
}

} // namespace drydock::inline v1::engine
