// SPDX-License-Identifier: Apache-2.0
#include "command_log.hpp"

#include "command_text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

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

std::string command_log::running() const {
  return directory_.empty() ? std::string() : directory_ + "/running";
}

std::string command_log::open_record(const std::string& name) const {
  if (directory_.empty())
    return {};
  std::error_code error;
  std::filesystem::create_directories(running(), error);
  return error ? std::string() : running() + "/" + name;
}

void command_log::remove_running() const {
  std::error_code error;
  if (!directory_.empty())
    std::filesystem::remove(running(), error);
}

void command_log::append(const std::string& path, std::string_view text) {
  if (path.empty() || text.empty())
    return;
  std::ofstream(path, std::ios::app | std::ios::binary)
    .write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::size_t command_log::size_of(const std::string& path) {
  std::error_code error;
  const auto size = path.empty() ? 0 : std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<std::size_t>(size);
}

std::string command_log::read_end(const std::string& path, std::size_t from) {
  constexpr std::streamoff most = 64 * 1024;
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (path.empty() || !in)
    return {};
  const std::streamoff size = in.tellg();
  in.seekg(std::max(static_cast<std::streamoff>(from), size - most));
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void command_log::remove_if_empty(const std::string& path) {
  std::error_code error;
  if (!path.empty() && std::filesystem::file_size(path, error) == 0 && !error)
    std::filesystem::remove(path, error);
}

} // namespace drydock::drivers
