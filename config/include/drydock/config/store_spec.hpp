// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace drydock::config {

/// Where upgrades are written down.
enum class store_kind : std::uint8_t {
  /// Nowhere: an upgrade ends with its process.
  none,
  /// In one file.
  sqlite,
  /// In a database that several machines reach.
  postgresql,
};

/// `[store]`, with every default filled in.
struct store_spec {
  store_kind kind = store_kind::none;
  /// The file of `sqlite`, relative where the fleet file's own path is; else empty.
  std::filesystem::path path;
  /// What `postgresql` connects to, as libpq takes it; else empty.
  std::string connection;

  friend bool operator==(const store_spec&, const store_spec&) = default;
};

} // namespace drydock::config
