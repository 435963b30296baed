// SPDX-License-Identifier: Apache-2.0
#include "running_record.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace drydock::drivers {

namespace {

/// Cuts the first line off `text`; nothing when it has no end.
std::optional<std::string> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos)
    return std::nullopt;
  std::string result(text.substr(0, end));
  text.remove_prefix(end + 1);
  return result;
}

} // namespace

std::string running_record::header(std::string_view instance) {
  return boot_id() + "\n" + std::string(instance) + "\n";
}

int running_record::open(const std::string& path, const std::string& text) {
  if (path.empty())
    return -1;
  const int file =
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (file >= 0
      && ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    ::close(file);
    return -1;
  }
  return file;
}

void running_record::remove(const std::string& path) {
  std::error_code error;
  if (!path.empty())
    std::filesystem::remove(path, error);
}

std::optional<running_record> running_record::read(const std::string& path) {
  std::string all;
  std::ifstream file(path);
  std::getline(file, all, '\0');
  std::string_view text(all);
  const auto boot = take_line(text);
  const auto instance = take_line(text);
  const auto process = parse_process_facts(text);
  if (!boot || boot->empty() || *boot != boot_id() || !instance || !process
      || process->pid <= 1)
    return std::nullopt;
  return running_record{path, *instance, std::filesystem::path(path).filename(),
                        *process};
}

std::vector<running_record> running_record::find_running(const std::string& directory) {
  std::vector<running_record> result;
  std::error_code error;
  std::filesystem::directory_iterator all(directory, error);
  std::vector<std::string> paths;
  for (; !error && all != std::filesystem::directory_iterator(); all.increment(error))
    paths.push_back(all->path().string());
  for (const auto& path : paths) {
    auto found = read(path);
    if (found && found->runs())
      result.push_back(std::move(*found));
    else
      remove(path);
  }
  return result;
}

bool running_record::runs() const {
  const auto now = look_up_process(process.pid);
  return now && now->start == process.start && now->lives();
}

} // namespace drydock::drivers
