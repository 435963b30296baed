// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "drydock/config/starter.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <unordered_map>

namespace drydock::cli {

using namespace engine;

int refuse(const std::filesystem::path& file, const std::string& text) {
  std::cerr << file.string() << ": error: " << text << '\n';
  return exit_refused;
}

exit_status deliver(exit_status status) {
  std::cout.flush();
  if (std::cout)
    return status;
  spdlog::error("could not write all results to standard output; make room for them "
                "and let their reader read to the end");
  return exit_died;
}

std::optional<instance_selection>
select_instances(const config::fleet_file& file,
                 const std::optional<std::string>& text) {
  instance_selection result;
  if (!text)
    return result;
  if (file.request.policy.mode != upgrade_mode::manual) {
    refuse(file.path,
           "--instances goes with mode = \"manual\" only, and this file says "
           "otherwise; leave it out or change upgrade_policy.mode");
    return std::nullopt;
  }
  if (*text == "*") {
    result.all = true;
    return result;
  }
  std::unordered_map<std::string_view, instance_index> by_id;
  for (instance_index i = 0; i < file.instances.size(); ++i)
    by_id.emplace(file.instances.id(i), i);
  for (std::size_t at = 0; at <= text->size();) {
    const auto end = std::min(text->find(',', at), text->size());
    const auto id = std::string_view(*text).substr(at, end - at);
    const auto known = by_id.find(id);
    if (known == by_id.end()) {
      refuse(file.path, "--instances names \"" + std::string(id)
                          + "\", which is no instance of " + file.name
                          + "; `drydock plan` lists them");
      return std::nullopt;
    }
    result.named.push_back(known->second);
    at = end + 1;
  }
  std::sort(result.named.begin(), result.named.end());
  result.named.erase(std::unique(result.named.begin(), result.named.end()),
                     result.named.end());
  return result;
}

int validate_command(const std::filesystem::path& file, signal_watch& signals) {
  return load_sets_or_complain(file, signals, {}) ? exit_done : exit_refused;
}

int init_command(const std::filesystem::path& folder) {
  const auto file = folder / "drydock.toml";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (std::filesystem::exists(file, error))
    return refuse(file, "the file exists already; move it away or name another folder");
  std::ofstream out(file, std::ios::binary);
  out << config::starter_text();
  out.flush();
  if (!out)
    return refuse(file, std::string("cannot write the file (") + std::strerror(errno)
                          + "); choose a folder that is writable");
  std::cerr << "wrote " << file.string() << "; try `drydock plan " << file.string()
            << "`, then `drydock run " << file.string() << "`\n";
  return exit_done;
}

} // namespace drydock::cli
