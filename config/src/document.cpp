// SPDX-License-Identifier: Apache-2.0
// Files with several scale sets: docs/interface.md, `[[set]]`.
#include "document.hpp"

#include "inventory.hpp"
#include "settings.hpp"
#include "table_reader.hpp"
#include "toml_reader.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace drydock::config {

namespace {

/// Keys of the file, or of an element of [[set]], that are not a scale set's own.
constexpr std::string_view set_key = "set", budget_key = "budget", after_key = "after";

/// As in RFC 7396, but for null, which TOML does not have. Positions stay.
void merge(node& into, const node& from) {
  into.at = from.at;
  for (const auto& m : from.members) {
    const auto at = std::find_if(into.members.begin(), into.members.end(),
                                 [&](const member& x) { return x.key == m.key; });
    if (at == into.members.end()) {
      into.members.push_back(m);
    } else if (at->value.is_table() && m.value.is_table()) {
      at->at = m.at;
      merge(at->value, m.value);
    } else {
      *at = m;
    }
  }
}

const node* find_path(const node& tree, std::string_view table, std::string_view key) {
  const auto* outer = tree.find(table);
  const auto* inner = outer != nullptr ? outer->value.find(key) : nullptr;
  return inner != nullptr ? &inner->value : nullptr;
}

std::string name_in(const node& tree) {
  const auto* x = find_path(tree, "scale_set", "name");
  return x != nullptr && x->type == node::kind::text ? x->text : std::string();
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& x : names)
    text += (text.empty() ? "\"" : ", \"") + x + '"';
  return text;
}

/// One scale set of the file, on its way to a fleet file.
struct element {
  const node* own = nullptr;
  node merged;
  std::string name;
  position at;
  std::vector<std::size_t> after;
};

class document_reader {
public:
  document_reader(const node& tree, diagnostics& sink)
    : root_(&tree, {1, 1}, sink), tree_(tree), sink_(sink) {}

  /// The elements of [[set]], with all that is wrong with how they go together told.
  std::vector<element> read() {
    for (const auto* own : root_.tables(set_key))
      elements_.push_back(merged(*own));
    if (elements_.empty() && sink_.empty())
      sink_.add(locate(tree_, set_key),
                "set is empty; add a [[set]] table for each scale set");
    if (const auto* order = tree_.find(after_key))
      sink_.add(order->begin(),
                "after is about one scale set; write it inside of its [[set]]");
    read_budget();
    check_names();
    for (auto& x : elements_)
      read_order(x);
    find_cycle();
    return std::move(elements_);
  }

  [[nodiscard]] std::uint32_t budget() const { return budget_; }

private:
  element merged(const node& own) {
    element x;
    x.own = &own;
    x.at = own.at;
    x.merged.type = node::kind::table;
    x.merged.at = tree_.at;
    for (const auto& m : tree_.members)
      if (m.key != set_key && m.key != budget_key && m.key != after_key)
        x.merged.members.push_back(m);
    auto mine = own;
    std::erase_if(mine.members, [](const member& m) {
      return m.key == after_key || m.key == set_key;
    });
    merge(x.merged, mine);
    x.name = name_in(x.merged);
    if (const auto* inner = own.find(set_key))
      sink_.add(inner->begin(),
                "a scale set holds no others; write each [[set]] at the "
                "top of the file");
    if (own.find(budget_key) != nullptr)
      sink_.add(own.find(budget_key)->begin(),
                "a budget is shared by all scale sets of the file; write [budget] "
                "outside of [[set]]");
    std::erase_if(x.merged.members,
                  [](const member& m) { return m.key == budget_key; });
    return x;
  }

  void read_budget() {
    auto budget = root_.table(budget_key);
    if (!budget.present())
      return;
    budget.require("max_unavailable_instances",
                   ", which is what the scale sets share: 3");
    budget.read("max_unavailable_instances", budget_, 1, 1'000'000'000);
    budget.finish();
  }

  void check_names() {
    const auto* shared = find_path(tree_, "scale_set", "name");
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      const auto& x = elements_[i];
      if (x.name.empty())
        continue; // reported when it is read
      const auto same = [&](const element& y) { return y.name == x.name; };
      const auto first = std::find_if(elements_.begin(), elements_.end(), same);
      if (first == elements_.begin() + static_cast<std::ptrdiff_t>(i))
        continue;
      if (shared != nullptr && find_path(*x.own, "scale_set", "name") == nullptr)
        sink_.add(x.at, "this scale set has no name of its own; write "
                        "[set.scale_set] with a name");
      else
        sink_.add(locate(x.merged, "scale_set.name"),
                  "two scale sets of this file are called \"" + x.name
                    + "\"; give one of them another name");
    }
  }

  void read_order(element& x) {
    table_reader own(x.own, x.at, sink_);
    std::vector<std::string> names;
    if (!own.read(after_key, names))
      return;
    const auto& list = own.find(after_key)->value;
    for (std::size_t n = 0; n < names.size(); ++n) {
      const auto at =
        std::find_if(elements_.begin(), elements_.end(),
                     [&](const element& y) { return y.name == names[n]; });
      if (at == elements_.end())
        sink_.add(list.items[n].at,
                  "after names \"" + names[n]
                    + "\", which is no scale set of this file; it has "
                    + quoted_list(all_names()));
      else if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(n),
                         names[n])
               != names.begin() + static_cast<std::ptrdiff_t>(n))
        sink_.add(list.items[n].at,
                  "after names \"" + names[n] + "\" twice; once is enough");
      else
        x.after.push_back(static_cast<std::size_t>(at - elements_.begin()));
    }
  }

  [[nodiscard]] std::vector<std::string> all_names() const {
    std::vector<std::string> names;
    for (const auto& x : elements_)
      names.push_back(x.name);
    return names;
  }

  /// Names the first cycle there is.
  void find_cycle() {
    enum class mark { fresh, open, done };
    std::vector<mark> marks(elements_.size(), mark::fresh);
    std::vector<std::size_t> way;
    const auto walk = [&](const auto& self, std::size_t i) -> bool {
      if (marks[i] == mark::done)
        return false;
      way.push_back(i);
      if (marks[i] == mark::open)
        return true;
      marks[i] = mark::open;
      for (const auto next : elements_[i].after)
        if (self(self, next))
          return true;
      marks[i] = mark::done;
      way.pop_back();
      return false;
    };
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      if (!walk(walk, i))
        continue;
      const auto begin = std::find(way.begin(), way.end(), way.back());
      std::string text;
      for (auto x = begin; x != way.end(); ++x)
        text += (text.empty() ? "" : " after ") + elements_[*x].name;
      sink_.add(locate(*elements_[*begin].own, after_key),
                "these scale sets wait for each other, so that none could begin: "
                  + text + "; take one of them out of after");
      return;
    }
  }

  table_reader root_;
  const node& tree_;
  diagnostics& sink_;
  std::vector<element> elements_;
  std::uint32_t budget_ = 0;
};

/// What several scale sets have in common is wrong once.
std::vector<diagnostic> in_order(std::vector<diagnostic> list) {
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  std::vector<diagnostic> result;
  std::set<std::string> seen;
  for (auto& x : list)
    if (seen.insert(to_string(x)).second)
      result.push_back(std::move(x));
  return result;
}

bool has_virtual_clock(const fleet_file& x) {
  const auto* simulated = std::get_if<engine::simulated_spec>(&x.driver);
  return simulated != nullptr && simulated->virtual_clock;
}

/// What all of them have to have in common.
void check_common(const std::vector<fleet_file>& sets,
                  const std::vector<element>& elements, diagnostics& sink) {
  for (std::size_t i = 1; i < sets.size(); ++i) {
    if (sets[i].store != sets[0].store)
      sink.add(elements[i].at, "all scale sets of a file are kept in one store; write "
                               "[store] once, outside of [[set]]");
    if (has_virtual_clock(sets[i]) != has_virtual_clock(sets[0]))
      sink.add(elements[i].at,
               "scale sets \"" + sets[0].name + "\" and \"" + sets[i].name
                 + "\" do not share a clock, for one of them is simulated in virtual "
                   "time; simulate both, or set clock = \"real\"");
  }
}

document_result read_several(const node& tree, const tree_source& from,
                             std::string_view only, diagnostics& sink) {
  document_reader reader(tree, sink);
  auto elements = reader.read();
  fleet_document result;
  result.several = true;
  result.budget = reader.budget();
  std::vector<diagnostic> problems = sink.take();
  std::vector<std::string> names;
  names.reserve(elements.size());
  for (const auto& x : elements)
    names.push_back(x.name);
  if (!only.empty())
    std::erase_if(elements, [&](const element& x) { return x.name != only; });
  if (!only.empty() && elements.empty() && problems.empty())
    problems.push_back({from.path.string(),
                        0,
                        0,
                        {},
                        "there is no scale set \"" + std::string(only)
                          + "\" in this file; it has " + quoted_list(names)});
  diagnostics all(from.path.string(), from.settings);
  for (auto& x : elements) {
    apply_settings(from.settings, x.merged, all);
    // A name that is missing is told as such.
    const auto whose =
      x.name.empty() ? std::string_view("?") : std::string_view(x.name);
    auto read = read_tree(
      x.merged, {from.text, from.path, whose, from.run_inventory, from.settings}, all);
    if (auto* bad = std::get_if<std::vector<diagnostic>>(&read)) {
      problems.insert(problems.end(), bad->begin(), bad->end());
      continue;
    }
    auto& file = std::get<fleet_file>(read);
    file.shared_budget = result.budget;
    result.sets.push_back(std::move(file));
    result.after.push_back(only.empty() ? x.after : std::vector<std::size_t>{});
  }
  if (problems.empty()) {
    check_common(result.sets, elements, all);
    problems = all.take();
  }
  if (problems.empty())
    return result;
  return in_order(std::move(problems));
}

} // namespace

std::string refuse_several(const std::vector<std::string>& names) {
  return "this file has several scale sets, and this works on one of them; name it "
         "with "
         "--scale-set: "
         + quoted_list(names);
}

std::string refuse_sets(const std::vector<std::string>& names) {
  return "only a scale set that has a file to itself can be watched or have its "
         "repairs steered, and this file has [[set]]"
         + (names.empty() ? std::string() : ": " + quoted_list(names))
         + "; put each set in a file of its own, without [[set]] and [budget], which "
           "holds within one file only";
}

std::vector<std::string_view> keys_of_all(bool several) {
  std::vector<std::string_view> keys{set_key, budget_key};
  if (several)
    keys.push_back(after_key);
  return keys;
}

bool is_single(const node& tree, diagnostics& sink) {
  if (const auto* sets = tree.find(set_key)) {
    std::vector<std::string> names;
    for (const auto& x : sets->value.items)
      if (auto name = name_in(x); !name.empty())
        names.push_back(std::move(name));
    sink.add({0, 0}, refuse_sets(names)); // nobody who reads one can name it
    return false;
  }
  if (const auto* budget = tree.find(budget_key)) {
    sink.add(budget->begin(),
             "a budget is shared by several scale sets, and this file has no [[set]]; "
             "remove it, or limit this set by max_unhealthy_instance_percent");
    return false;
  }
  if (const auto* order = tree.find(after_key)) {
    sink.add(order->begin(), "after says which scale sets of a file come first, and "
                             "this file has no [[set]]; remove it");
    return false;
  }
  return true;
}

document_result parse_all(std::string_view text, const std::filesystem::path& path,
                          const inventory_runner& run_inventory, std::string_view only,
                          std::span<const setting> settings) {
  auto parsed = read_toml(text);
  const auto* tree = std::get_if<node>(&parsed);
  if (tree != nullptr && tree->find(set_key) != nullptr) {
    diagnostics sink(path.string(), settings);
    return read_several(*tree, {text, path, {}, run_inventory, settings}, only, sink);
  }
  auto read = parse(text, path, run_inventory, settings);
  if (auto* bad = std::get_if<std::vector<diagnostic>>(&read))
    return std::move(*bad);
  auto& file = std::get<fleet_file>(read);
  if (!only.empty() && file.name != only)
    return std::vector<diagnostic>{{path.string(),
                                    0,
                                    0,
                                    {},
                                    "there is no scale set \"" + std::string(only)
                                      + "\" in this file; it has \"" + file.name
                                      + '"'}};
  fleet_document result;
  result.sets.push_back(std::move(file));
  result.after.resize(1);
  return result;
}

document_result load_all(const std::filesystem::path& path,
                         const inventory_runner& run_inventory, std::string_view only,
                         std::span<const setting> settings) {
  const auto bytes = read_bytes(path);
  if (!bytes.ok)
    return std::vector<diagnostic>{
      {path.string(), 0, 0, {}, "cannot read the file: " + bytes.text}};
  return parse_all(bytes.text, path, run_inventory, only, settings);
}

} // namespace drydock::config
