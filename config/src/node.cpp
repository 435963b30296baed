// SPDX-License-Identifier: Apache-2.0
#include "node.hpp"

#include <algorithm>

namespace drydock::config {

const member* node::find(std::string_view key) const {
  const auto it = std::find_if(members.begin(), members.end(),
                               [&](const member& x) { return x.key == key; });
  return it == members.end() ? nullptr : &*it;
}

position member::begin() const {
  return value.at.line != 0 ? std::min(at, value.at) : at;
}

std::string_view describe(node::kind x) {
  switch (x) {
  case node::kind::null:
    return "null";
  case node::kind::boolean:
    return "a boolean";
  case node::kind::integer:
    return "an integer";
  case node::kind::floating:
    return "a float";
  case node::kind::text:
    return "a string";
  case node::kind::date:
    return "a date or time";
  case node::kind::list:
    return "an array";
  case node::kind::table:
    return "a table";
  }
  return "a value";
}

namespace {

bool begins_path(std::string_view path, std::string_view key) {
  return path.substr(0, key.size()) == key
         && (path.size() == key.size() || path[key.size()] == '.');
}

} // namespace

position locate(const node& root, std::string_view path) {
  position found{1, 1};
  const node* here = &root;
  while (!path.empty()) {
    const member* next = nullptr;
    for (const auto& x : here->members)
      if (begins_path(path, x.key)
          && (next == nullptr || x.key.size() > next->key.size()))
        next = &x;
    if (next == nullptr)
      break;
    found = next->begin();
    here = &next->value;
    path.remove_prefix(std::min(path.size(), next->key.size() + 1));
  }
  return found;
}

} // namespace drydock::config
