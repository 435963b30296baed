// SPDX-License-Identifier: Apache-2.0
#include "nearest_key.hpp"

#include <algorithm>

namespace drydock::config {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1,
                                          std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j)
    d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = a[i - 1] == b[j - 1] ? 0 : 2;
      auto best = std::min(d[i - 1][j], d[i][j - 1]) + 1;
      best = std::min(best, d[i - 1][j - 1] + substitution);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = std::min(best, d[i - 2][j - 2] + 1);
      d[i][j] = best;
    }
  return d[a.size()][b.size()];
}

namespace {

// By distance relative to length, so that a long key with a part left out beats
// a short one that shares two letters.
std::string_view find_closest(std::string_view word,
                              const std::vector<std::string_view>& known) {
  std::string_view best = known.front();
  auto least = edit_distance(word, best);
  for (const auto key : known) {
    const auto distance = edit_distance(word, key);
    if (distance * (word.size() + best.size()) < least * (word.size() + key.size())) {
      best = key;
      least = distance;
    }
  }
  return best;
}

// Keys are short; a word longer than any of them is no slip of the fingers.
constexpr std::size_t word_max = 64;
// Lists longer than this help nobody.
constexpr std::size_t list_max = 12;

} // namespace

std::optional<std::string_view>
nearest_key(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.size() > word_max || known.empty())
    return std::nullopt;
  const auto key = find_closest(word, known);
  return 2 * edit_distance(word, key) <= word.size() + key.size() ? std::optional(key)
                                                                  : std::nullopt;
}

std::string quoted_choice(const std::vector<std::string_view>& words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0)
      result += i + 1 == words.size() ? " or " : ", ";
    result += "\"" + std::string(words[i]) + "\"";
  }
  return result;
}

std::string unknown_key_text(std::string_view word,
                             std::vector<std::string_view> known) {
  auto result = "unknown key \"" + std::string(word) + "\"";
  std::erase(known, word); // it is a key elsewhere, and cannot be what is wanted here
  if (const auto near = nearest_key(word, known))
    return result + "; did you mean \"" + std::string(*near) + "\"?";
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (known.size() > list_max && word.size() <= word_max)
    result +=
      "; the nearest known key is \"" + std::string(find_closest(word, known)) + "\"";
  else if (!known.empty() && known.size() <= list_max)
    result += "; the keys here are " + quoted_choice(known);
  return result;
}

} // namespace drydock::config
