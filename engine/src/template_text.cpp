// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/template_text.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

namespace {

/// One stretch of a template.
struct piece {
  enum class sort : std::uint8_t { literal, placeholder, unclosed };
  sort kind = sort::literal;
  /// The text of a literal, or what stands between the braces.
  std::string_view text;
};

/// Cuts the first piece off `text`, which is not empty.
piece take_piece(std::string_view& text) {
  const auto cut = [&text](piece::sort kind, std::size_t skip, std::size_t length,
                           std::size_t whole) {
    const piece x{kind, text.substr(skip, length)};
    text.remove_prefix(whole);
    return x;
  };
  if (text.starts_with("{{") || text.starts_with("}}"))
    return cut(piece::sort::literal, 0, 1, 2);
  if (text.front() == '{') {
    const auto end = text.find('}');
    if (end == std::string_view::npos)
      return cut(piece::sort::unclosed, 0, text.size(), text.size());
    return cut(piece::sort::placeholder, 1, end - 1, end + 1);
  }
  // A `}` that closes nothing stands for itself.
  const auto end = std::min(text.find_first_of("{}", 1), text.size());
  return cut(piece::sort::literal, 0, end, end);
}

/// Takes `prefix` off the front of `text`, where it is there.
bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// What is known of an instance since it was made; nothing: its fleet knows.
std::optional<std::string> learnt_value(const instance_details* details,
                                        std::string_view name) {
  if (details == nullptr)
    return std::nullopt;
  if (name == "address")
    return details->address;
  if (name == "port" && details->port)
    return std::to_string(*details->port);
  if (consume(name, "vars."))
    if (const auto found = details->vars.find(name); found != details->vars.end())
      return found->second;
  return std::nullopt;
}

std::string instance_value(const fleet& instances, instance_index i,
                           std::string_view name) {
  if (name == "id")
    return std::string(instances.id(i));
  if (name == "index")
    return std::to_string(i);
  if (name == "zone")
    return std::string(instances.zone_name(i));
  if (name == "address")
    return instances.address(i);
  if (name == "update_domain") {
    const auto domain = instances.update_domain(i);
    return domain == fleet::no_update_domain ? std::string() : std::to_string(domain);
  }
  if (name == "port")
    return instances.port(i) == 0 ? std::string() : std::to_string(instances.port(i));
  if (consume(name, "vars.")) {
    if (const auto* text = instances.var(i, name))
      return *text;
  }
  return {};
}

std::string model_value(const value* model, std::string_view path) {
  const auto* found = model == nullptr ? nullptr : model->find(path);
  return found == nullptr ? std::string() : found->to_text();
}

std::string placeholder_value(std::string_view name, const template_context& context) {
  if (name == "scale_set.name")
    return std::string(context.scale_set);
  if (name == "key")
    return std::string(context.key);
  if (name == "upgrade")
    return std::string(context.upgrade);
  if (name == "checkpoint")
    return std::string(context.checkpoint);
  if (name == "not_before")
    return std::string(context.not_before);
  if (consume(name, "model."))
    return model_value(context.model, name);
  if (consume(name, "previous."))
    return model_value(context.previous, name);
  if (context.instances == nullptr || !consume(name, "instance."))
    return {};
  if (auto learnt = learnt_value(context.details.get(), name))
    return std::move(*learnt);
  if (context.only_own_vars && name.starts_with("vars."))
    return {};
  return instance_value(*context.instances, context.index, name);
}

bool is_instance_value(std::string_view name, const std::vector<std::string>& vars) {
  if (consume(name, "vars."))
    return std::find(vars.begin(), vars.end(), name) != vars.end();
  constexpr std::string_view names[] = {"id",      "index", "zone", "update_domain",
                                        "address", "port"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Whether every model may have `path`, as a key or as a table of keys. Keys of
/// the user's choice are no part of this: no list tells them from misspelt ones.
bool is_fixed_model_path(std::string_view path) {
  if (path == "zones" || path == "orchestration_mode")
    return true;
  const auto& keys = model_keys();
  return std::any_of(keys.begin(), keys.end(), [path](std::string_view key) {
    return key.starts_with(path) && !path.empty() && path.back() != '.'
           && (key.size() == path.size() || key[path.size()] == '.');
  });
}

bool is_step(template_use use) {
  return use == template_use::step || use == template_use::notification;
}

bool belongs_to_instance(template_use use) {
  return use == template_use::instance || is_step(use);
}

} // namespace

std::string step_key(std::string_view upgrade_id, std::string_view instance,
                     std::string_view step, bool rollback) {
  std::string result(upgrade_id);
  result += '/';
  result += instance;
  result += '/';
  result += step;
  if (rollback)
    result += "/rollback";
  return result;
}

std::string fill_template(std::string_view text, const template_context& context) {
  std::string out;
  while (!text.empty()) {
    const auto x = take_piece(text);
    if (x.kind == piece::sort::placeholder)
      out += placeholder_value(x.text, context);
    else
      out += x.text;
  }
  return out;
}

std::optional<std::string>
find_unknown_placeholder(std::string_view text, const value& model,
                         const value& previous, const std::vector<std::string>& vars,
                         template_use use) {
  // A key that only one of the models has is known in both: a change may add it
  // or remove it, and what has no value becomes nothing.
  const auto in_a_model = [&](std::string_view path) {
    return model.find(path) != nullptr || previous.find(path) != nullptr
           || is_fixed_model_path(path);
  };
  const auto is_known = [&](std::string_view name) {
    if (name == "scale_set.name")
      return true;
    if (consume(name, "model.") || consume(name, "previous."))
      return in_a_model(name);
    if (name == "key")
      return is_step(use);
    if (name == "not_before")
      return use == template_use::notification;
    if (name == "upgrade")
      return use == template_use::upgrade || use == template_use::checkpoint;
    if (name == "checkpoint")
      return use == template_use::checkpoint;
    return belongs_to_instance(use) && consume(name, "instance.")
           && is_instance_value(name, vars);
  };
  while (!text.empty()) {
    const auto x = take_piece(text);
    if (x.kind == piece::sort::unclosed)
      return "a brace that is never closed: " + std::string(x.text);
    if (x.kind == piece::sort::placeholder && !is_known(x.text))
      return '{' + std::string(x.text) + '}';
  }
  return std::nullopt;
}

} // namespace drydock::inline v1::engine
