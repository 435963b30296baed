#include "drydock/store/store.hpp"
namespace drydock::inline v1::store {
outcome<std::unique_ptr<upgrade_store>> open_postgresql(const std::string&) {
  return store_error{};
}
}
