// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/state_path.hpp"
#include "sections.hpp"

namespace drydock::config {
namespace {

// In virtual time nothing is lost with the process: the same seed gives it again.
store_kind default_kind(const engine::driver_spec& driver) {
  const auto* simulated = std::get_if<engine::simulated_spec>(&driver);
  return simulated != nullptr && simulated->virtual_clock ? store_kind::none
                                                          : store_kind::sqlite;
}

// `key` belongs to one kind of store; returns whether it is there and right.
bool read_for(table_reader& store, std::string_view key, bool is_its_kind,
              std::string_view whose, std::string_view wanted, std::string& out) {
  if (!store.read(key, out))
    return false;
  const auto at = store.position_of(key);
  if (!is_its_kind)
    store.report(at, std::string(key) + " belongs to kind = \"" + std::string(whose)
                       + "\"; remove it or change kind");
  else if (out.empty())
    store.report(at, std::string(key) + " is empty; write " + std::string(wanted));
  return is_its_kind && !out.empty();
}

} // namespace

store_spec read_store(table_reader& root, const std::filesystem::path& path,
                      const engine::driver_spec& driver) {
  auto store = root.table("store");
  store_spec result;
  result.kind = store.present() ? store_kind::sqlite : default_kind(driver);
  const bool known = !store.given("kind")
                     || store.read("kind", result.kind,
                                   {{"sqlite", store_kind::sqlite},
                                    {"postgresql", store_kind::postgresql},
                                    {"none", store_kind::none}});
  // Also one that the file names: two names of one file are one store.
  const auto real = real_path(path);
  std::string file = real.filename().string() + ".db";
  // With a wrong kind nobody knows which keys belong to it.
  read_for(store, "path", !known || result.kind == store_kind::sqlite, "sqlite",
           "the name of a file, or leave it out", file);
  read_for(store, "connection", !known || result.kind == store_kind::postgresql,
           "postgresql", "one as in \"postgresql://host/base\"", result.connection);
  if (result.kind == store_kind::postgresql && known)
    store.require("connection", ", which kind = \"postgresql\" needs: "
                                "\"postgresql://host/base\"");
  store.finish();
  if (result.kind == store_kind::sqlite)
    result.path = real.parent_path() / file;
  return result;
}

} // namespace drydock::config
