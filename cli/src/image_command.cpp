// SPDX-License-Identifier: Apache-2.0
#include "image_command.hpp"

#include "small_json.hpp"
#include "text.hpp"

#include <iostream>

#include <unistd.h>

namespace drydock::cli {

std::optional<watch_record> find_pending_image(const std::filesystem::path& file) {
  auto read = read_watch_record(file);
  auto* record = std::get_if<watch_record>(&read);
  if (record == nullptr || !record->pending)
    return std::nullopt;
  return std::move(*record);
}

std::string describe_pending(const watch_record& x, const std::filesystem::path& file) {
  return "the upgrade to image " + printable(*x.pending) + " waits since "
         + printable(x.pending_since) + ": answer with `drydock approve "
         + file.string() + "`, or with --reject\n";
}

json pending_json(const std::optional<watch_record>& x) {
  if (!x)
    return nullptr;
  return {{"version", *x->pending}, {"since", x->pending_since}};
}

int answer_image(const store_options& options, const watch_record& x) {
  const std::filesystem::path path = *options.where;
  auto by = "drydock approve (process " + std::to_string(getpid()) + ")";
  if (!options.message.empty())
    by += ", who says: " + valid_utf8(options.message);
  if (const auto why = leave_image_word(path, {*x.pending, !options.reject, by}))
    return refuse(path, *why);
  std::cerr << (options.reject ? "rejected" : "approved") << " the upgrade to image "
            << printable(*x.pending) << "; whoever watches " << path.string()
            << " hears of it\n";
  return exit_done;
}

namespace {

std::string entry_line(const json& x) {
  const auto part = [&](const char* table, const char* key) {
    const auto at = x.find(table);
    return at != x.end() && at->is_object() ? printable(text_at(*at, key))
                                            : std::string();
  };
  const auto progress = x.value("progress", json::object());
  auto line = part("runningStatus", "startTime") + "  "
              + printable(text_at(x, "upgradeId")) + "  "
              + part("runningStatus", "code") + "  to "
              + part("targetImageReference", "version") + ", started by "
              + printable(text_at(x, "startedBy")) + ", until "
              + part("runningStatus", "endTime");
  const auto count = [&](const json& of, const char* key) {
    const auto at = of.find(key);
    return at != of.end() && at->is_number() ? at->dump() : std::string("?");
  };
  line += ": " + count(progress, "successfulInstanceCount") + " successful, "
          + count(progress, "failedInstanceCount") + " failed, "
          + count(progress, "pendingInstanceCount") + " pending";
  if (const auto back = x.find("rollbackInfo"); back != x.end() && back->is_object())
    line += "; " + count(*back, "successfullyRolledbackInstanceCount")
            + " have their image back";
  return line + '\n';
}

} // namespace

int os_upgrade_history(const store_options& options) {
  if (!options.where) {
    std::cerr << "drydock: error: --os-upgrades needs a fleet file: `drydock history "
                 "FILE --os-upgrades`\n";
    return exit_refused;
  }
  const auto read = read_watch_record(*options.where);
  if (const auto* why = std::get_if<std::string>(&read))
    return refuse(*options.where, *why);
  const auto& list = std::get<watch_record>(read).history;
  if (options.json)
    std::cout << to_text(list, 2) << '\n';
  else
    for (const auto& x : list)
      if (x.is_object())
        std::cout << entry_line(x);
  return deliver(exit_done);
}

} // namespace drydock::cli
