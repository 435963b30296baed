// SPDX-License-Identifier: Apache-2.0
// The beginning and the end of a watch.
#include "watcher.hpp"

#include "image_versions.hpp"
#include "session.hpp"
#include "whole_file.hpp"

#include "drydock/config/state_path.hpp"

#include <spdlog/spdlog.h>

#include <iostream>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

/// Whoever writes a file has that long to finish.
constexpr auto calm = std::chrono::milliseconds(200);

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

/// Such an upgrade does nothing but what needs no names: the change of capacity.
bool names_nobody(const rollout_options& x) {
  return x.policy.mode == upgrade_mode::manual && !x.selected_all && x.selected.empty();
}

} // namespace

watcher::watcher(const watch_options& options, signal_watch& signals)
  : options_(options), signals_(signals), begun_(clock::now()), repairs_(options.file) {
}

watcher::~watcher() {
  kept_ = nullptr;
  folders_.clear();
  signals_.route_hangups(nullptr);
  signals_.route(nullptr);
}

int watcher::run() {
  // From here on: a hangup that comes early is not one that ends the program.
  signals_.route_hangups([this] { inbox_.hang_up(); });
  auto text = read_whole(options_.file.string());
  if (!text) {
    static_cast<void>(load_or_complain(options_.file, signals_)); // says why not
    return exit_refused;
  }
  text_ = std::move(*text);
  real_ = config::real_path(options_.file);
  file_ = parse_or_complain(text_, options_.file, signals_, options_.settings);
  if (!file_)
    return exit_refused;
  if (const auto why = find_lost_capacity(*file_))
    return refuse(options_.file, *why);
  virtual_ = has_virtual_clock(*file_);
  if (virtual_ && !options_.time_limit)
    return refuse(options_.file,
                  "a fleet with a virtual clock would be watched for ever in no time; "
                  "give --time-limit, or set driver.simulated.clock = \"real\"");
  if (const auto why = open())
    return refuse(options_.file, *why);
  auto status = begin();
  while (!over_)
    if (next_)
      status = upgrade(*next_);
    else
      keep();
  folders_.clear();
  signals_.route(nullptr);
  if (options_.json)
    say_summary();
  return deliver(died_ ? exit_died : static_cast<exit_status>(status));
}

/// Takes what a watch holds all along; says why it may not.
std::optional<std::string> watcher::open() {
  if (!virtual_)
    if (auto why = lock_.take(file_->path, true))
      return why;
  if (auto why = control_.open(*file_, virtual_))
    return why;
  if (auto why = repairs_.read(wall_now(), !virtual_))
    return why;
  control_.on_loss([this](const std::string& why) {
    spdlog::error("{}; the watch ends", why);
    inbox_.stop(lease_lost, 1);
  });
  if (auto why = events_.open(options_.events, true))
    return why;
  if (std::holds_alternative<simulated_spec>(file_->driver))
    simulation_ = session(file_, "watch", std::nullopt).shared_simulation();
  if (!virtual_)
    watch_folders();
  return std::nullopt;
}

void watcher::watch_folders() {
  std::error_code failed;
  std::set<std::filesystem::path> all{folder_of(file_->path)};
  if (std::filesystem::is_symlink(file_->path, failed))
    all.insert(folder_of(std::filesystem::canonical(file_->path, failed)));
  loop_ = std::make_unique<drivers::event_loop>();
  for (const auto& folder : all) {
    folders_.push_back(std::make_unique<drivers::folder_watch>(
      *loop_, folder.string(), calm, [this] { inbox_.folder_changed(); }));
    if (!folders_.back()->problem().empty())
      spdlog::warn("{}; the fleet file is read anew on SIGHUP alone",
                   folders_.back()->problem());
  }
}

int watcher::begin() {
  const auto read = read_watch_record(options_.file);
  if (const auto* record = std::get_if<watch_record>(&read); record && !virtual_)
    take_up_images(*record);
  note_pending();
  if (!virtual_)
    take_repair_word(); // one about images waits until it is known what they are
  if (control_.unfinished())
    return resume();
  next_ = begin_anew();
  return exit_done;
}

/// What the watch before knew of images.
void watcher::take_up_images(const watch_record& record) {
  keeper_.remember_images(record.tried, record.rejected);
  own_images_ = record.own_images;
  if (record.pending && polls() && file_->os_upgrade.os_rolling_upgrade_deferral)
    keeper_.await_word(*record.pending);
}

int watcher::resume() {
  auto how = options_of_run();
  how.resume = true;
  watched_run run{control_, events_.descriptor()};
  run.simulation = simulation_;
  const auto past = control_.unfinished()->header.rollout;
  if (past.restore_failed)
    run.cause = upgrade_cause::image;
  const auto status = run_task(fresh(), how, run);
  if (run.report)
    next_ = keeper_.begin_after({run.target, run.previous, run.report->status,
                                 any_failed(*run.report), names_nobody(past)},
                                file_->request.latest_model, file_->request.policy.mode,
                                changes_capacity(*fresh()));
  note_own_images();
  return over_ ? status : exit_done;
}

keeper::next_upgrade watcher::begin_anew() {
  keeper::beginning x;
  x.model = file_->request.latest_model;
  x.mode = file_->request.policy.mode;
  if (wants_latest_image(x.model))
    x.newest = newest_or_complain(*file_);
  auto read = read_watch_record(file_->path);
  if (const auto* why = std::get_if<std::string>(&read))
    spdlog::warn("{}", *why);
  else if (!virtual_)
    x.image = std::get<watch_record>(read).image;
  // What is newer is found by itself, and may have to be approved.
  if (x.image.empty() && polls()) {
    const auto& current = file_->request.current_model;
    x.image = wants_latest_image(current) ? x.newest : image_version_of(current);
  }
  x.knows = file_->knows_latest_model;
  x.scales = changes_capacity(*file_);
  std::vector<std::string> images{x.newest};
  if (polls() && !x.image.empty())
    images = {x.image, keeper_.tried_image(), x.newest};
  x.lags = x.knows && anybody_lags(std::move(images));
  if (x.lags && x.mode == upgrade_mode::manual)
    spdlog::warn(
      "mode = \"manual\" upgrades nothing by itself, and somebody lags; stop "
      "the watch and name instances with `drydock run --instances`");
  auto next = keeper_.begin(x);
  if (lacks_image())
    put_off(false, {});
  if (next && keeper_.only_capacity())
    note(options_.file.string()
         + " asks for another capacity than the fleet has: an upgrade begins");
  if (auto* record = std::get_if<watch_record>(&read); record && !virtual_)
    note_image(*record);
  return next;
}

/// What `latest` is taken for is known to the next watch, too.
void watcher::note_image(watch_record& record) const {
  if (!record.image.empty() || !keeper_.applied()
      || !wants_latest_image(file_->request.latest_model)
      || wants_latest_image(*keeper_.applied()))
    return;
  record.image = image_version_of(*keeper_.applied());
  if (const auto why = write_watch_record(file_->path, record))
    spdlog::warn("{}; the next watch does not know which image the fleet has", *why);
}

/// Of those that an upgrade may touch, by what they say themselves. Whoever has one of
/// these images, or the one that was given back to it, does not.
bool watcher::anybody_lags(std::vector<std::string> images) {
  std::map<std::string, bool> whose{{images.front(), true}}; // true: of anybody
  for (auto& image : images)
    if (!image.empty())
      whose[std::move(image)] = true;
  for (const auto& [id, version] : own_images_)
    whose.emplace(version, false);
  const auto size = file_->instances.size();
  std::vector<bool> lags(size);
  for (instance_index i = 0; i < size; ++i)
    lags[i] = !file_->instances.protected_from_actions(i);
  const auto anybody = [&] { return std::ranges::find(lags, true) != lags.end(); };
  for (auto next = whose.begin(); next != whose.end() && anybody(); ++next) {
    const auto seen = look_at_instances(next->first, next == whose.begin());
    for (instance_index i = 0; i < size; ++i) {
      const auto own = own_images_.find(file_->instances.id(i));
      const auto counts =
        next->second || (own != own_images_.end() && own->second == next->first);
      if (counts && seen->instances.latest_model_applied(i))
        lags[i] = false;
    }
  }
  return anybody();
}

/// Who has the file's model, with this image for `latest`.
watcher::file_ptr watcher::look_at_instances(const std::string& image, bool complains) {
  auto file = std::make_shared<config::fleet_file>(*file_);
  settle_images(*file, image, {});
  session world(file, "watch", std::nullopt, simulation_);
  signals_.route([&](const char*, int) {
    if (world.commands() != nullptr)
      world.commands()->kill_all();
  });
  for (const auto& text : world.inspect())
    if (complains)
      spdlog::warn("{}; it counts as lagging", text);
  signals_.route(nullptr);
  return file;
}

void watcher::note(const std::string& text) const {
  if (!options_.quiet)
    spdlog::info("{}", text);
}

void watcher::say_summary() {
  json out;
  out["scaleSet"] = file_->name;
  out["stoppedBy"] = stopped_by_.empty() ? json(nullptr) : json(stopped_by_);
  out["upgrades"] = upgrades_;
  out["repairs"] = repairs_json(*file_, repairs_.record());
  std::cout << to_text(out, 2) << '\n';
}

int watch_command(const watch_options& options, signal_watch& signals) {
  if (options.json && options.events == "-")
    return refuse(options.file, "--json and --events - both want standard output; give "
                                "the events a file");
  return watcher(options, signals).run();
}

} // namespace drydock::cli
