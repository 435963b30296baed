// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/replaced_instances.hpp"

#include "inventory.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <unistd.h>

namespace drydock::config {

namespace {

using nlohmann::json;

std::string damaged(const std::filesystem::path& path, const std::string& why) {
  return path.string() + ", which says who replaced whom, " + why
         + "; mend it, or delete it to go by the ids of the fleet file";
}

json to_json(const engine::instance_spec& x) {
  json out{{"id", x.id}, {"address", x.address}};
  if (x.port != 0)
    out["port"] = x.port;
  if (!x.vars.empty())
    out["vars"] = x.vars;
  return out;
}

bool is_port(const json& x) {
  return x.is_number_unsigned() && x.get<std::uint64_t>() > 0
         && x.get<std::uint64_t>() <= 65'535;
}

std::optional<engine::instance_spec> to_spec(const json& x) {
  engine::instance_spec spec;
  if (!x.is_object() || !x.contains("id") || !x["id"].is_string()
      || x["id"].get<std::string>().empty())
    return std::nullopt;
  spec.id = x["id"].get<std::string>();
  if (const auto at = x.find("address"); at != x.end()) {
    if (!at->is_string() || at->get<std::string>().empty())
      return std::nullopt;
    spec.address = at->get<std::string>();
  }
  if (const auto at = x.find("port"); at != x.end()) {
    if (!is_port(*at))
      return std::nullopt;
    spec.port = at->get<std::uint16_t>();
  }
  if (const auto at = x.find("vars"); at != x.end()) {
    if (!at->is_object())
      return std::nullopt;
    for (const auto& [name, text] : at->items()) {
      if (!text.is_string())
        return std::nullopt;
      spec.vars[name] = text.get<std::string>();
    }
  }
  return spec;
}

/// A file of its own until it is whole.
class whole_file {
public:
  explicit whole_file(const std::filesystem::path& path)
    : path_(path.string()), draft_(path_ + ".new"),
      to_(::open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {}
  ~whole_file() {
    if (to_ >= 0)
      ::close(to_);
  }
  whole_file(const whole_file&) = delete;
  whole_file& operator=(const whole_file&) = delete;

  bool write(std::string_view text) {
    while (to_ >= 0 && !text.empty()) {
      const auto n = ::write(to_, text.data(), text.size());
      if (n < 0 && errno != EINTR)
        return false;
      if (n > 0)
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return to_ >= 0 && ::fsync(to_) == 0
           && std::rename(draft_.c_str(), path_.c_str()) == 0;
  }

private:
  std::string path_, draft_;
  int to_;
};

} // namespace

std::filesystem::path replaced_path(const std::filesystem::path& file) {
  return file.string() + ".instances.json";
}

std::variant<replaced_instances, std::string>
read_replaced(const std::filesystem::path& file) {
  replaced_instances result;
  const auto path = replaced_path(file);
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return result;
  const auto bytes = read_bytes(path);
  if (!bytes.ok)
    return damaged(path, "cannot be read (" + bytes.text + ")");
  const auto all = json::parse(bytes.text, nullptr, false);
  if (!all.is_object() || !all.contains("instances") || !all["instances"].is_object())
    return damaged(path, "is not what drydock writes");
  for (const auto& [id, entry] : all["instances"].items()) {
    const auto now = to_spec(entry);
    const auto before =
      entry.contains("before") ? to_spec(entry["before"]) : std::nullopt;
    if (!now || !before)
      return damaged(path, "is not what drydock writes at \"" + id + "\"");
    result[id] = {*now, *before};
  }
  return result;
}

std::optional<std::string> write_replaced(const std::filesystem::path& file,
                                          const replaced_instances& all) {
  json list = json::object();
  for (const auto& [id, x] : all) {
    auto& entry = list[id] = to_json(x.now);
    entry["before"] = to_json(x.before);
  }
  const auto path = replaced_path(file);
  whole_file to(path);
  if (to.write(json{{"instances", std::move(list)}}.dump(2, ' ', false,
                                                         json::error_handler_t::replace)
               + '\n'))
    return std::nullopt;
  return "cannot write " + path.string() + " (" + std::strerror(errno) + ")";
}

} // namespace drydock::config
