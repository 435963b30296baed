// SPDX-License-Identifier: Apache-2.0
#include "engine_store.hpp"

#include <utility>

namespace drydock::inline v1 {

store_options store_options::in_memory() {
  store_options result;
  result.kind = store_kind::memory;
  result.memory = store::make_memory_store();
  return result;
}

store_options store_options::sqlite(std::string path) {
  store_options result;
  result.kind = store_kind::sqlite;
  result.path = std::move(path);
  return result;
}

store_options store_options::postgresql(std::string connection) {
  store_options result;
  result.kind = store_kind::postgresql;
  result.connection = std::move(connection);
  return result;
}

namespace detail {

namespace {

error bad(std::string text) {
  return {error_code::invalid_argument, {}, std::move(text)};
}

} // namespace

error to_error(store::store_error failed, const std::string& about) {
  using kind = store::store_error::kind;
  auto code = error_code::store_unavailable;
  if (failed.what == kind::newer)
    code = error_code::store_newer;
  else if (failed.what == kind::not_the_owner)
    code = error_code::lease_lost;
  return {
    code, {}, about.empty() ? std::move(failed.text) : about + ": " + failed.text};
}

result<std::shared_ptr<store::upgrade_store>> open_store(const store_options& options) {
  using opened = std::shared_ptr<store::upgrade_store>;
  if (options.kind == store_kind::none)
    return opened{};
  if (options.lease <= engine::duration{0})
    return bad("store_options::lease must be more than 0");
  if (options.kind == store_kind::memory)
    return options.memory ? options.memory : opened(store::make_memory_store());
  if (options.kind == store_kind::sqlite && options.path.empty())
    return bad("store_options::path is empty: name the file of the store");
  if (options.kind == store_kind::postgresql && options.connection.empty())
    return bad("store_options::connection is empty: name the database");
  auto got = options.kind == store_kind::sqlite
               ? store::open_sqlite(options.path, true)
               : store::open_postgresql(options.connection);
  if (auto* failed = std::get_if<store::store_error>(&got))
    return to_error(std::move(*failed));
  return opened(std::move(std::get<0>(got)));
}

} // namespace detail

} // namespace drydock::inline v1
