// SPDX-License-Identifier: Apache-2.0
#include "image_versions.hpp"

#include "watch_record.hpp"

#include "drydock/drivers/capture.hpp"
#include "drydock/engine/template_text.hpp"

#include <algorithm>

namespace drydock::cli {

using namespace engine;

namespace {

newest_image none_because(std::string why) {
  return {{}, std::move(why)};
}

/// The only line that a command printed, without space around it; empty: it printed
/// several lines, or none.
std::string only_line(const std::string& output) {
  constexpr std::string_view space = " \t\r\n";
  const auto begin = output.find_first_not_of(space);
  if (begin == std::string::npos)
    return {};
  auto text = output.substr(begin, output.find_last_not_of(space) - begin + 1);
  const auto bad = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return bad ? std::string() : text;
}

newest_image ask(const config::fleet_file& file, const command_spec& commands,
                 signal_watch& signals) {
  template_context context;
  context.model = &file.request.latest_model;
  context.previous = &file.request.current_model;
  context.scale_set = file.name;
  std::vector<std::string> argv;
  for (const auto& x : commands.latest_image)
    argv.push_back(fill_template(x, context));
  drivers::capture_stop stop;
  signals.route([&](const char*, int) { stop.press(); });
  const auto output =
    drivers::capture_output(argv, commands.directory, commands.retry.timeout, &stop);
  signals.route(nullptr);
  const auto name = "the latest_image command \"" + argv.front() + "\"";
  if (!output.ok)
    return none_because(name + " failed: " + output.error);
  auto version = only_line(output.output);
  if (version.empty() || version == latest_image_version)
    return none_because(name + " must print a version, and nothing else, on one line");
  return {std::move(version), {}};
}

} // namespace

newest_image find_newest_image(const config::fleet_file& file, duration since_start,
                               signal_watch& signals) {
  if (const auto* commands = std::get_if<command_spec>(&file.driver))
    return ask(file, *commands, signals);
  return {
    engine::newest_image(std::get<simulated_spec>(file.driver).images, since_start),
    {}};
}

void settle_images(config::fleet_file& file, const std::string& newest,
                   const std::string& known) {
  auto& request = file.request;
  if (wants_latest_image(request.current_model))
    request.current_model = with_image_version(std::move(request.current_model),
                                               known.empty() ? newest : known);
  if (wants_latest_image(request.latest_model))
    request.latest_model = with_image_version(std::move(request.latest_model), newest);
}

std::optional<std::string> settle_images_of_run(config::fleet_file& file,
                                                const std::string& begun_with,
                                                signal_watch& signals) {
  const auto& request = file.request;
  if (!wants_latest_image(request.latest_model)
      && !wants_latest_image(request.current_model))
    return std::nullopt;
  auto newest = begun_with.empty() ? find_newest_image(file, duration{0}, signals)
                                   : newest_image{begun_with, {}};
  if (newest.version.empty())
    return newest.problem + "; nothing was upgraded";
  auto read = read_watch_record(file.path);
  if (auto* why = std::get_if<std::string>(&read))
    return std::move(*why);
  const auto& record = std::get<watch_record>(read);
  settle_images(file, newest.version, record.image);
  if (!file.one_of_several)
    file.own_images = record.own_images;
  return std::nullopt;
}

} // namespace drydock::cli
