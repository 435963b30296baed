// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/state_path.hpp"

#include <system_error>

namespace drydock::config {

std::filesystem::path real_path(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::is_symlink(file, failed))
    return file;
  auto real = std::filesystem::canonical(file, failed);
  return failed ? file : real;
}

std::string state_path(const std::filesystem::path& file, std::string_view suffix) {
  return real_path(file).string().append(suffix);
}

} // namespace drydock::config
