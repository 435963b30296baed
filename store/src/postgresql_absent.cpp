// SPDX-License-Identifier: Apache-2.0
// In the place of the store in PostgreSQL, where drydock is built without it.
#include "drydock/store/store.hpp"

namespace drydock::inline v1::store {

outcome<std::unique_ptr<upgrade_store>> open_postgresql(const std::string&) {
  return store_error{store_error::kind::unavailable,
                     "this drydock was built without PostgreSQL: name a SQLite file as "
                     "the store, or build it with DRYDOCK_WITH_POSTGRESQL=ON"};
}

} // namespace drydock::inline v1::store
