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

keeper::next_upgrade keeper::begin(const beginning& x) {
  file_ = x.model;
  if (!x.knows || !x.lags) {
    // Which version it is may have to be found out yet.
    if (auto model = resolve(x.model, x.image.empty() ? x.newest : x.image);
        !wants_latest_image(model))
      applied_ = std::move(model);
    return std::nullopt;
  }
  settled_ = false;
  // Nobody is named: nothing begins by itself, but a later mode may have it begin.
  if (x.mode == upgrade_mode::manual)
    return std::nullopt;
  return upgrade_cause::start;
}

keeper::next_upgrade keeper::begin_after(cut_short past, const value& model,
                                         upgrade_mode mode) {
  file_ = model;
  if (!wants_latest_image(past.previous))
    applied_ = std::move(past.previous);
  // A newer image is not what the file asks for, but found by itself.
  const auto same = resolve(model, image_version_of(past.target)) == past.target;
  begun(std::move(past.target));
  ended(past.status, past.any_failed);
  if (same)
    return std::nullopt;
  settled_ = false;
  if (mode == upgrade_mode::manual)
    return std::nullopt;
  return upgrade_cause::file;
}

bool keeper::is_concerned(const value& model, bool asked) const {
  return asked || !settled_ || model != file_;
}

keeper::next_upgrade keeper::take_file(const value& model, upgrade_mode mode,
                                       const std::string& newest, bool asked) {
  const auto concerned = is_concerned(model, asked);
  file_ = model;
  if (!concerned)
    return std::nullopt;
  const auto same = applied_ && resolve(model, newest) == *applied_;
  if (same && settled_ && !(asked && some_failed_))
    return std::nullopt;
  settled_ = false;
  if (mode == upgrade_mode::manual)
    return std::nullopt;
  return asked ? upgrade_cause::request : upgrade_cause::file;
}

keeper::next_upgrade keeper::take_image(const std::string& newest,
                                        const automatic_os_upgrade& how) {
  // Nobody could tell when the watch began: the fleet is taken to have it.
  if (!applied_ && settled_ && !newest.empty() && wants_latest_image(file_))
    applied_ = resolve(file_, newest);
  const auto is_new = how.enable_automatic_os_upgrade && !newest.empty() && applied_
                      && wants_latest_image(file_) && newest != tried_
                      && newest != image_version_of(*applied_);
  if (!is_new) {
    pending_.reset();
    return std::nullopt;
  }
  if (how.os_rolling_upgrade_deferral) {
    pending_ = newest;
    return std::nullopt;
  }
  return upgrade_cause::image;
}

keeper::next_upgrade keeper::take_word(const std::string& version, bool approved) {
  if (!pending_ || *pending_ != version)
    return std::nullopt;
  pending_.reset();
  if (approved)
    return upgrade_cause::image;
  tried_ = version;
  return std::nullopt;
}

void keeper::begun(value target, std::optional<value> from) {
  from_ = from ? std::move(from) : applied_;
  target_ = std::move(target);
  tried_ = image_version_of(target_);
  pending_.reset();
}

void keeper::ended(upgrade_status status, bool any_failed) {
  settled_ = status == upgrade_status::completed;
  some_failed_ = any_failed;
  const auto left = settled_ ? from_ : std::optional(target_);
  if (settled_ && !any_failed)
    others_.clear();
  else if (left && std::find(others_.begin(), others_.end(), *left) == others_.end())
    others_.push_back(*left);
  if (settled_)
    applied_ = target_;
}

} // namespace drydock::inline v1::engine
