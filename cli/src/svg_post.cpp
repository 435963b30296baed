// SPDX-License-Identifier: Apache-2.0
#include "svg_post.hpp"

#include "html_text.hpp"

#include <charconv>
#include <optional>

namespace drydock::cli {

namespace {

constexpr std::string_view spaces = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto start = text.find_first_not_of(spaces);
  if (start == std::string_view::npos)
    return {};
  return text.substr(start, text.find_last_not_of(spaces) - start + 1);
}

/// The value of an attribute in `tag`; empty: it has none.
std::string_view attribute(std::string_view tag, std::string_view name) {
  for (auto at = tag.find(name); at != std::string_view::npos;
       at = tag.find(name, at + 1)) {
    if (at == 0 || spaces.find(tag[at - 1]) == std::string_view::npos)
      continue;
    auto rest = trim(tag.substr(at + name.size()));
    if (rest.empty() || rest.front() != '=')
      continue;
    rest = trim(rest.substr(1));
    if (rest.empty())
      continue;
    return rest.substr(1, rest.find(rest.front(), 1) - 1);
  }
  return {};
}

/// The next whole number in `text`, which begins behind it afterwards.
std::optional<int> take_number(std::string_view& text) {
  const auto start = text.find_first_of("0123456789");
  if (start == std::string_view::npos)
    return std::nullopt;
  int value = 0;
  const auto [end, error] =
    std::from_chars(text.data() + start, text.data() + text.size(), value);
  if (error != std::errc{})
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Which ink `rgb(10, 11, N)` stands for.
std::optional<ink> ink_of(std::string_view colour) {
  if (!colour.starts_with("rgb("))
    return std::nullopt;
  const auto red = take_number(colour);
  const auto green = take_number(colour);
  const auto blue = take_number(colour);
  if (red != 10 || green != 11 || !blue || *blue >= static_cast<int>(inks))
    return std::nullopt;
  return static_cast<ink>(*blue);
}

/// `12.50` without the zeros that say nothing.
std::string_view short_number(std::string_view number) {
  if (number.find('.') == std::string_view::npos)
    return number;
  number = number.substr(0, number.find_last_not_of('0') + 1);
  return number.back() == '.' ? number.substr(0, number.size() - 1) : number;
}

std::string short_pair(std::string_view pair) {
  const auto comma = pair.find(',');
  if (comma == std::string_view::npos)
    return std::string(pair);
  return std::string(short_number(pair.substr(0, comma)))
    .append(",")
    .append(short_number(pair.substr(comma + 1)));
}

/// The next word of a list that blanks separate.
std::string_view take_word(std::string_view& list) {
  list = trim(list);
  const auto word = list.substr(0, list.find_first_of(spaces));
  list.remove_prefix(word.size());
  return word;
}

/// A path without the moves that draw nothing; empty if nothing is left.
std::string short_path(std::string_view path) {
  std::string result;
  std::string move;
  for (auto word = take_word(path); !word.empty(); word = take_word(path)) {
    if (word.front() == 'M') {
      move = "M" + short_pair(word.substr(1));
    } else {
      result += move + word.front() + short_pair(word.substr(1));
      move.clear();
    }
  }
  return result;
}

std::string polygon_path(std::string_view points) {
  std::string result;
  for (auto word = take_word(points); !word.empty(); word = take_word(points))
    result += (result.empty() ? "M" : "L") + short_pair(word);
  return result.empty() ? result : result + "Z";
}

/// Walks through gnuplot's elements and writes those that show something.
class rewriter {
public:
  explicit rewriter(const chart& of) : of_(of) {}

  std::string run(std::string_view drawn) {
    while (!drawn.empty()) {
      const auto open = drawn.find('<');
      if (open == std::string_view::npos)
        break;
      const auto close = drawn.find('>', open);
      if (close == std::string_view::npos)
        break;
      const auto tag = drawn.substr(open + 1, close - open - 1);
      drawn.remove_prefix(close + 1);
      // Markers: none of the charts has any.
      if (tag.starts_with("defs"))
        drawn.remove_prefix(std::min(drawn.find("</defs>"), drawn.size()));
      else
        element(tag, drawn.substr(0, drawn.find('<')));
    }
    flush();
    return std::move(out_);
  }

private:
  void element(std::string_view tag, std::string_view content) {
    if (tag.starts_with("g ")) {
      if (!attribute(tag, "stroke-width").empty())
        width_ = attribute(tag, "stroke-width");
      if (!attribute(tag, "text-anchor").empty())
        text_group_ = tag;
    } else if (tag.starts_with("path")) {
      if (const auto colour = ink_of(attribute(tag, "stroke")))
        add(*colour, false, short_path(attribute(tag, "d")));
    } else if (tag.starts_with("polygon")) {
      if (const auto colour = ink_of(attribute(tag, "fill")))
        add(*colour, true, polygon_path(attribute(tag, "points")));
    } else if (tag == "text") {
      flush();
      text(trim(content));
    }
  }

  /// Neighbours that look the same become one path.
  void add(ink with, bool filled, const std::string& path) {
    if (path.empty())
      return;
    std::string look = filled ? "f-" : "s-";
    look.append(to_string(with)).append("\"");
    if (!filled && short_number(width_) != "1")
      look.append(" stroke-width=\"").append(short_number(width_)).append("\"");
    if (look != look_)
      flush();
    look_ = look;
    path_ += path;
  }

  void flush() {
    if (!path_.empty())
      out_ += "<path class=\"" + look_ + " d=\"" + path_ + "\"/>\n";
    path_.clear();
    look_.clear();
  }

  void text(std::string_view token) {
    const auto colour = ink_of(attribute(text_group_, "fill"));
    auto where = attribute(text_group_, "transform");
    const auto number = take_number(token);
    if (!colour || !number || !where.starts_with("translate(")
        || static_cast<std::size_t>(*number) >= of_.texts().size())
      return;
    where.remove_prefix(where.find('(') + 1);
    where = where.substr(0, where.find(')'));
    const auto comma = where.find(',');
    const auto anchor = attribute(text_group_, "text-anchor");
    out_.append("<text class=\"f-").append(to_string(*colour)).append("\" x=\"");
    out_.append(short_number(where.substr(0, comma))).append("\" y=\"");
    out_.append(short_number(where.substr(comma + 1))).append("\"");
    if (anchor != "start")
      out_.append(" text-anchor=\"").append(anchor).append("\"");
    out_ += ">" + html(of_.texts()[static_cast<std::size_t>(*number)]) + "</text>\n";
  }

  const chart& of_;
  std::string_view width_ = "1";
  std::string_view text_group_;
  std::string look_;
  std::string path_;
  std::string out_;
};

} // namespace

std::vector<std::string_view> split_svg(std::string_view printed) {
  constexpr std::string_view end_tag = "</svg>";
  std::vector<std::string_view> result;
  for (auto start = printed.find("<svg"); start != std::string_view::npos;
       start = printed.find("<svg")) {
    const auto end = printed.find(end_tag, start);
    if (end == std::string_view::npos)
      break;
    result.push_back(printed.substr(start, end + end_tag.size() - start));
    printed.remove_prefix(end + end_tag.size());
  }
  return result;
}

std::string inline_svg(std::string_view drawn, const chart& of,
                       const svg_names& names) {
  const auto& size = of.size();
  return "<svg class=\"" + names.css_class + "\" role=\"img\" aria-labelledby=\""
         + names.id + "\" viewBox=\"0 0 " + std::to_string(size.width) + " "
         + std::to_string(size.height) + "\" font-size=\"" + number_text(size.font, 1)
         + "\">\n<title id=\"" + names.id + "\">" + html(names.title) + "</title>\n"
         + rewriter(of).run(drawn) + "</svg>\n";
}

} // namespace drydock::cli
