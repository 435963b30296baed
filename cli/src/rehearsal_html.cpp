// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_html.hpp"

#include "html_text.hpp"
#include "picture_book.hpp"
#include "rehearsal_html_parts.hpp"

#include <string>

namespace drydock::cli {

using rehearsal::variant;

namespace {

/// A longer policy is folded away.
constexpr std::size_t open_lines = 12;

std::string head(const html_facts& facts) {
  // Nothing may be loaded and nothing run, whatever a name should say.
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "style-src 'unsafe-inline'\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
         "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>Rehearsal of "
         + html(facts.scale_set) + "</title>\n<style>\n"
         + std::string(rehearsal_style()) + "</style>\n</head>\n";
}

std::string page_header(const rehearsal::report& of, const html_facts& facts,
                        std::size_t settings) {
  auto text = "<header>\n<h1>Rehearsal of " + html(facts.scale_set) + "</h1>\n<p>"
              + html_code(facts.file) + " · "
              + html(count_text(of.instances, "instance")) + " · "
              + html(count_text(of.runs, "run"))
              + (settings > 1 ? " for each of " + count_text(settings, "setting") : "")
              + " in virtual time · seed " + std::to_string(of.seed) + "</p>\n";
  if (!facts.policy.empty()) {
    text += std::string("<details")
            + (facts.policy.size() <= open_lines ? " open=\"open\"" : "")
            + "><summary>Policy</summary>\n<dl class=\"policy\">\n";
    for (const auto& [key, value] : facts.policy)
      text +=
        "<div><dt>" + html_code(key) + "</dt><dd>" + html(value) + "</dd></div>\n";
    text += "</dl>\n</details>\n";
  }
  return text + "</header>\n";
}

std::string page_footer() {
  return "<footer>\n<p>Each run is the whole upgrade with the real decisions, in a "
         "simulated world drawn from the run’s seed. A 95\u00a0% interval says how far "
         "off "
         "a "
         "number may be because there are only so many runs (Wilson’s score interval); "
         "it does not say how well the simulated world matches the real one.</p>\n"
         "</footer>\n";
}

std::string replay_of(std::size_t i, const html_facts& facts) {
  return i < facts.replay.size() && !facts.replay[i].empty() ? facts.replay[i]
                                                             : shell_word(facts.file);
}

} // namespace

std::variant<std::string, html_trouble>
rehearsal_html(std::span<const variant> variants, const html_facts& facts) {
  picture_book pictures;
  const auto& first = variants.front();
  auto page = head(facts) + "<body>\n<main>\n";
  page += page_header(first.result, facts, variants.size());
  if (variants.size() == 1) {
    page += whole_report(pictures, first.result, 2, replay_of(0, facts));
  } else {
    page += comparison(pictures, variants);
    page += "<h2>" + html_code(first.name) + "</h2>\n";
    page += whole_report(pictures, first.result, 3, replay_of(0, facts));
    for (std::size_t i = 1; i < variants.size(); ++i) {
      page += "<details class=\"setting\"><summary><h2>" + html_code(variants[i].name)
              + "</h2></summary>\n";
      page += whole_report(pictures, variants[i].result, 3, replay_of(i, facts));
      page += "</details>\n";
    }
  }
  page += page_footer() + "</main>\n</body>\n</html>\n";
  if (auto why = pictures.fill(page))
    return html_trouble{std::move(*why)};
  return page;
}

} // namespace drydock::cli
