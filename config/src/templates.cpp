// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

namespace drydock::config {

void check_template(std::string_view text, std::string_view key, position at,
                    const template_scope& scope, engine::template_use use,
                    table_reader& reader) {
  const auto unknown = engine::find_unknown_placeholder(
    text, *scope.model, *scope.previous, *scope.vars, use);
  if (!unknown)
    return;
  const bool instance_value = unknown->starts_with("{instance.");
  const bool for_instance = use == engine::template_use::instance
                            || use == engine::template_use::step
                            || use == engine::template_use::notification;
  if (for_instance && !scope.vars_complete && unknown->starts_with("{instance.vars."))
    return;
  if (!unknown->starts_with('{')) {
    reader.report(at, std::string(key) + " has " + *unknown
                        + "; write {{ and }} for braces that are no placeholders");
    return;
  }
  auto message = std::string(key) + " has an unknown placeholder: " + *unknown;
  if (instance_value && !for_instance)
    message += "; this command belongs to no instance";
  else if (*unknown == "{key}")
    message += "; only actions and hooks of an instance have a key";
  else if (*unknown == "{not_before}")
    message += "; only terminate_notification has it";
  else if (*unknown == "{checkpoint}" || *unknown == "{upgrade}")
    message += "; only commands around a whole upgrade have it, and a checkpoint only "
               "approve";
  else
    message += "; placeholders are {instance.id}, {instance.vars.NAME}, {model.PATH}, "
               "{previous.PATH}, {scale_set.name} and the like";
  reader.report(at, message);
}

engine::command_template read_command(table_reader& reader, std::string_view key,
                                      const template_scope& scope,
                                      engine::template_use use) {
  engine::command_template result;
  if (!reader.read(key, result))
    return {};
  const auto& given = reader.find(key)->value;
  if (result.empty() || result.front().empty()) {
    reader.report(given.at,
                  std::string(key) + " must name a program: [\"./program\", …]");
    return result;
  }
  for (std::size_t i = 0; i < result.size(); ++i)
    check_template(result[i], key, given.items[i].at, scope, use, reader);
  return result;
}

} // namespace drydock::config
