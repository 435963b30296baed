// SPDX-License-Identifier: Apache-2.0
// The fleet file of a watch, and what other processes leave beside it.
#include "image_versions.hpp"
#include "session.hpp"
#include "watcher.hpp"
#include "whole_file.hpp"

#include "drydock/config/state_path.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace drydock::cli {

using namespace engine;

/// The file in force with its instances as they are now: upgrades and repairs may have
/// replaced some, and changed how many there are. Null: it cannot be read now.
watcher::file_ptr watcher::read_anew() {
  auto file = parse_or_complain(text_, options_.file, signals_, options_.settings);
  if (file && simulation_)
    places_.settle(*file, *simulation_);
  return file;
}

/// The same, or else with its instances as they were.
watcher::file_ptr watcher::fresh() {
  auto file = read_anew();
  if (!file)
    return std::make_shared<config::fleet_file>(*file_);
  repairs_.note_arrivals(file_->instances, file->instances, wall_now());
  file_ = std::make_shared<config::fleet_file>(*file);
  stale_ = false;
  return file;
}

/// Something beside the fleet file has changed, maybe the file itself.
void watcher::look_at_folder() {
  take_words();
  if (!next_)
    look_at_file(std::exchange(asked_, false));
}

void watcher::look_at_file(bool asked) {
  auto text = read_whole(options_.file.string());
  if (!text) // it is about to be replaced, or gone
    return;
  if (!asked && (*text == text_ || *text == wrong_text_))
    return;
  // Whoever tells the newest image is not asked more often because of other files.
  if (!asked && retry_ && *text == put_off_text_)
    return;
  auto next = parse_or_complain(*text, options_.file, signals_, options_.settings);
  if (!next || !may_be_taken(*next)) {
    wrong_text_ = std::move(*text);
    spdlog::warn("{} cannot be taken as it is now; what it said before holds until it "
                 "is mended",
                 options_.file.string());
    return;
  }
  wrong_text_.clear();
  take_file(std::move(*text), std::move(next), asked);
}

/// What a watch holds is bound to the scale set and its store.
bool watcher::may_be_taken(const config::fleet_file& next) const {
  if (config::real_path(options_.file) != real_) {
    refuse(options_.file, "it leads to another file now, which is another fleet; stop "
                          "the watch, and start it again");
    return false;
  }
  const auto same_store = next.store.kind == file_->store.kind
                          && next.store.path == file_->store.path
                          && next.store.connection == file_->store.connection;
  const auto same =
    next.name == file_->name && same_store && has_virtual_clock(next) == virtual_;
  if (!same)
    refuse(options_.file, "scale_set.name, [store] and the clock of a simulated fleet "
                          "stay as they are while it is watched; stop the watch, and "
                          "start it again");
  const auto lost = find_lost_capacity(next);
  if (lost)
    refuse(options_.file, *lost);
  return same && !lost;
}

void watcher::take_file(std::string text, file_ptr next, bool asked) {
  const auto& model = next->request.latest_model;
  const auto mode = next->request.policy.mode;
  std::string newest;
  if (wants_latest_image(model)) {
    newest = image_version_of(keeper_.applied().value_or(value{}));
    if (keeper_.is_concerned(model, asked))
      newest = newest_or_complain(*next);
    if (!newest.empty())
      newest = keeper_.version_for(asked ? upgrade_cause::request : upgrade_cause::file,
                                   newest, next->os_upgrade);
    if (newest.empty()) {
      put_off(asked, {});
      put_off_text_ = std::move(text);
      return;
    }
  }
  retry_.reset();
  stale_ = false;
  approved_image_.clear();
  const auto changed = text != text_;
  if (changed)
    places_ = {};
  places_.apply(*next);
  const auto scales = changes_capacity(*next);
  repairs_.note_arrivals(file_->instances, next->instances, wall_now());
  text_ = std::move(text);
  file_ = std::move(next);
  if (changed && std::holds_alternative<simulated_spec>(file_->driver))
    simulation_ = session(file_, "watch", std::nullopt).shared_simulation();
  next_ = keeper_.take_file(file_->request.latest_model, mode, newest, asked, scales);
  renew_ = true;
  next_poll_ = since_start();
  note_taken(changed);
}

void watcher::note_taken(bool changed) const {
  const auto path = options_.file.string();
  const auto* what =
    keeper_.only_capacity() ? " asks for another capacity" : " asks for another model";
  if (next_)
    note((changed ? path + what : std::string("asked to try again"))
         + ": an upgrade begins");
  const auto manual = file_->request.policy.mode == upgrade_mode::manual;
  if (!keeper_.is_settled() && manual)
    spdlog::warn("{} asks for another model, but mode = \"manual\" upgrades nothing by "
                 "itself; stop the watch and name instances with `drydock run "
                 "--instances`",
                 path);
  else if (!next_)
    note(path + " was read again; no upgrade is needed");
}

/// Empty: it could not be found out, and that was said, once.
std::string watcher::newest_or_complain(const config::fleet_file& file) {
  auto x = find_newest_image(file, since_start(), signals_);
  if (x.version.empty() && !std::exchange(image_complained_, true))
    spdlog::warn("{}; it is asked again later", x.problem);
  if (!x.version.empty())
    image_complained_ = false;
  return std::move(x.version);
}

void watcher::take_words() {
  take_repair_word();
  take_image_word();
}

void watcher::take_repair_word() {
  if (const auto word = cli::take_repair_word(options_.file)) {
    repairs_.take(*word, wall_now());
    if (kept_)
      kept_->steer(word->suspend, word->by);
    note(word->by + (word->suspend ? " suspended repairs" : " resumed repairs"));
  }
}

void watcher::take_image_word() {
  const auto word = cli::take_image_word(options_.file);
  if (!word || next_)
    return;
  if (keeper_.pending_image() != word->version) {
    spdlog::warn("{} answers about image {}, which waits for no answer", word->by,
                 word->version);
    return;
  }
  next_ = keeper_.take_word(word->version, word->approved);
  approved_image_ = word->approved ? word->version : std::string();
  note(word->by + (word->approved ? " approved" : " rejected")
       + " the upgrade to image " + word->version);
  note_pending();
}

/// What was wanted is tried again by itself, unless something else is wanted before.
void watcher::put_off(bool asked, keeper::next_upgrade cause) {
  constexpr duration soon = std::chrono::minutes(1);
  asked = asked || (retry_ && retry_->asked);
  if (!virtual_)
    retry_ = {since_start() + std::min(file_->os_upgrade.check_interval, soon), asked,
              cause};
}

/// An upgrade that was approved is to begin as soon as it can, and no other.
bool watcher::waits_with_approval() const {
  return retry_ && retry_->cause == upgrade_cause::image && !approved_image_.empty();
}

/// Until somebody has told the newest image once, it is not known what the fleet has.
bool watcher::lacks_image() const {
  return keeper_.is_settled() && !keeper_.applied()
         && wants_latest_image(file_->request.latest_model);
}

void watcher::try_again() {
  const auto what = *std::exchange(retry_, std::nullopt);
  next_ = what.cause;
  if (!next_)
    look_at_file(what.asked);
  if (!next_ && lacks_image())
    poll_image();
  if (!next_ && lacks_image() && !retry_)
    put_off(false, {});
  renew_ = renew_ || stale_; // who is there may be known now
}

void watcher::poll_image() {
  next_poll_ = since_start() + file_->os_upgrade.check_interval;
  const auto newest = newest_or_complain(*file_);
  if (newest.empty())
    return;
  const auto before = keeper_.pending_image();
  const auto known = keeper_.applied().has_value();
  next_ = keeper_.take_image(newest, file_->os_upgrade);
  renew_ = renew_ || known != keeper_.applied().has_value();
  if (next_)
    note("there is a newer image, " + newest + ": an upgrade begins");
  else if (keeper_.pending_image() && keeper_.pending_image() != before)
    note("there is a newer image, " + newest
         + "; the upgrade to it waits for `drydock approve " + options_.file.string()
         + "`, or with --reject");
  note_pending();
}

/// What waits for an approval is known to other processes, and what was tried to the
/// next watch.
void watcher::note_pending() {
  if (keeper_.pending_image() && retry_ && retry_->cause == upgrade_cause::image)
    retry_.reset(); // that has to be approved now
  if (virtual_)
    return;
  auto read = read_watch_record(options_.file);
  auto* record = std::get_if<watch_record>(&read);
  if (record == nullptr)
    return;
  const auto& tried = keeper_.tried_image();
  const auto& rejected = keeper_.rejected_image();
  const auto same = record->tried == tried && record->rejected == rejected;
  if (record->pending == keeper_.pending_image()
      && (same || !wants_latest_image(file_->request.latest_model)))
    return;
  if (record->pending != keeper_.pending_image())
    record->pending_since = to_iso_time(cli::wall_now());
  record->pending = keeper_.pending_image();
  record->tried = tried;
  record->rejected = rejected;
  if (const auto why = write_watch_record(options_.file, *record))
    spdlog::warn("{}; nobody can approve the upgrade", *why);
}

} // namespace drydock::cli
