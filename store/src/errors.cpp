// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

namespace drydock::inline v1::store {

namespace {

store_error make(store_error::kind what,
                 std::initializer_list<std::string_view> parts) {
  store_error result{what, {}};
  for (const auto part : parts)
    result.text += part;
  return result;
}

} // namespace

store_error no_such_upgrade(std::string_view id) {
  return make(store_error::kind::not_found, {"the store has no upgrade ", id,
                                             ": `drydock history` lists what it has"});
}

store_error lease_lost(std::string_view scale_set) {
  return make(store_error::kind::not_the_owner,
              {"the lease of scale set ", scale_set,
               " is not this process's any more: another one runs its upgrades, or "
               "may; `drydock status` says which"});
}

store_error upgrade_exists(std::string_view id) {
  return make(store_error::kind::refused, {"the store already has an upgrade ", id,
                                           ": give the new one another id"});
}

store_error wrong_number(std::string_view id, std::uint64_t number,
                         std::uint64_t last) {
  return make(store_error::kind::refused,
              {"record ", std::to_string(number), " of upgrade ", id,
               " does not follow ", std::to_string(last),
               ", the last one written: resume the upgrade"});
}

store_error record_missing(std::string_view id, std::uint64_t number) {
  return make(store_error::kind::damaged,
              {"record ", std::to_string(number), " of upgrade ", id,
               " is missing, and later ones are there: restore the store's backup"});
}

store_error later_version(std::string_view where, std::uint64_t found,
                          std::uint64_t known) {
  return make(store_error::kind::newer,
              {where, " was written by a later version of drydock (tables of version ",
               std::to_string(found), ", this one knows ", std::to_string(known),
               "): use that version, or name another store"});
}

} // namespace drydock::inline v1::store
