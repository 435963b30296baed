// SPDX-License-Identifier: Apache-2.0
#include "picture_book.hpp"

#include "svg_post.hpp"

#include "drydock/drivers/capture.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <variant>

namespace drydock::cli {

using namespace std::chrono_literals;

namespace {

/// Around the number of a picture in an unfinished page. `html` lets no control
/// character through, so nobody's name can be a mark.
constexpr char mark = '\x01';

constexpr std::string_view not_understood =
  "--html: gnuplot's pictures are not understood: is it gnuplot 5 with its svg "
  "terminal?";

/// A folder of its own, gone with this value.
class scratch_folder {
public:
  scratch_folder() {
    std::error_code error;
    auto name =
      (std::filesystem::temp_directory_path(error) / "drydock-XXXXXX").string();
    if (!error && mkdtemp(name.data()) != nullptr)
      path_ = name;
  }
  ~scratch_folder() {
    std::error_code error;
    if (!path_.empty())
      std::filesystem::remove_all(path_, error);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  /// Empty: it could not be made.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

struct trouble {
  std::string text;
};

/// What gnuplot prints for `script`. As a file, for its standard input is closed
/// and arguments have a limit; with default settings, so that ~/.gnuplot is not
/// asked.
std::variant<std::string, trouble> run_gnuplot(const std::string& script) {
  const scratch_folder folder;
  const auto file = folder.path() / "pictures.gp";
  std::ofstream(file, std::ios::binary) << script;
  std::error_code error;
  if (folder.path().empty() || std::filesystem::file_size(file, error) != script.size())
    return trouble{"--html: no temporary file can be written: name a folder with space "
                   "in TMPDIR"};
  auto drawn = drivers::capture_output({"gnuplot", "-d", file.string()},
                                       folder.path().string(), 5min);
  if (!drawn.ok)
    return trouble{gnuplot_is_there()
                     ? "--html: the pictures could not be drawn: " + drawn.error
                     : std::string(gnuplot_missing)};
  return std::move(drawn.output);
}

} // namespace

bool gnuplot_is_there() {
  return drivers::capture_output({"gnuplot", "--version"}, {}, 30s).ok;
}

canvas wide_canvas(int height) {
  return {992, height, 14.0, false};
}
canvas narrow_canvas(int height) {
  return {344, height, 13.0, true};
}

std::string picture_book::figure(std::string_view title, std::string_view caption,
                                 const std::function<chart(bool narrow)>& draw) {
  pictures_.push_back({std::string(title), draw(false), draw(true)});
  auto text = "<figure>\n" + (mark + std::to_string(pictures_.size() - 1)) + mark;
  if (!caption.empty())
    text.append("<figcaption>").append(caption).append("</figcaption>\n");
  return text + "</figure>\n";
}

std::optional<std::string> picture_book::fill(std::string& page) const {
  std::string script;
  for (const auto& each : pictures_)
    script += each.wide.script() + each.narrow.script();
  const auto printed = run_gnuplot(script);
  if (const auto* why = std::get_if<trouble>(&printed))
    return why->text;
  const auto drawn = split_svg(std::get<std::string>(printed));
  if (drawn.size() != 2 * pictures_.size())
    return std::string(not_understood);
  std::string filled;
  std::string_view rest = page;
  for (auto at = rest.find(mark); at != std::string_view::npos; at = rest.find(mark)) {
    filled.append(rest.substr(0, at));
    rest.remove_prefix(at + 1);
    const auto end = rest.find(mark);
    const auto i =
      static_cast<std::size_t>(std::stoul(std::string(rest.substr(0, end))));
    rest.remove_prefix(end + 1);
    const auto& each = pictures_.at(i);
    const auto name = "picture-" + std::to_string(i + 1);
    for (const bool narrow : {false, true}) {
      const std::string look = narrow ? "narrow" : "wide";
      const auto svg =
        inline_svg(drawn[2 * i + (narrow ? 1 : 0)], narrow ? each.narrow : each.wide,
                   {name + "-" + look, look, each.title});
      if (svg.find("<path") == std::string::npos
          || svg.find("<text") == std::string::npos)
        return std::string(not_understood);
      filled += svg;
    }
  }
  page = filled.append(rest);
  return std::nullopt;
}

} // namespace drydock::cli
