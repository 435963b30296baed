// SPDX-License-Identifier: Apache-2.0
#include "watch_record.hpp"

#include "small_json.hpp"

#include "drydock/config/state_path.hpp"

namespace drydock::cli {

using namespace engine;

namespace {

std::string record_path(const std::filesystem::path& file) {
  return config::state_path(file, ".watch.json");
}

std::string word_path(const std::filesystem::path& file) {
  return config::state_path(file, ".approve.json");
}

} // namespace

std::variant<watch_record, std::string>
read_watch_record(const std::filesystem::path& file) {
  const auto path = record_path(file);
  watch_record result;
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return result;
  const auto all = read_json(path);
  if (!all.is_object())
    return path
           + ", which says which image the fleet has, is not what drydock writes; mend "
             "it, or delete it to go by the fleet file";
  result.image = text_at(all, "imageVersion");
  result.tried = text_at(all, "triedImageVersion");
  result.rejected = text_at(all, "rejectedImageVersion");
  if (const auto own = all.find("ownImageVersions");
      own != all.end() && own->is_object())
    for (const auto& [id, version] : own->items())
      if (version.is_string())
        result.own_images[id] = version.get<std::string>();
  if (const auto pending = all.find("pendingOsUpgrade");
      pending != all.end() && pending->is_object()) {
    result.pending = text_at(*pending, "version");
    result.pending_since = text_at(*pending, "since");
  }
  if (const auto past = all.find("osUpgradeHistory");
      past != all.end() && past->is_array())
    result.history = *past;
  return result;
}

std::optional<std::string> write_watch_record(const std::filesystem::path& file,
                                              const watch_record& x) {
  json out;
  const auto text = [](const std::string& t) { return t.empty() ? json() : json(t); };
  out["imageVersion"] = text(x.image);
  out["triedImageVersion"] = text(x.tried);
  out["rejectedImageVersion"] = text(x.rejected);
  out["ownImageVersions"] = x.own_images;
  out["pendingOsUpgrade"] = nullptr;
  if (x.pending)
    out["pendingOsUpgrade"] = {{"version", *x.pending}, {"since", x.pending_since}};
  out["osUpgradeHistory"] = x.history;
  return write_json(record_path(file), out);
}

void add_image_upgrade(watch_record& to, const image_upgrade& x) {
  const auto summary = summary_json(x.file, x.report, x.facts);
  const auto took = x.report.end - x.report.start;
  json entry;
  entry["upgradeId"] = x.facts.upgrade_id;
  entry["runningStatus"] = {{"code", to_string(x.report.status)},
                            {"startTime", to_iso_time(x.facts.start)},
                            {"endTime", to_iso_time(x.facts.start + took)}};
  entry["progress"] = summary["progress"];
  for (const auto* key : {"error", "rollbackInfo"})
    if (summary.contains(key))
      entry[key] = summary[key];
  entry["startedBy"] = started_by(x.cause);
  entry["targetImageReference"] = json::object();
  for (const auto* key : {"publisher", "offer", "sku", "version"})
    if (const auto* found =
          x.file.request.latest_model.find(std::string("image.") + key))
      entry["targetImageReference"][key] = found->to_text();
  if (x.report.status == upgrade_status::completed && x.report.progress.pending == 0)
    to.image = image_version_of(x.file.request.latest_model);
  to.pending.reset(); // a watch that looks again knows whether it still waits
  to.history.insert(to.history.begin(), std::move(entry));
  while (to.history.size() > image_history_max)
    to.history.erase(to.history.size() - 1);
}

std::optional<std::string> keep_own_images(const std::filesystem::path& file,
                                           image_versions& own,
                                           const std::string& image) {
  auto read = read_watch_record(file);
  auto* record = std::get_if<watch_record>(&read);
  const auto& rest = image.empty() && record != nullptr ? record->image : image;
  std::erase_if(own, [&](const auto& x) { return x.second == rest; });
  if (record == nullptr || record->own_images == own)
    return std::nullopt;
  record->own_images = own;
  auto why = write_watch_record(file, *record);
  if (why)
    *why += "; who has another image than the rest is not known later";
  return why;
}

std::optional<std::string> leave_image_word(const std::filesystem::path& file,
                                            const image_word& x) {
  return write_json(word_path(file),
                    {{"version", x.version}, {"approved", x.approved}, {"by", x.by}});
}

std::optional<image_word> take_image_word(const std::filesystem::path& file) {
  const auto all = take_json(word_path(file));
  if (!all)
    return std::nullopt;
  return image_word{text_at(*all, "version"), flag_at(*all, "approved"),
                    text_at(*all, "by")};
}

} // namespace drydock::cli
