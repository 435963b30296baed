// SPDX-License-Identifier: Apache-2.0
#include "command_log.hpp"

#include "command_text.hpp"

#include <filesystem>
#include <fstream>

namespace drydock::drivers {

command_log::command_log(const std::string& directory, std::string_view upgrade_id) {
  if (!directory.empty())
    directory_ = (std::filesystem::path(directory) / to_file_name(upgrade_id)).string();
}

std::string command_log::open(const std::string& name) const {
  if (directory_.empty())
    return {};
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  return error ? std::string() : directory_ + "/" + name + ".log";
}

void command_log::append(const std::string& path, std::string_view text) {
  if (path.empty() || text.empty())
    return;
  std::ofstream(path, std::ios::app | std::ios::binary)
    .write(text.data(), static_cast<std::streamsize>(text.size()));
}

void command_log::remove_if_empty(const std::string& path) {
  std::error_code error;
  if (!path.empty() && std::filesystem::file_size(path, error) == 0 && !error)
    std::filesystem::remove(path, error);
}

} // namespace drydock::drivers
