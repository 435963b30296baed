// SPDX-License-Identifier: Apache-2.0
#include "inventory.hpp"

#include "drydock/engine/template_text.hpp"
#include "json_reader.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace drydock::config {
namespace {

inventory_list parse_entries(std::string_view text, std::string_view origin,
                             position at, diagnostics& sink) {
  inventory_list result;
  result.at = at;
  auto parsed = read_json(text, at);
  if (auto* entries = std::get_if<node>(&parsed)) {
    result.entries = std::move(*entries);
    // JSON's null is no list either; only an absent inventory has that kind.
    result.absent = false;
    return result;
  }
  result.missing = true;
  sink.add(at, std::string(origin) + " is not JSON: " + std::get<std::string>(parsed));
  return result;
}

inventory_list no_entries(position at) {
  inventory_list result;
  result.at = at;
  result.missing = true;
  return result;
}

} // namespace

inventory_section read_inventory_section(table_reader& scale_set,
                                         const template_scope& scope) {
  inventory_section result;
  auto inventory = scale_set.table("inventory");
  if (!inventory.present())
    return result;
  result.at = inventory.at();
  result.command = read_command(inventory, "command", scope, engine::template_use::set);
  std::string file;
  if (inventory.read("file", file))
    result.file = file;
  const bool both = inventory.given("command") && inventory.given("file");
  const bool neither = !inventory.given("command") && !inventory.given("file");
  inventory.finish();
  if (both)
    inventory.report(inventory.position_of("file"),
                     "an inventory is either a command or a file; keep one of the two");
  if (neither)
    inventory.report(inventory.at(), "an inventory needs a command or a file");
  if (const auto* given = inventory.find(result.file ? "file" : "command"))
    result.at = given->at;
  return result;
}

file_bytes read_bytes(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    return {false, std::make_error_code(std::errc::is_a_directory).message()};
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad())
    return {false, std::generic_category().message(errno != 0 ? errno : EIO)};
  return {true, std::move(text)};
}

inventory_list fetch_file(const inventory_section& section,
                          const std::filesystem::path& folder, diagnostics& sink) {
  const auto bytes = read_bytes(folder / *section.file);
  if (bytes.ok)
    return parse_entries(bytes.text, "\"" + *section.file + "\"", section.at, sink);
  sink.add(section.at,
           "cannot read the inventory \"" + *section.file + "\": " + bytes.text);
  return no_entries(section.at);
}

inventory_list fetch_command(const inventory_section& section,
                             const std::string& scale_set_name,
                             const engine::change_request& request,
                             const std::filesystem::path& folder,
                             const inventory_runner& run, diagnostics& sink) {
  engine::template_context context;
  context.model = &request.latest_model;
  context.previous = &request.current_model;
  context.scale_set = scale_set_name;
  std::vector<std::string> argv;
  for (const auto& x : section.command)
    argv.push_back(engine::fill_template(x, context));
  const auto output =
    run ? run(argv, folder)
        : inventory_output{false, "inventory commands cannot be run here"};
  if (output.ok)
    return parse_entries(output.text, "the output of the inventory command", section.at,
                         sink);
  sink.add(section.at,
           "the inventory command \"" + argv.front() + "\" failed: " + output.text);
  return no_entries(section.at);
}

} // namespace drydock::config
